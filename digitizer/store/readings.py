"""What the machine read on each photo, kept once and for ever."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple, cast

import sqlalchemy as sql
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

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
from digitizer.store.columns import asked_for_all
from digitizer.store.events import append_event, lock_chain
from digitizer.store.likeness import save_ink_hash
from digitizer.store.shown_pages import COUNTS_LAST, page_of
from digitizer.store.single_uploads import refresh_singles
from digitizer.store.tables import PhotoRow, ReadingRow


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
    second event, so that a job may run twice; unless it was taken for another page since, and is
    read again because it is the first one after all. `actor` is an account id where a person said
    which page it is (`domain.keyed`) or where it lies: what they say last counts, so that what was
    read there before stands for it only while it does.

    Raises:
        NotFound: no photo with this sha256 was uploaded.
        ValueError: neither or both of `reading` and `problem` are given, or the reading is of
            another photo.
    """
    if (reading is None) == (problem is None):
        raise ValueError("a photo has either a reading or a problem")
    if reading is not None and reading.photo != photo:
        raise ValueError(f"a reading of photo {reading.photo} for photo {photo}")
    body = reading_to_json(reading) if reading is not None else None
    digest = sha256_of(body)
    lock_chain(session)
    if session.get(PhotoRow, photo) is None:
        raise NotFound(f"no photo {photo} was uploaded", "upload it first")
    model = reading.model if reading is not None else ""
    form_version = f"{reading.form}@{reading.form_version}" if reading is not None else ""
    alike = session.exec(
        select(ReadingRow.id)
        .where(
            col(ReadingRow.photo) == photo,
            col(ReadingRow.model) == model,
            col(ReadingRow.form_version) == form_version,
        )
        .order_by(col(ReadingRow.at), col(ReadingRow.id))
    ).all()
    if alike and not _taken_for_another_page(session, photo, reading):
        kept = alike[0] if actor == "system" else _counting(session, photo)
        if kept in alike:
            return kept
    row = ReadingRow(
        photo=photo,
        model=model,
        form_version=form_version,
        form=reading.form if reading is not None else None,
        page=reading.page if reading is not None else None,
        body=body,
        problem=verdict_to_json(problem) if problem is not None else None,
        blobs=dict(blobs),
        seconds=seconds,
        at=now,
    )
    session.add(row)
    session.flush()
    if reading is not None:
        save_ink_hash(session, row.id, reading)
    refresh_singles(session, photo)
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
            "sha256": digest,
        }
        append_event(session, "photo_read", {**fact, **read}, actor, now)
    return row.id


def _taken_for_another_page(session: Session, photo: str, reading: PageReading | None) -> bool:
    """Whether the reading that counts of a photo is of another page than this one."""
    shown = page_of(session, photo)
    return reading is not None and shown not in (None, (reading.form, reading.page))


def _counting(session: Session, photo: str) -> str:
    """Id of the reading that counts of a photo that was read."""
    query = select(ReadingRow.id).where(col(ReadingRow.photo) == photo).order_by(*COUNTS_LAST)
    return session.exec(query).all()[-1]


def reading_of(session: Session, photo: str) -> StoredReading | None:
    """What counts for a photo: its latest reading, else its problem, else None (not read yet)."""
    return readings_of(session, (photo,)).get(photo)


def readings_of(session: Session, photos: Collection[str]) -> Mapping[str, StoredReading]:
    """What counts for each of many photos; a photo not read yet is left out."""
    rows = session.exec(_readings_of(), params={"photos": photos})
    return {row.photo: _stored(row) for row in rows}


@cache
def _readings_of() -> SelectOfScalar[ReadingRow]:
    photos = asked_for_all("photos")
    return select(ReadingRow).where(col(ReadingRow.photo).in_(photos)).order_by(*COUNTS_LAST)


def get_reading(session: Session, reading_id: str) -> StoredReading:
    """One reading by id.

    Raises:
        NotFound: there is none with this id.
    """
    row = session.get(ReadingRow, reading_id)
    if row is None:
        raise NotFound(f"there is no reading {reading_id!r}", "open the form again")
    return _stored(row)


class ReadAs(NamedTuple):
    """The photo that a reading is of, and the reading that counts of that photo."""

    photo: str
    counts: str


def read_as(session: Session, readings: Collection[str]) -> Mapping[str, ReadAs]:
    """The photo of each of these readings, and which of its readings counts, by reading."""
    if not readings:
        return {}
    asked = aliased(ReadingRow)
    photos = select(asked.photo).where(col(asked.id).in_(readings))
    rows = session.exec(
        select(ReadingRow.photo, ReadingRow.id)
        .where(col(ReadingRow.photo).in_(photos))
        .order_by(*COUNTS_LAST)
    ).all()
    counts = dict(rows)
    return {name: ReadAs(photo, counts[photo]) for photo, name in rows if name in readings}


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


def reading_ids(session: Session, photos: Collection[str]) -> Mapping[str, str]:
    """The photo of every reading of these photos, whether it counts or not, by reading."""
    query = select(ReadingRow.id, ReadingRow.photo).where(col(ReadingRow.photo).in_(photos))
    return dict(session.exec(query).all())


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
