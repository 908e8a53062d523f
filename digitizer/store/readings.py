"""What the machine read on each photo, kept once and for ever."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Final, cast

import sqlalchemy as sql
from sqlmodel import Session, col, select

from digitizer.domain.codec import (
    reading_from_json,
    reading_to_json,
    verdict_from_json,
    verdict_to_json,
)
from digitizer.domain.event import sha256_of
from digitizer.domain.reading import PageReading
from digitizer.domain.verdict import Unreadable
from digitizer.errors import NotFound
from digitizer.store.events import append_event, lock_chain
from digitizer.store.likeness import save_ink_hash
from digitizer.store.rounds import placed_uploads, written_on
from digitizer.store.tables import PhotoRow, ReadingRow
from digitizer.store.uploads import ever_at

_COUNTS_LAST: Final = (
    # A photo that was read stays read, whatever a later try made of it.
    col(ReadingRow.body).is_not(None),
    col(ReadingRow.at),
    col(ReadingRow.id),
)
"""An order in which the reading that counts of a photo is its last one."""


@dataclass(frozen=True, slots=True)
class StoredReading:
    """A reading, or the problem of an unreadable photo: exactly one of them is set.

    Attributes:
        blobs: sha256 of the pictures made with it: "public", "page", "header",
            "crop/<field>", "witnesses/<field>".
        seconds: how long it took.
    """

    id: str
    photo: str
    reading: PageReading | None
    problem: Unreadable | None
    blobs: Mapping[str, str]
    seconds: float
    at: datetime


def save_reading(
    session: Session,
    photo: str,
    reading: PageReading | None,
    problem: Unreadable | None,
    blobs: Mapping[str, str],
    seconds: float,
    now: datetime,
    actor: str = "system",
) -> str:
    """Keep what became of a photo and return the id of the reading.

    The same photo read by the same model with the same form version gives the first id and no
    second event, so that a job may run twice. `actor` is an account id where a person said which
    page it is (`domain.keyed`).

    Raises:
        NotFound: no photo with this sha256 was uploaded.
        ValueError: neither or both of `reading` and `problem` are given, or the reading is of
            another photo.
    """
    if (reading is None) == (problem is None):
        raise ValueError("a photo has either a reading or a problem")
    if reading is not None and reading.photo != photo:
        raise ValueError(f"a reading of photo {reading.photo} for photo {photo}")
    lock_chain(session)
    if session.get(PhotoRow, photo) is None:
        raise NotFound(f"no photo {photo} was uploaded", "upload it first")
    model = reading.model if reading is not None else ""
    form_version = f"{reading.form}@{reading.form_version}" if reading is not None else ""
    earlier = session.exec(
        select(ReadingRow.id)
        .where(
            col(ReadingRow.photo) == photo,
            col(ReadingRow.model) == model,
            col(ReadingRow.form_version) == form_version,
        )
        .order_by(col(ReadingRow.at), col(ReadingRow.id))
        .limit(1)
    ).first()
    if earlier is not None:
        return earlier
    row = ReadingRow(
        photo=photo,
        model=model,
        form_version=form_version,
        form=reading.form if reading is not None else None,
        page=reading.page if reading is not None else None,
        body=reading_to_json(reading) if reading is not None else None,
        problem=verdict_to_json(problem) if problem is not None else None,
        blobs=dict(blobs),
        seconds=seconds,
        at=now,
    )
    session.add(row)
    session.flush()
    if reading is not None:
        save_ink_hash(session, row.id, reading)
    fact = {"reading": row.id, "photo": photo, "blobs": row.blobs, "seconds": seconds}
    if problem is not None:
        told = {"problem": problem.problem, "verdict": row.problem}
        append_event(session, "photo_unreadable", {**fact, **told}, actor, now)
    else:
        read = {
            "form": row.form,
            "form_version": form_version,
            "page": row.page,
            "model": model,
            "sha256": sha256_of(row.body),
        }
        append_event(session, "photo_read", {**fact, **read}, actor, now)
    return row.id


def reading_of(session: Session, photo: str) -> StoredReading | None:
    """What counts for a photo: its latest reading, else its problem, else None (not read yet)."""
    return readings_of(session, (photo,)).get(photo)


def readings_of(session: Session, photos: Collection[str]) -> Mapping[str, StoredReading]:
    """What counts for each of many photos; a photo not read yet is left out."""
    query = select(ReadingRow).where(col(ReadingRow.photo).in_(photos)).order_by(*_COUNTS_LAST)
    return {row.photo: _stored(row) for row in session.exec(query)}


def get_reading(session: Session, reading_id: str) -> StoredReading:
    """One reading by id.

    Raises:
        NotFound: there is none with this id.
    """
    row = session.get(ReadingRow, reading_id)
    if row is None:
        raise NotFound(f"there is no reading {reading_id!r}", "open the form again")
    return _stored(row)


def told_readings(session: Session) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Id of every reading, in order, and all of its row but what was read; few at a time."""
    columns: Any = (
        *(ReadingRow.id, ReadingRow.photo, ReadingRow.form_version, ReadingRow.page),
        *(ReadingRow.model, ReadingRow.blobs, ReadingRow.at),
    )
    query: Any = sql.select(*columns).order_by(col(ReadingRow.id))
    for row in session.exec(query.execution_options(yield_per=500)):
        yield row.id, row._asdict()


