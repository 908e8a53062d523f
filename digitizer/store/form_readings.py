"""Which readings belong to a form: those of the photos that were sent for its TPS and show it."""

from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sql
from sqlmodel import Session, col

from digitizer.domain.reading import PageReading
from digitizer.store.columns import asked_for
from digitizer.store.readings import COUNTS_LAST, StoredReading, readings_of
from digitizer.store.rounds import placed_uploads, written_on
from digitizer.store.tables import ReadingRow
from digitizer.store.uploads import ever_at

Dated = tuple[datetime, StoredReading]
"""A reading beside the moment its photo was first sent for the TPS."""


def readings_for(session: Session, contest: str, tps: str, form: str) -> tuple[StoredReading, ...]:
    """The readings that belong to one form of one TPS, one a photo, oldest upload first.

    Of which contest a photo is says `rounds.written_on`. One that was sent for a contest that its
    form or its TPS has not belongs to no form until somebody assigns it.
    """
    return tuple(stored for _, stored in dated_readings(session, contest, tps, form))


def dated_readings(session: Session, contest: str, tps: str, form: str) -> tuple[Dated, ...]:
    """`readings_for`, each beside the moment its photo was first sent for this TPS."""
    sent = _sent_for(session, contest, tps, form)
    stored = readings_of(session, sent)
    return tuple(
        (at, found)
        for photo, at in sent.items()
        if (found := stored.get(photo)) is not None
        and found.reading is not None
        and found.reading.form == form
    )


def readings_foreseen(
    session: Session, contest: str, tps: str, form: str, coming: PageReading
) -> tuple[PageReading, ...]:
    """What `readings_for` will read once the reading that is coming is kept."""
    sent = _sent_for(session, contest, tps, form)
    known = {item.photo: item.reading for item in readings_of(session, sent).values()}
    known[coming.photo] = coming
    found = (known.get(photo) for photo in sent)
    return tuple(reading for reading in found if reading is not None and reading.form == form)


def photos_of_form(session: Session, contest: str, tps: str, form: str) -> frozenset[str]:
    """The photos of `readings_for`, without what was read of them."""
    sent = _sent_for(session, contest, tps, form)
    read = col(ReadingRow.body).is_not(None)
    query: Any = (
        sql.select(col(ReadingRow.photo), read, col(ReadingRow.form))
        .where(col(ReadingRow.photo).in_(sent))
        .order_by(*COUNTS_LAST)
    )
    counts = {
        photo: was_read and of_form == form for photo, was_read, of_form in session.exec(query)
    }
    return frozenset(photo for photo, it_is in counts.items() if it_is)


def _sent_for(session: Session, contest: str, tps: str, form: str) -> dict[str, datetime]:
    """Photos that are of a form of a TPS if they show it, and when each was first sent for it."""
    asked = {"contest": contest, "tps": tps, "form": form}
    sent: dict[str, datetime] = {}
    for photo, at in session.connection().execute(_photos_sent_for(), asked):
        sent.setdefault(photo, at)
    return sent


@cache
def _photos_sent_for() -> sql.Select[str, datetime]:
    uploads = placed_uploads(ever_at(asked_for("tps")))
    written = written_on(asked_for("form"), uploads.c.tps, uploads.c.said, uploads.c.first_at)
    return (
        sql.select(uploads.c.photo, uploads.c.at)
        .where(uploads.c.tps == asked_for("tps"), written == asked_for("contest"))
        .order_by(uploads.c.at, uploads.c.id)
    )
