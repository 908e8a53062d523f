"""Verified tallies as JSON."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from digitizer.domain.listing import NOTICE, TallyRow
from digitizer.export.columns import COLUMNS, facts_of

TALLIES_A_PIECE: Final = 200


def export_json(rows: Iterable[TallyRow], *, simulated: bool) -> Iterator[bytes]:
    """The rows as one JSON object, piece by piece, UTF-8: `notice`, `simulated` and `tallies`.

    Each tally has the columns of the CSV, and `values` by field: null where there is no number.
    """
    head = json.dumps({"notice": NOTICE, "simulated": simulated}, ensure_ascii=False)
    yield f'{head[:-1]}, "tallies": ['.encode()
    told = (json.dumps(_tally(row), ensure_ascii=False) for row in rows)
    before = "\n"
    while some := list(islice(told, TALLIES_A_PIECE)):
        yield (before + ",\n".join(some)).encode()
        before = ",\n"
    yield b"\n]}\n"


def _tally(row: TallyRow) -> dict[str, Any]:
    return {
        **dict(zip(COLUMNS, facts_of(row), strict=True)),
        "form": row.form,
        "values": dict(row.values),
        "as_written": dict(row.as_written),
    }
