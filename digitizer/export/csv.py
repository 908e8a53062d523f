"""Verified tallies as CSV: one row per TPS and contest."""

import csv
import io
from collections.abc import Sequence
from typing import Final

from digitizer.domain.listing import NOTICE, TallyRow
from digitizer.export.columns import COLUMNS, Fact, facts_of, field_ids

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula."""


def export_csv(rows: Sequence[TallyRow]) -> bytes:
    """The rows as CSV, UTF-8 with BOM, safe to open in a spreadsheet.

    A field without a number is an empty cell, never 0. Without rows there is still a header.
    """
    fields = field_ids(rows)
    output = io.StringIO(newline="")
    writer = csv.writer(output)
    writer.writerow([*COLUMNS, *fields, "notice"])
    for row in rows:
        values = (row.tally.values.get(name) for name in fields)
        numbers = ("" if value is None else value for value in values)
        writer.writerow([*(cell(fact) for fact in facts_of(row).values()), *numbers, NOTICE])
    return output.getvalue().encode("utf-8-sig")


def cell(fact: Fact) -> str:
    """A fact as a cell that no spreadsheet takes for a formula."""
    text = " ".join(fact) if isinstance(fact, tuple) else str(fact)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
