"""Uploads: who sent which photo for which TPS. The row never changes; assignments stand beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, Literal

from sqlalchemy import BindParameter, ColumnElement, and_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, func, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from digitizer.errors import Conflict, NotFound
from digitizer.store.account_tables import AccountRow
from digitizer.store.columns import asked_for, asked_for_all
from digitizer.store.events import append_event, lock_chain
from digitizer.store.photos import PhotoStore
from digitizer.store.tables import (
    AssignmentRow,
    ContestRow,
    PhotoRow,
    RemovalRow,
    TpsRow,
    UploadRow,
)

FILE_NAME_LETTERS: Final = 255


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an uploader is told.

    Attributes:
        status: "accepted" the first time, "already" when this is the receipt of an earlier upload.
        duplicate_elsewhere: the same photo was also sent for another TPS.
        at: when the upload was first accepted.
    """

    upload_id: str
    photo: str
    status: Literal["accepted", "already"]
    duplicate_elsewhere: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload. `tps` and `contest` are as assigned last; `sent_tps` as sent by the uploader."""

    id: str
    photo: str
    account: str
    tps: str | None
    contest: str | None
    sent_tps: str | None
    file_name: str
    at: datetime


def receive(
    session: Session,
    photos: PhotoStore,
    data: bytes,
    *,
    account: str,
    tps: str | None,
    contest: str | None,
    file_name: str,
    idempotency_key: str | None,
    now: datetime,
    sha256: str | None = None,
) -> Receipt:
    """Accept one photo: first the bytes are safe on disk, then the row and its event are added.

    `account` is the id of the uploader; `tps` and `contest` are None when not known yet. The same
    `idempotency_key` of the same account, or the same photo for the same TPS from it, gives the
    first receipt again. `sha256` is that of the bytes, where it is known.

    Raises:
        NotFound: there is no such account, TPS or contest.
        Conflict: the key was used by this account for other bytes.
    """
    photo = photos.put(data, sha256)
    lock_chain(session)
    _check_known(session, account, tps, contest)
    first = _by_key(session, photo, account, idempotency_key)
    kept, is_new = keep_photo(session, photos, photo, data, account=account, now=now)
    if first is None and not is_new:
        first = _sent_before(session, photo, account, tps)
    if first is not None:
        return _receipt(session, first, "already")
    row = UploadRow(
        photo=photo,
        account=account,
        tps=tps,
        contest=contest,
        file_name=file_name[-FILE_NAME_LETTERS:],
        idempotency_key=idempotency_key,
        at=now,
    )
    session.add(row)
    session.flush()
    # The file's name stays out: it may be a person's, and an event can never be deleted.
    payload = {
        "upload": row.id,
        "photo": photo,
        "bytes": kept.bytes,
        "format": kept.format,
        "tps": tps,
        "contest": contest,
    }
    append_event(session, "upload_accepted", payload, account, now)
    if is_new:  # so nobody sent it before, for whichever TPS
        return Receipt(row.id, photo, "accepted", duplicate_elsewhere=False, at=row.at)
    return _receipt(session, row, "accepted")


def keep_photo(
    session: Session, photos: PhotoStore, photo: str, data: bytes, *, account: str, now: datetime
) -> tuple[PhotoRow, bool]:
    """The row of a photo whose bytes were put, and whether it was made now.

    Whoever sends a removed photo again brings its bytes back: those that the caller put before it
    locked the chain may have been removed in between.
    """
    row, removed = _kept(session, photo)
    if removed is not None:
        photos.put(data, photo)
        session.delete(removed)
        append_event(session, "original_returned", {"photo": photo}, account, now)
    if row is not None:
        return row, False
    row = PhotoRow(sha256=photo, bytes=len(data), format=format_of(data))
    session.add(row)
    session.flush()
    return row, True


def assign(
    session: Session,
    upload_id: str,
    tps: str | None,
    contest: str | None,
    account: str,
    now: datetime,
) -> Upload:
    """Say to which TPS and contest an upload belongs; the latest assignment counts.

    Raises:
        NotFound: there is no such upload, TPS or contest.
    """
    lock_chain(session)
    upload(session, upload_id)
    _check_known(session, account, tps, contest)
    numbers = select(func.max(AssignmentRow.number)).where(col(AssignmentRow.upload) == upload_id)
    number = (session.exec(numbers).one() or 0) + 1
    session.add(
        AssignmentRow(
            upload=upload_id, number=number, tps=tps, contest=contest, account=account, at=now
        )
    )
    session.flush()
    payload = {"upload": upload_id, "number": number, "tps": tps, "contest": contest}
    append_event(session, "upload_assigned", payload, account, now)
    return upload(session, upload_id)


def upload(session: Session, upload_id: str) -> Upload:
    """One upload.

    Raises:
        NotFound: there is none with this id.
    """
    found = session.exec(_upload_by_id(), params={"upload": upload_id}).one_or_none()
    if found is None:
        raise NotFound(f"there is no upload {upload_id!r}", "use the id of a receipt")
    return _upload(*found)


def effective_tps(session: Session, upload_id: str) -> str | None:
    """The TPS to which an upload belongs by its latest assignment."""
    return upload(session, upload_id).tps


def uploads_of(session: Session, account: str) -> tuple[Upload, ...]:
    """Everything one account sent, newest first."""
    return select_uploads(session, col(UploadRow.account) == account)[::-1]


def uploads_of_photo(session: Session, photo: str) -> tuple[Upload, ...]:
    """Every upload of the same bytes, oldest first."""
    return uploads_of_photos(session, (photo,))


def uploads_of_photos(session: Session, photos: Sequence[str]) -> tuple[Upload, ...]:
    """Every upload of any of these photos, oldest first."""
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
    assigned = select(AssignmentRow.upload).where(col(AssignmentRow.tps) == tps)
    return or_(col(UploadRow.tps) == tps, col(UploadRow.id).in_(assigned))


def unassigned(session: Session) -> tuple[Upload, ...]:
    """Uploads that belong to no TPS yet, oldest first."""
    without = select(AssignmentRow.upload).where(col(AssignmentRow.tps).is_(None))
    maybe = or_(col(UploadRow.tps).is_(None), col(UploadRow.id).in_(without))
    return tuple(item for item in select_uploads(session, maybe) if item.tps is None)


def tps_sharing_photos(session: Session, tps: str) -> tuple[str, ...]:
    """Other TPS for which a photo of this TPS was also sent; the forms of all are doubtful."""
    photos = {item.photo for item in uploads_for_tps(session, tps)}
    others = select_uploads(session, col(UploadRow.photo).in_(photos))
    return tuple(sorted({item.tps for item in others if item.tps not in (None, tps)} - {None}))


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


def format_of(data: bytes) -> str:
    """What the bytes begin like: "jpeg", "png", "webp", "heif", else "unknown"."""
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"avif"):
        return "heif"
    return "unknown"


def refuse_used_key(session: Session, photo: str, account: str, key: str | None) -> None:
    """Nobody uses a key for a second photo.

    Raises:
        Conflict: the key was used by this account for other bytes.
    """
    _by_key(session, photo, account, key)


def _by_key(session: Session, photo: str, account: str, key: str | None) -> UploadRow | None:
    if key is None:
        return None
    mine = select(UploadRow).where(col(UploadRow.account) == account)
    row = _first(session, mine.where(col(UploadRow.idempotency_key) == key))
    if row is not None and row.photo != photo:
        raise Conflict(
            "this idempotency key was used for another photo", "use a new key for a new photo"
        )
    return row


def _sent_before(session: Session, photo: str, account: str, tps: str | None) -> UploadRow | None:
    mine = select(UploadRow).where(col(UploadRow.account) == account)
    same = col(UploadRow.tps).is_(None) if tps is None else col(UploadRow.tps) == tps
    return _first(session, mine.where(col(UploadRow.photo) == photo, same))


def _first(session: Session, query: SelectOfScalar[UploadRow]) -> UploadRow | None:
    return session.exec(query.order_by(col(UploadRow.at), col(UploadRow.id))).first()


def _check_known(session: Session, account: str, tps: str | None, contest: str | None) -> None:
    has_account, has_tps, has_contest = session.exec(
        select(
            exists().where(col(AccountRow.id) == account),
            exists().where(col(TpsRow.code) == tps),
            exists().where(col(ContestRow.id) == contest),
        )
    ).one()
    if not has_account:
        raise NotFound(f"there is no account {account!r}", "sign in again")
    if tps is not None and not has_tps:
        raise NotFound(f"the election has no TPS {tps!r}", "give a 13-digit code of its list")
    if contest is not None and not has_contest:
        raise NotFound(f"there is no contest {contest!r}", "choose one of the election")


def _kept(session: Session, photo: str) -> tuple[PhotoRow | None, RemovalRow | None]:
    removal = col(RemovalRow.photo) == col(PhotoRow.sha256)
    query = select(PhotoRow, RemovalRow).join(RemovalRow, removal, isouter=True)
    found = session.exec(query.where(col(PhotoRow.sha256) == photo)).one_or_none()
    return (None, None) if found is None else (found[0], found[1])


def _receipt(session: Session, row: UploadRow, status: Literal["accepted", "already"]) -> Receipt:
    places: Sequence[Upload] = uploads_of_photo(session, row.photo)
    mine = next(item.tps for item in places if item.id == row.id)
    elsewhere = any(item.tps not in (None, mine) for item in places) and mine is not None
    return Receipt(row.id, row.photo, status, elsewhere, row.at)


def _upload(row: UploadRow, latest: AssignmentRow | None) -> Upload:
    place = row if latest is None else latest
    return Upload(
        id=row.id,
        photo=row.photo,
        account=row.account,
        tps=place.tps,
        contest=place.contest,
        sent_tps=row.tps,
        file_name=row.file_name,
        at=row.at,
    )
