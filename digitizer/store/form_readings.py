"""Which readings belong to a form: those of the photos that were sent for its TPS and show it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sql
from sqlmodel import Session, col

from digitizer.domain.reading import PageReading
from digitizer.store.account_tables import AccountRow
from digitizer.store.columns import asked_for
from digitizer.store.readings import StoredReading, readings_of
from digitizer.store.rounds import placed_uploads, written_on
from digitizer.store.shown_pages import COUNTS_LAST
from digitizer.store.tables import ReadingRow
from digitizer.store.uploads import ever_at

Dated = tuple[datetime, StoredReading]
"""A reading beside the moment its photo was first sent for the TPS."""


class _Sent(NamedTuple):
    """An upload that belongs to a TPS: whose it is, and what it would be of."""

    photo: str
    at: datetime
    account: str
    bound: bool
    of_contest: bool


@dataclass(frozen=True, slots=True)
class Sources:
    """What a form is read from, and who sent it.

    Attributes:
        readings: that belong to it, one a photo, oldest upload first.
        senders: ids of the accounts that sent any photo of it.
        bound: whether each of its photos came from an account that is bound to its TPS.
    """

    readings: tuple[StoredReading, ...]
    senders: frozenset[str]
    bound: bool


def sources_of(session: Session, contest: str, tps: str, form: str) -> Sources:
    """`readings_for` with everything else that a person who opens a form must know of them."""
    uploads = _uploads_at(session, contest, tps, form)
    readings = tuple(stored for _, stored in _of_form(session, uploads, form))
    photos = {stored.photo for stored in readings}
    return Sources(
        readings,
        _senders(uploads, photos),
        photos <= {item.photo for item in uploads if item.bound},
    )


def uploaders(session: Session, contest: str, tps: str, form: str) -> frozenset[str]:
    """Ids of the accounts that sent a photo of this form; none of them may review it."""
    asked = {"contest": contest, "tps": tps, "form": form}
    rows = session.connection().execute(_placed_and_shown(), asked).all()
    photos = {photo for photo, _, _, _, *of in rows if of == [contest, form]}
    return frozenset(account for photo, _, account, *_ in rows if photo in photos)


def readings_for(session: Session, contest: str, tps: str, form: str) -> tuple[StoredReading, ...]:
    """The readings that belong to one form of one TPS, one a photo, oldest upload first.

    Of which contest a photo is says `rounds.written_on`. One that was sent for a contest that its
    form or its TPS has not belongs to no form until somebody assigns it.
    """
    return tuple(stored for _, stored in dated_readings(session, contest, tps, form))


def dated_readings(session: Session, contest: str, tps: str, form: str) -> tuple[Dated, ...]:
    """`readings_for`, each beside the moment its photo was first sent for this TPS."""
    return tuple(_of_form(session, _uploads_at(session, contest, tps, form), form))


def readings_foreseen(
    session: Session, contest: str, tps: str, form: str, coming: PageReading
) -> tuple[PageReading, ...]:
    """What `readings_for` will read once the reading that is coming is kept."""
    sent = _first_sent(_uploads_at(session, contest, tps, form))
    known = {item.photo: item.reading for item in readings_of(session, sent).values()}
    known[coming.photo] = coming
    found = (known.get(photo) for photo in sent)
    return tuple(reading for reading in found if reading is not None and reading.form == form)


def _of_form(session: Session, uploads: Sequence[_Sent], form: str) -> Iterator[Dated]:
    sent = _first_sent(uploads)
    stored = readings_of(session, sent)
    for photo, at in sent.items():
        found = stored.get(photo)
        if found is not None and found.reading is not None and found.reading.form == form:
            yield at, found


def _first_sent(uploads: Sequence[_Sent]) -> dict[str, datetime]:
    """Photos that are of a form if they show it, and when each was first sent for its TPS."""
    sent: dict[str, datetime] = {}
    for item in uploads:
        if item.of_contest:
            sent.setdefault(item.photo, item.at)
    return sent


def _senders(uploads: Sequence[_Sent], photos: Collection[str]) -> frozenset[str]:
    return frozenset(item.account for item in uploads if item.photo in photos)


def _uploads_at(session: Session, contest: str, tps: str, form: str) -> Sequence[_Sent]:
    """Every upload that belongs to a TPS, oldest first."""
    asked = {"contest": contest, "tps": tps, "form": form}
    rows = session.connection().execute(_placed_at(), asked)
    return [_Sent(row[0], row[1], row[2], row[3] == tps, row[4] == contest) for row in rows]


@cache
def _placed_at() -> sql.Select[Any]:
    return _placed(placed_uploads(ever_at(asked_for("tps"))))


@cache
def _placed_and_shown() -> sql.Select[Any]:
    """The same beside the form that each photo shows, NULL where none was read."""
    uploads = placed_uploads(ever_at(asked_for("tps")))
    was_read: Any = col(ReadingRow.body).is_not(None)
    shows = (
        sql.select(sql.case((was_read, col(ReadingRow.form))))
        .where(col(ReadingRow.photo) == uploads.c.photo)
        .order_by(*(sql.desc(column) for column in COUNTS_LAST))
        .limit(1)
        .scalar_subquery()
    )
    return _placed(uploads, shows)


def _placed(uploads: sql.Subquery, *more: sql.ColumnElement[Any]) -> sql.Select[Any]:
    written = written_on(asked_for("form"), uploads.c.tps, uploads.c.said, uploads.c.first_at)
    columns = (uploads.c.photo, uploads.c.at, uploads.c.account, col(AccountRow.tps), written)
    return (
        sql.select(*columns, *more)
        .join(AccountRow, col(AccountRow.id) == uploads.c.account, isouter=True)
        .where(uploads.c.tps == asked_for("tps"))
        .order_by(uploads.c.at, uploads.c.id)
    )
