"""Uploads: who sent which photo for which TPS. The row never changes; assignments stand beside."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import Session

from digitizer.store.photos import PhotoStore


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
) -> Receipt:
    """Accept one photo: first the bytes are safe on disk, then the row and its event are added.

    Args:
        account: id of the uploader.
        tps, contest: None when not known yet.
        idempotency_key: chosen by the client; the same key again gives the first receipt.

    Raises:
        NotFound: there is no such account, TPS or contest.
        Conflict: the key was used by this account for other bytes.
    """
    raise NotImplementedError


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
    raise NotImplementedError


def upload(session: Session, upload_id: str) -> Upload:
    """One upload.

    Raises:
        NotFound: there is none with this id.
    """
    raise NotImplementedError


def effective_tps(session: Session, upload_id: str) -> str | None:
    """The TPS to which an upload belongs by its latest assignment."""
    raise NotImplementedError


def uploads_of(session: Session, account: str) -> tuple[Upload, ...]:
    """Everything one account sent, newest first."""
    raise NotImplementedError


def uploads_of_photo(session: Session, photo: str) -> tuple[Upload, ...]:
    """Every upload of the same bytes, oldest first."""
    raise NotImplementedError


def unassigned(session: Session) -> tuple[Upload, ...]:
    """Uploads that belong to no TPS yet, oldest first."""
    raise NotImplementedError


def tps_sharing_photos(session: Session, tps: str) -> tuple[str, ...]:
    """Other TPS for which a photo of this TPS was also sent; the forms of all are doubtful."""
    raise NotImplementedError