def public_copies(session: Session) -> tuple[str, ...]:
    """The public copy of every photo that has one, by sha256, in order."""
    blobs = session.exec(select(ReadingRow.blobs))
    return tuple(sorted({named["public"] for named in blobs if "public" in named}))


def reading_ids(session: Session, photo: str) -> tuple[str, ...]:
    """Every reading of a photo, whether it counts or not."""
    return tuple(session.exec(select(ReadingRow.id).where(col(ReadingRow.photo) == photo)))


def readings_for(session: Session, contest: str, tps: str, form: str) -> tuple[StoredReading, ...]:
    """The readings that belong to one form of one TPS, one a photo, oldest upload first.

    Of which contest a photo is says `rounds.written_on`. One that was sent for a contest that its
    form or its TPS has not belongs to no form until somebody assigns it.
    """
    return tuple(stored for _, stored in dated_readings(session, contest, tps, form))


def dated_readings(
    session: Session, contest: str, tps: str, form: str
) -> tuple[tuple[datetime, StoredReading], ...]:
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


def photos_of_form(session: Session, contest: str, tps: str, form: str) -> frozenset[str]:
    """The photos of `readings_for`, without what was read of them."""
    sent = _sent_for(session, contest, tps, form)
    read = col(ReadingRow.body).is_not(None)
    query: Any = (
        sql.select(col(ReadingRow.photo), read, col(ReadingRow.form))
        .where(col(ReadingRow.photo).in_(sent))
        .order_by(*_COUNTS_LAST)
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
    # Made once: every form that is opened or confirmed asks this, and making it takes longer.
    def asked(name: str) -> sql.BindParameter[str]:
        return sql.bindparam(name, type_=sql.String())

    uploads = placed_uploads(ever_at(asked("tps")))
    written = written_on(asked("form"), uploads.c.tps, uploads.c.said, uploads.c.first_at)
    return (
        sql.select(uploads.c.photo, uploads.c.at)
        .where(uploads.c.tps == asked("tps"), written == asked("contest"))
        .order_by(uploads.c.at, uploads.c.id)
    )


def _stored(row: ReadingRow) -> StoredReading:
    return StoredReading(
        id=row.id,
        photo=row.photo,
        reading=reading_from_json(row.body) if row.body is not None else None,
        problem=cast("Unreadable", verdict_from_json(row.problem)) if row.problem else None,
        blobs=MappingProxyType(row.blobs),
        seconds=row.seconds,
        at=row.at,
    )
