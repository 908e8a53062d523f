"""Verified tallies as CSV: one row per TPS and contest."""

from collections.abc import Sequence

from digitizer.domain.listing import TallyRow


def export_csv(rows: Sequence[TallyRow]) -> bytes:
    """The rows as CSV, UTF-8 with BOM, safe to open in a spreadsheet."""
    raise NotImplementedError
