"""Photos that nobody has read yet: how many, and since when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlmodel import Session, col

from digitizer.store.tables import ReadingRow, UploadRow


@dataclass(frozen=True, slots=True)
class Line:
    """The line before the readers: its length, and when the first in it was sent."""

    length: int
    oldest: datetime | None


def line_of(session: Session) -> Line:
    """How long the line is."""
    query = sql.select(sql.func.count(), sql.func.min(UploadRow.at)).where(_unread())
    count, oldest = session.connection().execute(query).one()
    return Line(count, oldest)


def _unread() -> Any:  # noqa: ANN401  # a condition
    read = sql.exists().where(col(ReadingRow.photo) == col(UploadRow.photo))
    return ~read
