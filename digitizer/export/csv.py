"""Verified tallies as CSV: one row per TPS and contest."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from digitizer.domain.listing import NOTICE, TallyRow
from digitizer.export.columns import COLUMNS, Fact, facts_of

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula."""

ROWS_A_PIECE: Final = 1000


def export_csv(rows: Iterable[TallyRow], fields: Sequence[str]) -> Iterator[bytes]:
    """The rows as CSV, piece by piece, UTF-8 with BOM, safe to open in a spreadsheet.

    A field without a number is an empty cell, never 0. Without rows there is still a header.
    """
    lines = (csv_row(row, fields) for row in rows)
    yield _piece([[*COLUMNS, *fields, "notice"]]).encode("utf-8-sig")
    while some := list(islice(lines, ROWS_A_PIECE)):
        yield _piece(some).encode()


def csv_row(row: TallyRow, fields: Sequence[str]) -> list[str]:
    """The cells of one row."""
    values = (row.values.get(name) for name in fields)
    numbers = ("" if value is None else str(value) for value in values)
    return [*map(cell, facts_of(row).values()), *numbers, NOTICE]


def cell(fact: Fact) -> str:
    """A fact as a cell that no spreadsheet takes for a formula."""
    text = " ".join(fact) if isinstance(fact, tuple) else str(fact)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _piece(lines: Iterable[Sequence[str]]) -> str:
    output = io.StringIO(newline="")
    csv.writer(output).writerows(lines)
    return output.getvalue()
