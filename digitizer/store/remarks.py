"""What the sender of a photo says of what was read on it. It stands beside and changes nothing."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Final

from sqlmodel import Session, col, exists, select
from sqlmodel.sql.expression import SelectOfScalar

from digitizer.domain.codec import verdict_from_json
from digitizer.domain.verdict import Doubtful, Reason
from digitizer.errors import Conflict, NotFound
from digitizer.store.columns import asked_for_all
from digitizer.store.events import append_event, lock_chain
from digitizer.store.readings import reading_of
from digitizer.store.sender_tables import RemarkRow
from digitizer.store.tables import SheetRow, UploadRow
from digitizer.store.uploads import upload, uploads_for_tps

MOST_NOTE: Final = 200


@dataclass(frozen=True, slots=True)
class Remark:
    """What one sender says of one photo.

    Attributes:
        fields: a note, which may be empty, for each number that is said to be wrong.
        note: of the photo as a whole; may be empty.
    """

    id: str
    upload: str
    reading: str
    agrees: bool
    fields: Mapping[str, str]
    note: str
    at: datetime


def save_remark(
    session: Session,
    upload_id: str,
    *,
    account: str,
    reading: str,
    agrees: bool,
    fields: Mapping[str, str],
    note: str,
    now: datetime,
) -> Remark:
    """Keep what a sender says of a reading that they saw; the same again is no second remark.

    What is written in notes stays out of the history, which can never be deleted: it may name
    people.

    Raises:
        NotFound: this account sent no such photo, or the photo has no such number.
        Conflict: nothing was read on the photo, another reading counts by now, or the remark says
            nothing.
    """
    lock_chain(session)
    sent = upload(session, upload_id)
    if sent.account != account:
        raise NotFound(f"there is no receipt {upload_id}", "open it from your receipts")
    stored = reading_of(session, sent.photo)
    if stored is None or stored.reading is None:
        raise Conflict(
            f"nothing was read on photo {sent.photo[:12]}", "wait until it was read, or retake it"
        )
    if reading != stored.id:
        raise Conflict(
            f"this is said of reading {reading[:12]!r}, and {stored.id[:12]!r} counts of the photo",
            "look at the numbers that were read since, and say it of them",
            code="read_anew",
        )
    if unknown := sorted(set(fields) - set(stored.reading.fields)):
        raise NotFound(f"the photo has no number {unknown[0]!r}", "name numbers of its page")
    if agrees == bool(fields or note):
        raise Conflict(
            "a remark either agrees, or says what is wrong", "name a number or write a note"
        )
    row = RemarkRow(
        upload=upload_id,
        reading=stored.id,
        account=account,
        agrees=agrees,
        fields=dict(fields),
        note=note,
        at=now,
    )
    earlier = latest_remarks(session, (upload_id,)).get(upload_id)
    if earlier is not None:
        if _says(earlier) == _says(_remark(row)):
            return earlier
        # The latest counts, also where the machine that took the one before has a clock ahead.
        row.at = max(now, earlier.at + timedelta(microseconds=1))
    session.add(row)
    session.flush()
    fact = {"remark": row.id, "upload": upload_id, "reading": stored.id, "agrees": agrees}
    append_event(session, "remark_made", {**fact, "fields": sorted(fields)}, account, row.at)
    return _remark(row)


def latest_remarks(session: Session, uploads: Collection[str]) -> Mapping[str, Remark]:
    """What was said last of each upload; one of which nothing was said is left out."""
    rows = session.exec(_remarks_on(), params={"uploads": uploads})
    return {row.upload: _remark(row) for row in rows}


@cache
def _remarks_on() -> SelectOfScalar[RemarkRow]:
    return (
        select(RemarkRow)
        .where(col(RemarkRow.upload).in_(asked_for_all("uploads")))
        .order_by(col(RemarkRow.at), col(RemarkRow.id))
    )


def objections(session: Session, tps: str, photos: Collection[str]) -> tuple[Remark, ...]:
    """Remarks of senders of these photos, as they belong to a TPS, that something is wrong."""
    if not session.exec(_any_remark(), params={"photos": photos}).one():
        return ()
    sent = [item.id for item in uploads_for_tps(session, tps) if item.photo in set(photos)]
    latest = latest_remarks(session, sent)
    return tuple(latest[name] for name in sent if name in latest and not latest[name].agrees)


@cache
def _any_remark() -> SelectOfScalar[bool]:
    """Whether anything was said of these photos at all: of nearly all nothing is."""
    sent = select(UploadRow.id).where(col(UploadRow.photo).in_(asked_for_all("photos")))
    return select(exists().where(col(RemarkRow.upload).in_(sent)))


def reasons_of(said: Remark) -> Iterator[Reason]:
    """Why a form is doubtful of which a sender says this, number by number."""
    for field, note in said.fields.items():
        yield Reason("sender_objects", field, numbers={"note": note} if note else {})
    if said.note or not said.fields:
        yield Reason("sender_objects", numbers={"note": said.note})


def objections_told(session: Session, row: SheetRow | None) -> tuple[str, ...]:
    """Ids of the objections that the doubts of a sheet name: whoever opens it has them before them.

    One that arrived by a merge is told once the sheet is settled again.
    """
    verdict = None if row is None else verdict_from_json(row.verdict)
    if row is None or not isinstance(verdict, Doubtful):
        return ()
    told = [reason for reason in verdict.reasons if reason.code == "sender_objects"]
    if not told:
        return ()
    said = objections(session, row.tps, row.photos)
    return tuple(item.id for item in said if all(reason in told for reason in reasons_of(item)))


def _says(remark: Remark) -> tuple[object, ...]:
    return (remark.reading, remark.agrees, dict(remark.fields), remark.note)


def _remark(row: RemarkRow) -> Remark:
    return Remark(
        row.id,
        row.upload,
        row.reading,
        row.agrees,
        MappingProxyType(dict(row.fields)),
        row.note,
        row.at,
    )
