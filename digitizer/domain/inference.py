"""Exact inference over the numbers of a form that its rules tie together.

A hypothesis gives every number one of the values that its ink may say. Its weight is the product of
what the ink says of each value, times `PaperModel.slip` for each number that must be at fault where
sums do not come out: a crew may have written a wrong number, so a broken sum is unlikely but never
impossible. Only exact sums are weighed; what is at most so much is checked on the values, and moves
none of them. The posterior of a value is the share of the weight of all hypotheses that hold it;
`elimination` adds them up.
"""

from collections.abc import Sequence
from functools import lru_cache

from digitizer.domain.choices import Group
from digitizer.domain.elimination import Chain
from digitizer.domain.form import RuleSpec
from digitizer.domain.posterior import Options, PaperModel, Posterior
from digitizer.domain.reading import Candidate


def infer(
    options: Options,
    rules: Sequence[RuleSpec],
    model: PaperModel,
    *,
    tolerance: float = 1e-4,
    most_steps: int = 40_000,
) -> Posterior | None:
    """The posterior of all numbers, or None when it cannot be proved within `most_steps`.

    Args:
        options: of every number that was read.
        rules: that should hold; those that are no exact sum, or speak of a number without options,
            say nothing.
        model: how papers go wrong.
        tolerance: the share of the weight that may stay unseen.
        most_steps: transitions followed, at most.
    """
    groups = _groups(tuple(sorted(options)), tuple(rules))
    values: dict[str, tuple[Candidate, ...]] = {}
    consistent, unseen, steps = 1.0, 0.0, 0
    for group in groups:
        chain = Chain(group, options, model)
        found = chain.solved(tolerance / len(groups), most_steps - steps)
        if found is None:
            return None
        values |= found.values
        consistent *= 1 - found.inconsistent
        unseen += found.unseen
        steps += found.steps
    return Posterior({name: values[name] for name in options}, 1 - consistent, unseen, steps)


@lru_cache(maxsize=64)
def _groups(names: tuple[str, ...], rules: tuple[RuleSpec, ...]) -> tuple[Group, ...]:
    """Split numbers into groups that no rule ties to each other; forms of one kind share them."""
    usable = [rule for rule in rules if rule.is_evidence and set(rule.fields) <= set(names)]
    groups: list[Group] = []
    left = list(names)
    while left:
        members, own = {left[0]}, set[str]()
        while new := [r for r in usable if r.id not in own and members & set(r.fields)]:
            for rule in new:
                members |= set(rule.fields)
                own.add(rule.id)
        tied = sorted((rule for rule in usable if rule.id in own), key=lambda rule: rule.id)
        groups.append(_ordered(members, tied))
        left = [name for name in left if name not in members]
    return tuple(groups)


def _ordered(members: set[str], rules: Sequence[RuleSpec]) -> Group:
    """Numbers in an order that keeps few rules open: greedily, the one that opens fewest anew."""
    order: list[str] = []
    begun: set[str] = set()
    for _ in members:
        left = members - set(order)
        cost = {name: _opened(name, [*order, name], begun, rules) for name in left}
        best = min(left, key=lambda name: (cost[name], name))
        order.append(best)
        begun |= {rule.id for rule in rules if best in rule.fields}
    return Group(tuple(order), tuple(rules))


def _opened(
    name: str, order: Sequence[str], begun: set[str], rules: Sequence[RuleSpec]
) -> tuple[int, int]:
    """How many more rules are open once a number is chosen, and, negative, how many it is in."""
    mine = [rule for rule in rules if name in rule.fields]
    ended = sum(set(rule.fields) <= set(order) for rule in mine)
    return sum(rule.id not in begun for rule in mine) - ended, -len(mine)
