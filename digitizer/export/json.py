"""Verified tallies as JSON."""

from collections.abc import Sequence

from digitizer.domain.listing import TallyRow


def export_json(rows: Sequence[TallyRow]) -> bytes:
    """The rows as one JSON object, UTF-8: `notice` and `tallies`."""
    raise NotImplementedError
