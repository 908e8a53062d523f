"""Verified tallies as JSON."""

import json
from collections.abc import Sequence

from digitizer.domain.listing import NOTICE, TallyRow
from digitizer.export.columns import facts_of


def export_json(rows: Sequence[TallyRow]) -> bytes:
    """The rows as one JSON object, UTF-8: `notice`, `simulated` and `tallies`.

    Each tally has the columns of the CSV, and `values` by field: null where there is no number.
    """
    tallies = [
        {
            **facts_of(row),
            "form": row.tally.form,
            "values": dict(row.tally.values),
            "as_written": dict(row.tally.as_written),
        }
        for row in rows
    ]
    simulated = any(row.election.simulated for row in rows)
    document = {"notice": NOTICE, "simulated": simulated, "tallies": tallies}
    return json.dumps(document, ensure_ascii=False, indent=2).encode()
