"""How an installation stands: what came in, what waits, what was made of it, how large it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

import sqlalchemy as sql
from sqlmodel import Session, SQLModel, col, func, select

from digitizer.store.backups import Backup, last_backup
from digitizer.store.columns import UtcDateTime
from digitizer.store.elections import contests
from digitizer.store.publication import PublishedHead, hour_of, last_head
from digitizer.store.recaps import recap_of
from digitizer.store.tables import ReadingRow, SheetRow, TallyRecord, UploadRow, VerificationRow
from digitizer.store.waiting import Line, line_of

HOUR: Final = timedelta(hours=1)

SLOW: Final = timedelta(minutes=10)
STUCK: Final = timedelta(hours=1)
"""A photo that waits so long to be read is to be known, or to be mended."""

OLD_BACKUP: Final = timedelta(hours=24)

PHOTO_BYTES: Final = 6_000_000
"""What a photo takes on disk with the pictures made of it, by those of phones of 12 megapixels."""

FEW_PHOTOS: Final = 1_000
"""Room for so many is too little to go on with."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What the store says of itself at one moment.

    Attributes:
        line: the photos that nobody has read yet.
        uploads, verifications, tallies: how many there are.
        readings: by outcome, `read` or `unreadable`.
        sheets: by state, such as `disputed`.
        coverage: TPS that count and TPS that are expected, by contest, re-votes among them.
        database_bytes: on disk.
        head: the last one that was shown to the public.
        model: that read the photo that was read last, empty before any.
    """

    line: Line
    uploads: int
    verifications: int
    tallies: int
    readings: Mapping[str, int]
    sheets: Mapping[str, int]
    coverage: Mapping[str, tuple[int, int]]
    database_bytes: int
    backup: Backup | None
    head: PublishedHead | None
    model: str


@dataclass(frozen=True, slots=True)
class Hour:
    """Photos that came in, and photos that were read, in the hour that began at `start`."""

    start: datetime
    sent: int
    read: int


NONE_KNOWN: Final[Mapping[datetime, Hour]] = MappingProxyType({})


def overview_of(session: Session) -> Overview:
    """How the installation stands now."""
    # Not both outcomes at once: that would be asked of the rows, and those are large.
    tried = _count(session, ReadingRow)
    unread = select(func.count()).where(col(ReadingRow.problem).is_not(None))
    unreadable = session.exec(unread).one()
    states = sql.select(SheetRow.state, sql.func.count()).group_by(SheetRow.state)  # type: ignore[call-overload]
    sums = {item.id: recap_of(session, item.id, "") for item in contests(session)}
    return Overview(
        line=line_of(session),
        uploads=_count(session, UploadRow),
        verifications=_count(session, VerificationRow),
        tallies=_count(session, TallyRecord),
        readings=MappingProxyType({"read": tried - unreadable, "unreadable": unreadable}),
        sheets=MappingProxyType(dict(session.connection().execute(states).tuples().all())),
        coverage=MappingProxyType(
            {name: (item.counted, item.expected) for name, item in sums.items()}
        ),
        database_bytes=database_bytes(session),
        backup=last_backup(session),
        head=last_head(session),
        model=_model(session),
    )


def hours_of(
    session: Session, now: datetime, most: int, known: Mapping[datetime, Hour] = NONE_KNOWN
) -> tuple[Hour, ...]:
    """Photos sent and read in the last hours, the running one last, empty ones among them.

    Args:
        session: only reads.
        now: within the running hour.
        most: how many hours.
        known: hours that were over when they were counted, which are not counted again.
    """
    last = hour_of(now)
    starts = [last - HOUR * back for back in reversed(range(most))]
    since = next(start for start in starts if start not in known or start == last)
    sent = _by_hour(session, col(UploadRow.at), since)
    read = _by_hour(session, col(ReadingRow.at), since)
    return tuple(
        known[start] if start < since else Hour(start, sent.get(start, 0), read.get(start, 0))
        for start in starts
    )


def database_bytes(session: Session) -> int:
    """How much the database takes on disk."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        query = "SELECT pg_database_size(current_database())"
    else:
        query = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    return int(connection.exec_driver_sql(query).scalar_one())


def _model(session: Session) -> str:
    read = select(ReadingRow.model).where(col(ReadingRow.model) != "")
    return session.exec(read.order_by(col(ReadingRow.at).desc()).limit(1)).first() or ""


def _by_hour(
    session: Session, at: sql.SQLColumnExpression[datetime], since: datetime
) -> dict[datetime, int]:
    hour: sql.SQLColumnExpression[datetime]
    if session.connection().dialect.name == "postgresql":
        hour = sql.func.date_trunc("hour", at, "UTC")
    else:
        hour = sql.func.strftime("%Y-%m-%d %H:00:00", at)
    named = sql.type_coerce(hour, UtcDateTime)
    query = sql.select(named, sql.func.count()).where(at >= since).group_by(hour)
    return dict(session.connection().execute(query).tuples().all())


def _count(session: Session, table: type[SQLModel]) -> int:
    return (
        session.connection().execute(sql.select(sql.func.count()).select_from(table)).scalar_one()
    )
