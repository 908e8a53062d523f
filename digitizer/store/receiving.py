"""Photos that come in, each with its row and its event, and where people say they belong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import sqlalchemy as sql
from sqlmodel import Session, col, exists, func, select
from sqlmodel.sql.expression import SelectOfScalar

from digitizer.errors import KeyUsed, NotFound
from digitizer.store.account_tables import AccountRow
from digitizer.store.events import append_event, lock_chain
from digitizer.store.line import join_again
from digitizer.store.photos import PhotoStore
from digitizer.store.purging import is_removed
from digitizer.store.single_uploads import refresh_singles
from digitizer.store.tables import (
    AssignmentRow,
    ContestRow,
    PhotoRow,
    RemovalRow,
    TpsRow,
    UploadRow,
)
from digitizer.store.uploads import Upload, upload, uploads_of_photo

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
    first receipt again; unless it names another TPS or contest by now: that is another upload,
    whatever its key, so that both names stand. `sha256` is that of the bytes, where it is known.

    Raises:
        NotFound: there is no such account, TPS or contest.
        KeyUsed: the key was used by this account for other bytes.
    """
    photo = photos.put(data, sha256)
    lock_chain(session)
    _check_known(session, account, tps, contest)
    first = _by_key(session, photo, account, idempotency_key)
    if first is not None and _names_another(first, tps, contest):
        first, idempotency_key = None, None  # the key stays with what it was used for first
    returns = is_removed(session, photo)
    kept, is_new = keep_photo(session, photos, photo, data, account=account, now=now)
    if first is None and not is_new:
        first = _sent_before(session, photo, account, tps, contest)
    if first is not None:
        if returns:  # what was made of it went with it, and is made again
            join_again(session, first.id, now)
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
    refresh_singles(session, photo)
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
    photo = upload(session, upload_id).photo
    _check_known(session, account, tps, contest)
    numbers = select(func.max(AssignmentRow.number)).where(col(AssignmentRow.upload) == upload_id)
    number = (session.exec(numbers).one() or 0) + 1
    session.add(
        AssignmentRow(
            upload=upload_id, number=number, tps=tps, contest=contest, account=account, at=now
        )
    )
    refresh_singles(session, photo)
    payload = {"upload": upload_id, "number": number, "tps": tps, "contest": contest}
    append_event(session, "upload_assigned", payload, account, now)
    return upload(session, upload_id)


def refuse_used_key(session: Session, photo: str, account: str, key: str | None) -> None:
    """Nobody uses a key for a second photo.

    Raises:
        KeyUsed: the key was used by this account for other bytes.
    """
    _by_key(session, photo, account, key)


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


def _by_key(session: Session, photo: str, account: str, key: str | None) -> UploadRow | None:
    if key is None:
        return None
    mine = select(UploadRow).where(col(UploadRow.account) == account)
    row = _first(session, mine.where(col(UploadRow.idempotency_key) == key))
    if row is not None and row.photo != photo:
        raise KeyUsed(
            "this idempotency key was used for another photo", "use a new key for a new photo"
        )
    return row


def _names_another(first: UploadRow, tps: str | None, contest: str | None) -> bool:
    """Whether an upload would say something else of its photo than the first one under its key did,
    wherever that was assigned since; who names nothing says nothing else.
    """
    return tps not in (None, first.tps) or contest not in (None, first.contest)


def _sent_before(
    session: Session, photo: str, account: str, tps: str | None, contest: str | None
) -> UploadRow | None:
    """What says all that this upload would say."""
    mine = select(UploadRow).where(col(UploadRow.account) == account)
    same = col(UploadRow.tps).is_(None) if tps is None else col(UploadRow.tps) == tps
    named = sql.true() if contest is None else col(UploadRow.contest) == contest
    return _first(session, mine.where(col(UploadRow.photo) == photo, same, named))


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
