"""The hypotheses about numbers that rules tie together, summed number by number.

The sum over all hypotheses is found by the forward-backward recursion (Rabiner 1989, "A tutorial on
hidden Markov models") over the numbers in a fixed order: bucket elimination with tables that hold
only what occurs (Dechter, Artificial Intelligence 113, 1999). What is known so far of a hypothesis
is, for each rule begun and not ended, what its sum still lacks, and which rules are broken; all
hypotheses alike in this are one state.

States too light to matter are left out, together with an upper bound of all that could have come of
them: any one sum that they have begun will come out, or hold a number that nobody can read, or be
broken, and what that can weigh at most is known before (a mini-bucket bound: Dechter and Rish,
Journal of the ACM 50, 2003). These bounds add up to `Posterior.unseen`, which is therefore proved,
not estimated. Where it cannot be made small with so many steps nothing is concluded.
"""

from collections.abc import Sequence
from typing import Final

from digitizer.domain.choices import Group, Step, steps_of
from digitizer.domain.posterior import Options, PaperModel, Posterior
from digitizer.domain.reading import Candidate

FIRST_THRESHOLD: Final = 1e-6
LOWERED_BY: Final = 1e-3
"""States lighter than this are left out at first; where too much stays unseen, the threshold is
lowered by so much and all is done again."""

MOST_ROUNDS: Final = 4

Lacking = tuple[int | None, ...]
"""Of each open rule what its sum lacks so far; None once a number in it cannot be read."""

State = tuple[Lacking, int]
"""What is lacking, and the broken rules as bits."""

Layer = dict[State, float]


Link = tuple[State, int, float, State]
"""From a state by a candidate with a weight to the next state."""


class Chain:
    """The hypotheses about the numbers of one group, chosen one after the other."""

    def __init__(self, group: Group, options: Options, model: PaperModel) -> None:
        self.slip = model.slip
        self.named = tuple(rule.fields for rule in group.rules)
        self.rules_of = {
            name: sum(1 << i for i, fields in enumerate(self.named) if name in fields)
            for name in group.names
        }
        self.steps = tuple(steps_of(group, options, model))
        self._faults: dict[int, int] = {0: 0}

    def solved(self, tolerance: float, most_steps: int) -> Posterior | None:
        """The posterior of these numbers; None when there is too much to follow."""
        threshold, used = FIRST_THRESHOLD, 0
        for _ in range(MOST_ROUNDS):
            links, ends, unseen = self._forward(threshold, most_steps - used)
            used += sum(map(len, links))
            if len(links) < len(self.steps):
                return None
            weight = sum(ends.values())
            if weight > 0 and unseen <= tolerance * weight:
                return self._posterior(links, ends, weight, unseen, used)
            threshold *= LOWERED_BY
        return None

    def _forward(self, threshold: float, most_steps: int) -> tuple[list[list[Link]], Layer, float]:
        """All links between states, the last states with their weights, and what is left out.

        Fewer lists of links than numbers: there were too many.
        """
        layer: Layer = {((), 0): 1.0}
        every: list[list[Link]] = []
        unseen = 0.0
        for step in self.steps:
            links: list[Link] = []
            after: Layer = {}
            for state, weight in layer.items():
                most = weight * self._most(state, step)
                if most < threshold:
                    unseen += most
                    continue
                if len(links) + len(step.candidates) > most_steps:
                    return every, after, unseen
                for index, candidate in enumerate(step.candidates):
                    new, factor = self._moved(state, step, candidate.value)
                    factor *= candidate.probability
                    links.append((state, index, factor, new))
                    after[new] = after.get(new, 0.0) + weight * factor
            most_steps -= len(links)
            every.append(links)
            layer = after
        return every, layer, unseen

    def _most(self, state: State, step: Step) -> float:
        """No more than this can come of a state, as a share of its weight."""
        lacking, broken = state
        most = 1.0
        for lack, outlook in zip(lacking, step.outlooks, strict=True):
            if lack is None or outlook is None:
                continue
            more = self._at_fault(broken | outlook.bit) - self._at_fault(broken)
            wrong = self.slip if more else 1.0
            most = min(most, outlook.right.get(lack, 0.0) + outlook.unread + wrong)
        return most

    def _moved(self, state: State, step: Step, value: int | None) -> tuple[State, float]:
        """The state behind a choice, and what the sums that it breaks cost."""
        lacking, broken = state
        after = [lacking[at] for at in step.kept]
        now = broken
        for move in step.moves:
            had = move.start if move.before is None else lacking[move.before]
            left = None if had is None or value is None else had + move.times * value
            if move.after is not None:
                after.append(left)
            elif left not in (None, 0):
                now |= move.bit
        if now == broken:
            return (tuple(after), now), 1.0
        more = self._at_fault(now) - self._at_fault(broken)
        return (tuple(after), now), float(self.slip**more)

    def _at_fault(self, broken: int) -> int:
        """The fewest numbers that may be wrong where these rules are broken (a hitting set)."""
        if broken not in self._faults:
            first = self.named[(broken & -broken).bit_length() - 1]
            self._faults[broken] = 1 + min(
                self._at_fault(broken & ~self.rules_of[name]) for name in first
            )
        return self._faults[broken]

    def _posterior(
        self, links: list[list[Link]], ends: Layer, weight: float, unseen: float, used: int
    ) -> Posterior:
        """Shares of the weight: forward weights times what comes of a state, backwards."""
        forward: list[Layer] = [{((), 0): 1.0}]
        for each in links:
            after: Layer = {}
            for state, _, factor, new in each:
                after[new] = after.get(new, 0.0) + forward[-1][state] * factor
            forward.append(after)
        backward: Layer = dict.fromkeys(ends, 1.0)
        shares: dict[str, list[float]] = {}
        for step, each, before in zip(
            reversed(self.steps), reversed(links), reversed(forward[:-1]), strict=True
        ):
            earlier: Layer = {}
            share = [0.0] * len(step.candidates)
            for state, index, factor, new in each:
                come = factor * backward.get(new, 0.0)
                earlier[state] = earlier.get(state, 0.0) + come
                share[index] += before[state] * come
            shares[step.name] = share
            backward = earlier
        broken = sum(each for (_, rules), each in ends.items() if rules)
        values = {step.name: _ranked(step, shares[step.name], weight) for step in self.steps}
        return Posterior(values, broken / weight, unseen / weight, used)


def _ranked(step: Step, shares: Sequence[float], weight: float) -> tuple[Candidate, ...]:
    """Posteriors, most likely first; of equal ones the smaller value first."""
    found = [
        Candidate(one.value, share / weight)
        for one, share in zip(step.candidates, shares, strict=True)
    ]
    return tuple(sorted(found, key=lambda c: (-c.probability, c.value is None, c.value or 0)))
