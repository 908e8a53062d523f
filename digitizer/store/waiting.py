"""Photos that nobody has read yet: how many, and since when."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sql
from sqlmodel import Session, col

from digitizer.store.tables import SingleUploadRow


@dataclass(frozen=True, slots=True)
class Line:
    """The line before the readers: its length, and when the first in it was sent."""

    length: int
    oldest: datetime | None


def line_of(session: Session) -> Line:
    """How long the line is."""
    unread = col(SingleUploadRow.state) == "waiting"
    query = sql.select(sql.func.count(), sql.func.min(col(SingleUploadRow.at))).where(unread)
    count, oldest = session.connection().execute(query).one()
    return Line(count, oldest)
