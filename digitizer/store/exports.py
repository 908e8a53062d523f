"""The rows of an export, and the event that says it left."""

from datetime import datetime

from sqlmodel import Session

from digitizer.domain.event import Event
from digitizer.domain.listing import TallyRow


def tally_rows(session: Session, contest: str | None = None) -> tuple[TallyRow, ...]:
    """The latest verified tally of every TPS, of one contest or of all, by contest and TPS."""
    raise NotImplementedError


def record_export(
    session: Session, kind: str, data: bytes, rows: tuple[TallyRow, ...], actor: str, now: datetime
) -> Event:
    """Write down that an export (`kind`: "csv", "json") was given out, with its sha256."""
    raise NotImplementedError
