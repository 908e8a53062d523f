"""Differences from official results as CSV: one row per TPS and number that is not the same."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from digitizer.domain.comparison import DifferenceRow
from digitizer.domain.listing import NOTICE
from digitizer.export.columns import COLUMNS, election_name
from digitizer.export.csv import cell

PLACE_COLUMNS: Final = COLUMNS[: COLUMNS.index("provinsi") + 1]
DIFFERENCE_COLUMNS: Final = ("field", "ours", "theirs", "difference", "corrected", "kind")
ROWS_A_PIECE: Final = 1000


def comparison_csv(rows: Iterable[DifferenceRow]) -> Iterator[bytes]:
    """The rows as CSV, piece by piece, UTF-8 with BOM, safe to open in a spreadsheet.

    A number that a side lacks is an empty cell, never 0, and so is its difference. `corrected` is
    what the D.HASIL made of ours; `kind` is `explained` where that is theirs.
    """
    yield _piece([[*PLACE_COLUMNS, *DIFFERENCE_COLUMNS, "notice"]]).encode("utf-8-sig")
    lines = (difference_cells(row) for row in rows)
    while some := list(islice(lines, ROWS_A_PIECE)):
        yield _piece(some).encode()


def difference_cells(row: DifferenceRow) -> list[str]:
    """The cells of one row."""
    tps, found = row.tps, row.difference
    place = (
        election_name(row.election),
        row.contest.round,
        row.contest.id,
        tps.dotted,
        tps.name,
        tps.desa,
        tps.kecamatan,
        tps.kabkota,
        tps.provinsi,
    )
    numbers = (found.ours, found.theirs, found.size, found.corrected)
    return [
        *(cell(str(fact)) for fact in place),
        found.field,
        *("" if number is None else str(number) for number in numbers),
        "explained" if found.explained else found.kind,
        NOTICE,
    ]


def _piece(lines: Iterable[list[str]]) -> str:
    output = io.StringIO(newline="")
    csv.writer(output).writerows(lines)
    return output.getvalue()
