"""Verified numbers of one TPS, and their totals with coverage."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from digitizer.domain.rules import RuleCheck

VOTES: Final = ("paslon_", "calon", "partai")
"""How the ids of candidates' votes begin (docs/forms.md): what is in the history of a tally has no
form beside it that would say so."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The verified numbers of one contest at one TPS. Made only by `verification.verify`.

    Attributes:
        version: a later version stands beside the earlier, never over it; the highest counts.
        values: every counted field of the form; None where the ink gives no number (an empty row
            is not a zero) and on pages of which there was no photo.
        as_written: the confirmed glyphs of the fields that were seen.
        verifications: ids of those that read this paper; the last one decides.
        photos: sha256 of what it rests on, the other papers among them.
        beside, decided: ids of the verifications of other papers whose numbers stand where this
            one has none, and of those that decided against them (`other_papers.together`).
    """

    tps: str
    contest: str
    version: int
    form: str
    values: Mapping[str, int | None]
    as_written: Mapping[str, str]
    verifications: tuple[str, ...]
    photos: tuple[str, ...]
    checks: tuple[RuleCheck, ...]
    origin: Literal["read", "keyed"]
    beside: tuple[str, ...] = ()
    decided: tuple[str, ...] = ()

    @property
    def gaps(self) -> tuple[str, ...]:
        """Fields of the tally without a number."""
        return tuple(name for name, value in self.values.items() if value is None)


def lacks_votes(values: Mapping[str, int | None], as_written: Mapping[str, str]) -> bool:
    """Whether a page with candidates' votes was not seen when a tally was made.

    Such a TPS is not in: no photo of its votes is another thing than a row left empty on the paper,
    and totals over it would be short under full coverage. Arguments as in `Tally`.

    >>> lacks_votes({"pemilih_dpt_j": 160, "paslon_1": None}, {"pemilih_dpt_j": "160"})
    True
    >>> lacks_votes({"pemilih_dpt_j": None, "paslon_1": None}, {"paslon_1": "___"})
    False
    """
    votes = [name for name in values if name.startswith(VOTES)]
    return not votes or any(name not in as_written for name in votes)


@dataclass(frozen=True, slots=True)
class Recap:
    """Totals of one contest over one wilayah, with what they rest on.

    Attributes:
        wilayah: code of the area ("" the whole election).
        totals: sum of every field over the tallies that have a number in it; a field of which none
            has is not there, since 0 would be a number that nobody wrote.
        counted, expected: TPS with a tally that has all votes (`lacks_votes`), and TPS that exist.
            Where a TPS votes again, only the tally of its last round counts; until that is in, the
            TPS is not.
        with_gaps: tallies in which some field has no number.
        disputed: TPS whose readers differ; they are not counted.
        revotes, revotes_counted: of `expected` and `counted`, the TPS that vote again.
        corrected: counted TPS that a D.HASIL corrects; by field, `differences` is what all
            corrections change. They are in no total.
    """

    contest: str
    wilayah: str
    totals: Mapping[str, int]
    counted: int
    expected: int
    with_gaps: int
    disputed: int
    revotes: int = 0
    revotes_counted: int = 0
    corrected: int = 0
    differences: Mapping[str, int] = field(default_factory=dict)


def recap(
    contest: str, wilayah: str, tallies: Iterable[Tally], *, expected: int, disputed: int = 0
) -> Recap:
    """Add tallies up; each must be the latest version of its TPS. One that lacks votes is not in.

    Raises:
        ValueError: a tally is of another contest, or a TPS comes twice.
    """
    totals: Counter[str] = Counter()
    seen: set[str] = set()
    with_gaps = 0
    for tally in tallies:
        if tally.contest != contest:
            raise ValueError(f"a tally of contest {tally.contest} in the recap of {contest}")
        if tally.tps in seen:
            raise ValueError(f"TPS {tally.tps} comes twice in the recap of {contest}")
        if lacks_votes(tally.values, tally.as_written):
            continue
        seen.add(tally.tps)
        with_gaps += bool(tally.gaps)
        totals.update({n: value for n, value in tally.values.items() if value is not None})
    return Recap(
        contest, wilayah, MappingProxyType(dict(totals)), len(seen), expected, with_gaps, disputed
    )
