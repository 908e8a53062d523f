"""What TPS add to a recap: sums that are added to and taken from each other, without a rest.

Every number is kept with how many tallies have it, so that taking away what was added leaves
exactly what was there before: the recap can then be kept current by differences alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

COUNTS: Final = ("expected", "counted", "with_gaps", "disputed", "corrected")

Sums = Mapping[str, tuple[int, int, int]]
"""By field: the sum of a number, how many TPS have the field, and how many of them a number in it.
Where none has, the sum is none either: 0 would be a number that nobody wrote."""


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
        return _joined((1, self), (1, other))

    def __sub__(self, other: "RecapSum") -> "RecapSum":
        return _joined((1, self), (-1, other))


EMPTY: Final = RecapSum()


class RunningSum:
    """A sum that grows where it is: a recount adds hundreds of thousands."""

    def __init__(self) -> None:
        self._counts = [0] * len(COUNTS)
        self._numbers: tuple[dict[str, list[int]], ...] = ({}, {})

    def add(self, other: RecapSum, sign: int = 1) -> None:
        """Add a sum, or with -1 take it away."""
        for place, name in enumerate(COUNTS):
            self._counts[place] += sign * getattr(other, name)
        for kept, added in zip(self._numbers, (other.totals, other.differences), strict=True):
            for name, (value, tps, written) in added.items():
                sums = kept.setdefault(name, [0, 0, 0])
                sums[0] += sign * value
                sums[1] += sign * tps
                sums[2] += sign * written

    @property
    def value(self) -> RecapSum:
        """The sum as it is now; a number that no TPS has any more is gone."""
        totals, differences = (
            {
                name: (value, tps, written)
                for name, (value, tps, written) in kept.items()
                if value or tps or written
            }
            for kept in self._numbers
        )
        counts = dict(zip(COUNTS, self._counts, strict=True))
        return RecapSum(**counts, totals=totals, differences=differences)


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
        totals={name: (value or 0, 1, int(value is not None)) for name, value in values.items()},
        differences={
            name: (value - (values.get(name) or 0), 1, 1)
            for name, value in (corrections or {}).items()
        },
    )


def numbers(sums: Sums) -> dict[str, int]:
    """The sum of each field in which any TPS has a number."""
    return {name: value for name, (value, _, written) in sums.items() if written}


def total(sums: Iterable[RecapSum]) -> RecapSum:
    """The sum of sums."""
    return _joined(*((1, item) for item in sums))


def _joined(*parts: tuple[int, RecapSum]) -> RecapSum:
    running = RunningSum()
    for sign, part in parts:
        running.add(part, sign)
    return running.value
