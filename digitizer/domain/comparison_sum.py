"""What TPS add to a comparison: sums that can be added to and taken from each other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import add, sub
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, get_args

Outcome = Literal[
    "equal", "differing", "incomplete", "only_ours", "only_theirs", "neither", "unlisted"
]
"""What one TPS comes to. Both sides have it: all numbers equal; one differs at least; none differs
and one side lacks some. Else only one side has numbers, or neither has. `unlisted`: the other side
has a TPS that the election does not list."""

OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)


class NumberSum(NamedTuple):
    """One number over many TPS.

    Attributes:
        compared: TPS at which both sides have it; `ours_compared` and `theirs_compared` are the
            sums over these.
        differing: of those, TPS at which it differs; `explained` by a correction of a D.HASIL.
        ours, theirs: sums over all TPS at which that side has it.
    """

    compared: int = 0
    ours_compared: int = 0
    theirs_compared: int = 0
    differing: int = 0
    explained: int = 0
    ours: int = 0
    theirs: int = 0

    @property
    def difference(self) -> int:
        """Ours minus theirs, over the TPS at which both sides have it."""
        return self.ours_compared - self.theirs_compared


NOTHING: Final = NumberSum()
Step = Callable[[int, int], int]


@dataclass(frozen=True, slots=True)
class ComparisonSum:
    """Sums over the TPS of an area.

    Attributes:
        expected: TPS of the list that vote in the contest.
        equal, differing, incomplete, only_ours, only_theirs: TPS by `Outcome`.
        unlisted: TPS that only the other side knows; they are not among the expected.
        explained: of `differing`, TPS at which a correction explains every difference.
        numbers: by field id.
    """

    expected: int = 0
    equal: int = 0
    differing: int = 0
    incomplete: int = 0
    only_ours: int = 0
    only_theirs: int = 0
    unlisted: int = 0
    explained: int = 0
    numbers: Mapping[str, NumberSum] = field(default_factory=dict)

    @classmethod
    def of(
        cls, outcome: Outcome, numbers: Mapping[str, NumberSum], *, explained: bool
    ) -> "ComparisonSum":
        """The sums over one TPS."""
        counts = {} if outcome == "neither" else {outcome: 1}
        return cls(
            expected=int(outcome != "unlisted"), explained=int(explained), numbers=numbers, **counts
        )

    @property
    def compared(self) -> int:
        """TPS that both sides have."""
        return self.equal + self.differing + self.incomplete

    @property
    def neither(self) -> int:
        """TPS of which neither side has a number."""
        return self.expected - self.compared - self.only_ours - self.only_theirs

    def tps(self, outcome: Outcome) -> int:
        """How many TPS came to this."""
        count: int = getattr(self, outcome)
        return count

    def __add__(self, other: "ComparisonSum") -> "ComparisonSum":
        return self._with(other, add)

    def __sub__(self, other: "ComparisonSum") -> "ComparisonSum":
        return self._with(other, sub)

    def _with(self, other: "ComparisonSum", step: Step) -> "ComparisonSum":
        return ComparisonSum(
            step(self.expected, other.expected),
            step(self.equal, other.equal),
            step(self.differing, other.differing),
            step(self.incomplete, other.incomplete),
            step(self.only_ours, other.only_ours),
            step(self.only_theirs, other.only_theirs),
            step(self.unlisted, other.unlisted),
            step(self.explained, other.explained),
            _joined(self.numbers, other.numbers, step),
        )


def _joined(
    numbers: Mapping[str, NumberSum], other: Mapping[str, NumberSum], step: Step
) -> Mapping[str, NumberSum]:
    if not other:
        return numbers
    joined = dict(numbers)
    for name, added in other.items():
        made = NumberSum._make(map(step, joined.get(name, NOTHING), added))
        joined[name] = made
        if made == NOTHING:
            del joined[name]
    return MappingProxyType(joined)
