"""Verified tallies as CSV: one row per TPS and contest."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final

import orjson

from digitizer.domain.listing import NOTICE, TallyRow
from digitizer.export.columns import COLUMNS, facts_of

FORMULA_STARTS: Final = frozenset("=+-@\t\r")
"""What makes a spreadsheet take a text for a formula."""

ROWS_A_PIECE: Final = 100


def export_csv(rows: Iterable[TallyRow], fields: Sequence[str]) -> Iterator[bytes]:
    """The rows as CSV, piece by piece, UTF-8 with BOM, safe to open in a spreadsheet.

    A field without a number is an empty cell, never 0. Without rows there is still a header.
    """
    lines = (csv_line(row, fields) for row in rows)
    yield _line((*COLUMNS, *fields, "notice")).encode("utf-8-sig")
    while some := list(islice(lines, ROWS_A_PIECE)):
        yield "".join(some).encode()


def csv_line(row: TallyRow, fields: Sequence[str]) -> str:
    """One row, with the end of its line.

    Of a country there are 800,000. So cells are asked whether they need quotes only where somebody
    named them; the others are numbers, moments and codes. Names come again and again, and are asked
    once; ids come from other installations too, and are seldom anything but letters and digits.
    """
    (
        election, rounds, contest, tps, name, desa, kecamatan, kabkota, provinsi,
        version, status, origin, verified_at, readers, photos,
    ) = facts_of(row)  # fmt: skip
    numbers = orjson.dumps([*map(row.values.get, fields)])[1:-1].decode().replace("null", "")
    return (
        f"{_names(election)},{rounds},{_names(contest)},{tps},"
        f"{_names(name)},{_names(desa, kecamatan, kabkota, provinsi)},"
        f"{version},{status},{origin},{verified_at},{_ids(readers)},{_ids(photos)},"
        f"{numbers}{',' if fields else ''}{_NOTICE}"
    )


def cell(text: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in FORMULA_STARTS else text


def _ids(ids: Sequence[str]) -> str:
    """Ids in one cell."""
    return " ".join(ids) if "".join(ids).isalnum() else _names(" ".join(ids))


@lru_cache(maxsize=1024)
def _names(*names: str) -> str:
    """Cells that somebody named, side by side."""
    # One more, since a lone empty cell is written as two quotes.
    return _line([*map(cell, names), ""]).removesuffix(f",{_END}")


def _line(cells: Sequence[str]) -> str:
    output = io.StringIO(newline="")
    csv.writer(output, lineterminator=_END).writerow(cells)
    return output.getvalue()


_END: Final = "\r\n"
_NOTICE: Final = _line([NOTICE])
