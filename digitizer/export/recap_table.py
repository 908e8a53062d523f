"""The recap of an area in the shape of D.HASIL: fixed rows, a column a child unit, JUMLAH AKHIR."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from digitizer.domain.election import Contest, Election
from digitizer.domain.tally import Recap

ROWS: Final = (
    *("pemilih_", "pengguna_", "disabilitas", "ss_diterima", "ss_rusak", "ss_sisa"),
    *("ss_digunakan", "paslon_", "suara_sah", "suara_tidak_sah", "suara_total"),
)
"""How the ids of its rows begin, from the first to the last."""

TOTAL: Final = "JUMLAH AKHIR"


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its id and its name, a number a column (None where nothing is in), and the last."""

    field: str
    label: str
    values: tuple[int | None, ...]
    total: int | None


@dataclass(frozen=True, slots=True)
class RecapTable:
    """One area of one contest.

    Attributes:
        area: its code ("" the whole election) and name.
        level: of the columns, see `domain.election.LEVELS`.
        columns: names of the child units, by code.
        lines: the numbers.
        counted, expected: TPS in and TPS that exist, a column each and the whole last.
        with_gaps, disputed: likewise.
    """

    election: Election
    contest: Contest
    area: tuple[str, str]
    level: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    counted: tuple[int, ...]
    expected: tuple[int, ...]
    with_gaps: tuple[int, ...]
    disputed: tuple[int, ...]


def recap_table(
    election: Election,
    contest: Contest,
    area: tuple[str, str],
    level: str,
    children: Sequence[tuple[str, Recap]],
    whole: Recap,
    labels: Mapping[str, str],
) -> RecapTable:
    """The table of an area from its recaps.

    Args:
        election: it belongs to.
        contest: whose candidates are named.
        area: code and name.
        level: of the children.
        children: name and recap of each, by code.
        whole: the recap of the area.
        labels: names of the rows by field id, in the order of the form.
    """
    recaps = [recap for _, recap in children]
    every = [*recaps, whole]
    return RecapTable(
        election=election,
        contest=contest,
        area=area,
        level=level,
        columns=tuple(name for name, _ in children),
        lines=tuple(
            Line(
                field,
                labels[field],
                tuple(recap.totals.get(field) for recap in recaps),
                whole.totals.get(field),
            )
            for field in in_order(labels)
        ),
        counted=tuple(recap.counted for recap in every),
        expected=tuple(recap.expected for recap in every),
        with_gaps=tuple(recap.with_gaps for recap in every),
        disputed=tuple(recap.disputed for recap in every),
    )


def in_order(fields: Iterable[str]) -> list[str]:
    """Fields as the rows of D.HASIL stand; what it does not know comes last, as it came.

    >>> in_order(["ss_digunakan", "ss_rusak", "paslon_2", "pemilih_dpt_l"])
    ['pemilih_dpt_l', 'ss_rusak', 'ss_digunakan', 'paslon_2']
    """
    return sorted(fields, key=_rank)


def _rank(field: str) -> int:
    found = (place for place, begin in enumerate(ROWS) if field.startswith(begin))
    return next(found, len(ROWS))
