"""Verified tallies as CSV: one row per TPS and contest."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from digitizer.domain.listing import NOTICE, TallyRow
from digitizer.export.columns import COLUMNS, facts_of

FORMULA_STARTS: Final = frozenset("=+-@\t\r")
"""What makes a spreadsheet take a text for a formula."""

NAMES: Final = ("election", "contest", "tps_name", "desa", "kecamatan", "kabkota", "provinsi")
FREE: Final = tuple(COLUMNS.index(name) for name in NAMES)
"""Columns that somebody named; the others are numbers, moments, codes and hashes of our own."""

LISTS: Final = (COLUMNS.index("readers"), COLUMNS.index("photos"))

ROWS_A_PIECE: Final = 1000


def export_csv(rows: Iterable[TallyRow], fields: Sequence[str]) -> Iterator[bytes]:
    """The rows as CSV, piece by piece, UTF-8 with BOM, safe to open in a spreadsheet.

    A field without a number is an empty cell, never 0. Without rows there is still a header.
    """
    lines = (csv_row(row, fields) for row in rows)
    yield _piece([[*COLUMNS, *fields, "notice"]]).encode("utf-8-sig")
    while some := list(islice(lines, ROWS_A_PIECE)):
        yield _piece(some).encode()


def csv_row(row: TallyRow, fields: Sequence[str]) -> list[str | int | None]:
    """The cells of one row; a number that is missing is None, which is written as nothing."""
    facts: list[Any] = list(facts_of(row))
    for place in FREE:
        if facts[place][:1] in FORMULA_STARTS:
            facts[place] = cell(facts[place])
    for place in LISTS:
        facts[place] = " ".join(facts[place])
    return [*facts, *map(row.values.get, fields), NOTICE]


def cell(text: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in FORMULA_STARTS else text


def _piece(lines: Iterable[Sequence[str | int | None]]) -> str:
    output = io.StringIO(newline="")
    csv.writer(output).writerows(lines)
    return output.getvalue()
