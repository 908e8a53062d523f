"""What TPS add to a recap: sums that are added to and taken from each other, without a rest.

Every number is kept with how many tallies have it, so that taking away what was added leaves
exactly what was there before: the recap can then be kept current by differences alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

Sums = Mapping[str, tuple[int, int]]
"""By field: the sum of a number, and of how many TPS it is the sum."""


@dataclass(frozen=True, slots=True)
class RecapSum:
    """Sums over TPS of one contest; those of an area are the sum of those of its TPS.

    Attributes:
        expected: TPS that vote.
        counted, with_gaps, disputed: as in `domain.tally.Recap`.
        corrected: counted TPS with a correction in force.
        totals: the verified numbers; one without a value adds 0.
        differences: by how much corrections in force differ from the verified numbers.
    """

    expected: int = 0
    counted: int = 0
    with_gaps: int = 0
    disputed: int = 0
    corrected: int = 0
    totals: Sums = field(default_factory=dict)
    differences: Sums = field(default_factory=dict)

    def __add__(self, other: "RecapSum") -> "RecapSum":
        return self._with(other, 1)

    def __sub__(self, other: "RecapSum") -> "RecapSum":
        return self._with(other, -1)

    def _with(self, other: "RecapSum", sign: int) -> "RecapSum":
        return RecapSum(
            self.expected + sign * other.expected,
            self.counted + sign * other.counted,
            self.with_gaps + sign * other.with_gaps,
            self.disputed + sign * other.disputed,
            self.corrected + sign * other.corrected,
            _joined(self.totals, other.totals, sign),
            _joined(self.differences, other.differences, sign),
        )


EMPTY: Final = RecapSum()


def sum_of_tps(
    values: Mapping[str, int | None] | None,
    *,
    disputed: bool = False,
    corrections: Mapping[str, int] | None = None,
) -> RecapSum:
    """What one TPS adds.

    Args:
        values: of its latest tally, None when it has none.
        disputed: its readers differ; then it is not counted, whatever was verified before.
        corrections: the numbers of the correction in force. A TPS that is not counted has none:
            there is no verified number that they could be held against.
    """
    if disputed:
        return RecapSum(disputed=1)
    if values is None:
        return EMPTY
    return RecapSum(
        counted=1,
        with_gaps=int(None in values.values()),
        corrected=int(bool(corrections)),
        totals=MappingProxyType({name: (value or 0, 1) for name, value in values.items()}),
        differences=MappingProxyType(
            {
                name: (value - (values.get(name) or 0), 1)
                for name, value in (corrections or {}).items()
            }
        ),
    )


def total(sums: Iterable[RecapSum]) -> RecapSum:
    """The sum of sums."""
    whole = EMPTY
    for item in sums:
        whole += item
    return whole


def _joined(sums: Sums, other: Sums, sign: int) -> Sums:
    if not other:
        return sums
    joined = dict(sums)
    for name, (value, tps) in other.items():
        old_value, old_tps = joined.get(name, (0, 0))
        joined[name] = (old_value + sign * value, old_tps + sign * tps)
        if joined[name] == (0, 0):
            del joined[name]
    return MappingProxyType(joined)
