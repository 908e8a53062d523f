"""Uploads: who sent which photo for which TPS. The row never changes; assignments stand beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import BindParameter, ColumnElement, and_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, select
from sqlmodel.sql.expression import Select

from digitizer.errors import Conflict, NotFound
from digitizer.store.columns import asked_for, asked_for_all
from digitizer.store.tables import (
    AssignmentRow,
    UploadRow,
)


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload. `tps` and `contest` are as assigned last; those of `sent_` are as sent."""

    id: str
    photo: str
    account: str
    tps: str | None
    contest: str | None
    sent_tps: str | None
    sent_contest: str | None
    file_name: str
    at: datetime


def upload(session: Session, upload_id: str) -> Upload:
    """One upload.

    Raises:
        NotFound: there is none with this id.
    """
    found = session.exec(_upload_by_id(), params={"upload": upload_id}).one_or_none()
    if found is None:
        raise NotFound(f"there is no upload {upload_id!r}", "use the id of a receipt")
    return _upload(*found)


def uploads_of(
    session: Session, account: str, *, limit: int | None = None, offset: int = 0
) -> tuple[Upload, ...]:
    """What one account sent, newest first: all of it, or at most so many after an offset."""
    newest = (col(UploadRow.at).desc(), col(UploadRow.id).desc())
    query = _uploads(col(UploadRow.account) == account).order_by(None).order_by(*newest)
    rows = session.exec(query.limit(limit).offset(offset))
    return tuple(_upload(row, assignment) for row, assignment in rows)


def not_sent_by(
    session: Session, account: str, tps: str | None, ids: Sequence[str]
) -> tuple[str, ...]:
    """Those of some ids that are of no upload from an account or for its TPS, in the same order."""
    if not ids:
        return ()
    rows = session.exec(
        select(UploadRow.id, UploadRow.account, UploadRow.tps).where(col(UploadRow.id).in_(ids))
    )
    known = {
        key
        for key, sender, place in rows
        if sender == account or (tps is not None and place == tps)
    }
    return tuple(item for item in ids if item not in known)


def uploads_of_photo(session: Session, photo: str) -> tuple[Upload, ...]:
    """Every upload of the same bytes, oldest first."""
    return uploads_of_photos(session, (photo,))


def uploads_of_photos(session: Session, photos: Sequence[str]) -> tuple[Upload, ...]:
    """Every upload of any of these photos, oldest first."""
    if not photos:
        return ()
    rows = session.exec(_uploads_of_photos(), params={"photos": photos})
    return tuple(_upload(row, assignment) for row, assignment in rows)


def refuse_sender(session: Session, photo: str, account: str) -> None:
    """Nobody decides on what is read of a photo that they sent.

    Raises:
        Conflict: the account sent it.
    """
    if account in {item.account for item in uploads_of_photo(session, photo)}:
        raise Conflict(
            "the photo was uploaded by the account that wants to decide on it",
            "leave it to another reviewer",
            code="own_upload",
        )


def uploads_for_tps(session: Session, tps: str) -> tuple[Upload, ...]:
    """Uploads that belong to a TPS by their latest assignment, oldest first."""
    rows = session.exec(_uploads_ever_at(), params={"tps": tps})
    found = (_upload(row, assignment) for row, assignment in rows)
    return tuple(item for item in found if item.tps == tps)


def ever_at(tps: str | BindParameter[str]) -> ColumnElement[bool]:
    """Whether an upload was sent for, or ever assigned to, a TPS."""
    # Not as one or the other: PostgreSQL then looks at every upload there is.
    own = aliased(UploadRow)
    sent = select(own.id).where(col(own.tps) == tps)
    assigned = select(AssignmentRow.upload).where(col(AssignmentRow.tps) == tps)
    return col(UploadRow.id).in_(sent.union(assigned))


def latest_assignment() -> ColumnElement[bool]:
    """What joins an upload to its latest assignment, if it has any."""
    later = aliased(AssignmentRow)
    newer = exists().where(
        col(later.upload) == col(AssignmentRow.upload),
        col(later.number) > col(AssignmentRow.number),
    )
    return and_(col(AssignmentRow.upload) == col(UploadRow.id), ~newer)


def select_uploads(session: Session, where: ColumnElement[bool]) -> tuple[Upload, ...]:
    """Uploads that satisfy a condition on their rows, oldest first."""
    return tuple(_upload(row, assignment) for row, assignment in session.exec(_uploads(where)))


@cache
def _upload_by_id() -> Select[UploadRow, AssignmentRow]:
    return _uploads(col(UploadRow.id) == asked_for("upload"))


@cache
def _uploads_of_photos() -> Select[UploadRow, AssignmentRow]:
    return _uploads(col(UploadRow.photo).in_(asked_for_all("photos")))


@cache
def _uploads_ever_at() -> Select[UploadRow, AssignmentRow]:
    return _uploads(ever_at(asked_for("tps")))


def _uploads(where: ColumnElement[bool]) -> Select[UploadRow, AssignmentRow]:
    query = select(UploadRow, AssignmentRow).join(AssignmentRow, latest_assignment(), isouter=True)
    return query.where(where).order_by(col(UploadRow.at), col(UploadRow.id))


def _upload(row: UploadRow, latest: AssignmentRow | None) -> Upload:
    place = row if latest is None else latest
    return Upload(
        id=row.id,
        photo=row.photo,
        account=row.account,
        tps=place.tps,
        contest=place.contest,
        sent_tps=row.tps,
        sent_contest=row.contest,
        file_name=row.file_name,
        at=row.at,
    )
