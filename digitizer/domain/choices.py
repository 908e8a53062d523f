"""What choosing each number does to the rules that it is in, and what may still come of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from digitizer.domain.form import RuleSpec
from digitizer.domain.posterior import Options, PaperModel
from digitizer.domain.reading import Candidate

MOST_SUMS: Final = 1000
"""Where the numbers to come of a rule make more sums than these, its outlook is left open."""


@dataclass(frozen=True, slots=True)
class Group:
    """Numbers tied together by rules, in the order in which they are chosen."""

    names: tuple[str, ...]
    rules: tuple[RuleSpec, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """What choosing one number does to one rule.

    Attributes:
        before, after: place of the rule in the state; None where it is opened or ended here.
        start: what a rule lacks when it is opened.
        times: how often the number counts in the sum; -1 on the other side of the sign.
        bit: of the rule, where it is broken.
    """

    before: int | None
    after: int | None
    start: int
    times: int
    bit: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What may still come of one rule that is open before a step.

    Attributes:
        bit: of the rule, where it is broken.
        right: by what is lacking, the weight of numbers to come with which the sum comes out.
        unread: no more than this have numbers to come that nobody can read.
    """

    bit: int
    right: Mapping[int, float]
    unread: float


@dataclass(frozen=True, slots=True)
class Step:
    """One number: its candidates, and what it does to the rules.

    Attributes:
        kept: places in the state of open rules that it leaves alone.
        outlooks: of the rules that are open before it, by their places; None where too much may
            come of one to say.
    """

    name: str
    candidates: tuple[Candidate, ...]
    moves: tuple[Move, ...]
    kept: tuple[int, ...]
    outlooks: tuple[Outlook | None, ...]


def steps_of(group: Group, options: Options, model: PaperModel) -> Iterator[Step]:
    """The numbers of a group in their order, each with what it does to the rules."""
    tied = {name for rule in group.rules for name in rule.fields}
    weighed = {
        name: _weighed(options[name], model.chance if name in tied else 1.0) for name in group.names
    }
    opened: list[int] = []
    for at, name in enumerate(group.names):
        done = set(group.names[: at + 1])
        mine = [i for i, rule in enumerate(group.rules) if name in rule.fields]
        kept = [i for i in opened if i not in mine]
        going = [i for i in mine if not set(group.rules[i].fields) <= done]
        now = [*kept, *going]
        moves = []
        for i in mine:
            rule = group.rules[i]
            times = _times(rule, name)
            moves.append(
                Move(
                    opened.index(i) if i in opened else None,
                    now.index(i) if i in going else None,
                    -(rule.constant or 0),
                    times,
                    1 << i,
                )
            )
        left = group.names[at:]
        outlooks = tuple(_outlook(group.rules[i], 1 << i, left, weighed) for i in opened)
        places = tuple(opened.index(i) for i in kept)
        yield Step(name, weighed[name], tuple(moves), places, outlooks)
        opened = now


def _outlook(rule: RuleSpec, bit: int, left: Sequence[str], weighed: Options) -> Outlook | None:
    """What may come of a rule by the numbers that are left to choose."""
    right, unread = {0: 1.0}, 0.0
    for name in left:
        if not (times := _times(rule, name)):
            continue
        unread += sum(one.probability for one in weighed[name] if one.value is None)
        known = [
            (times * one.value, one.probability) for one in weighed[name] if one.value is not None
        ]
        if len(right) * len(known) > MOST_SUMS:
            return None
        sums: dict[int, float] = {}
        for lack, weight in right.items():
            for value, probability in known:
                sums[lack - value] = sums.get(lack - value, 0.0) + weight * probability
        right = sums
    return Outlook(bit, right, unread)


def _times(rule: RuleSpec, name: str) -> int:
    """How often a number counts in a sum; -1 on the other side of the sign."""
    return rule.terms.count(name) - (rule.target == name)


def _weighed(candidates: tuple[Candidate, ...], chance: float) -> tuple[Candidate, ...]:
    """The candidates, where one that nobody can read counts by chance alone."""
    return tuple(
        Candidate(one.value, one.probability * (chance if one.value is None else 1.0))
        for one in candidates
        if one.probability > 0
    )
