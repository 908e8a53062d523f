"""Verified numbers held against published ones: equal, different, or on one side only.

A number that one side lacks is neither equal nor different by its size: it is told as missing.
Nothing here says who is right.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from digitizer.domain.comparison_sum import NOTHING, ComparisonSum, NumberSum, Outcome
from digitizer.domain.election import Contest, Election, Tps

DifferenceKind = Literal[
    "differs", "missing_ours", "missing_theirs", "only_ours", "only_theirs", "unlisted"
]
"""How one number is not the same: both sides have it and differ; one number of a TPS that both
sides have is missing on ours, or on theirs; the whole TPS is on one side only; the TPS is not in
the list of the election."""

NO_NUMBERS: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sides:
    """What is known of one TPS on both sides.

    Attributes:
        ours: the verified numbers of the tally that counts, as in the recap; None without one.
        theirs: the official numbers that are given.
        corrected: the numbers of the D.HASIL correction in force.
        listed: whether the TPS is in the list of the election, and votes in the contest.
    """

    tps: str
    ours: Mapping[str, int | None] | None = None
    theirs: Mapping[str, int] = field(default_factory=dict)
    corrected: Mapping[str, int] = field(default_factory=dict)
    listed: bool = True


@dataclass(frozen=True, slots=True)
class Difference:
    """One number of one TPS that is not the same on both sides; None where a side lacks it.

    Attributes:
        corrected: what a D.HASIL correction made of ours, None where none is in force.
    """

    tps: str
    field: str
    kind: DifferenceKind
    ours: int | None
    theirs: int | None
    corrected: int | None = None

    @property
    def size(self) -> int | None:
        """Ours minus theirs; None where a side lacks the number."""
        if self.ours is None or self.theirs is None:
            return None
        return self.ours - self.theirs

    @property
    def explained(self) -> bool:
        """Whether the D.HASIL corrects our number to theirs."""
        return self.kind == "differs" and self.corrected == self.theirs


@dataclass(frozen=True, slots=True)
class TpsComparison:
    """One TPS compared; `differences` in the order of the fields."""

    tps: str
    outcome: Outcome
    differences: tuple[Difference, ...] = ()
    numbers: Mapping[str, NumberSum] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The largest difference of a number that both sides have."""
        return max(
            (abs(item.size) for item in self.differences if item.size is not None), default=0
        )

    @property
    def explained(self) -> bool:
        """Whether a D.HASIL correction explains every difference, and there is one."""
        return self.outcome == "differing" and all(item.explained for item in self.differences)


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One number that is not the same, with all that a list of them says beside it.

    Attributes:
        contest: the round that counts at the TPS.
        tps: with empty names where the election does not list it.
    """

    election: Election
    contest: Contest
    tps: Tps
    difference: Difference


def compare_tps(sides: Sides, fields: Sequence[str]) -> TpsComparison:
    """Hold the numbers of these fields of one TPS against each other.

    A number that neither side has is no difference: there is nothing to tell of it.
    """
    ours, theirs = sides.ours, sides.theirs
    if ours is None and not theirs:
        return TpsComparison(sides.tps, "neither")
    kind: DifferenceKind | None = None
    outcome: Outcome = "equal"
    if not sides.listed:
        kind = outcome = "unlisted"
    elif ours is None:
        kind = outcome = "only_theirs"
    elif not theirs:
        kind = outcome = "only_ours"
    differences: list[Difference] = []
    numbers: dict[str, NumberSum] = {}
    for name in fields:
        mine, other = (ours or {}).get(name), theirs.get(name)
        if mine is None and other is None:
            continue
        corrected = sides.corrected.get(name)
        if (added := _number_sum(mine, other, corrected)) != NOTHING:
            numbers[name] = added
        if kind is not None or mine != other:
            found = kind or _kind(mine, other)
            differences.append(Difference(sides.tps, name, found, mine, other, corrected))
    if kind is None and differences:
        differs = any(item.kind == "differs" for item in differences)
        outcome = "differing" if differs else "incomplete"
    return TpsComparison(sides.tps, outcome, tuple(differences), MappingProxyType(numbers))


def sum_of_tps(compared: TpsComparison) -> ComparisonSum:
    """What one TPS adds to the sums of the places around it."""
    return ComparisonSum.of(compared.outcome, compared.numbers, explained=compared.explained)


def summary(sides: Iterable[Sides], fields: Sequence[str]) -> ComparisonSum:
    """The comparison of an area, from all of its TPS."""
    whole = ComparisonSum()
    for item in sides:
        whole += sum_of_tps(compare_tps(item, fields))
    return whole


def _kind(ours: int | None, theirs: int | None) -> DifferenceKind:
    if ours is None:
        return "missing_ours"
    return "missing_theirs" if theirs is None else "differs"


def _number_sum(ours: int | None, theirs: int | None, corrected: int | None) -> NumberSum:
    mine, other = ours or 0, theirs or 0
    if ours is None or theirs is None:
        return NumberSum(ours=mine, theirs=other)
    if ours == theirs:
        return NumberSum(1, mine, other, 0, 0, mine, other)
    return NumberSum(1, mine, other, 1, int(corrected == theirs), mine, other)
