"""Transfers: photos on their way, one piece after the other. None is a fact before it is whole."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from digitizer.errors import KeyUsed, NotFound
from digitizer.store.pieces import PieceStore
from digitizer.store.sender_tables import TransferRow

LASTS: Final = timedelta(days=14)
"""A photo that was not sent whole within this time is sent from its first byte again."""

SWEPT: Final = 100
"""So many at most are forgotten in one transaction."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """A photo that an account has announced.

    Attributes:
        key: chosen by the sender; the same key of the same account is the same transfer.
        length: bytes of the whole photo.
        sha256: of the whole photo, where the sender could compute it.
        tps, contest: as for `uploads.receive`.
        upload: id of the upload that it became, None while it is not whole.
    """

    id: str
    account: str
    key: str
    length: int
    sha256: str | None
    tps: str | None
    contest: str | None
    file_name: str
    at: datetime
    upload: str | None

    @property
    def until(self) -> datetime:
        """When it is forgotten."""
        return self.at + LASTS


def transfer_id(account: str, key: str) -> str:
    """The id of the transfer that an account began under a key of its own choice."""
    return hashlib.sha256(f"{account}\n{key}".encode()).hexdigest()[:32]


def begin_transfer(session: Session, announced: Transfer) -> Transfer:
    """Keep what was announced, or find it again: a lost answer begins nothing twice.

    Of a photo for which another TPS or contest is named by now it goes on, or begins anew, as one
    of that.

    Raises:
        KeyUsed: the key stands for another photo.
    """
    row = session.get(TransferRow, announced.id) or _added(session, announced)
    if (row.length, row.sha256) != (announced.length, announced.sha256):
        raise KeyUsed(
            f"this key was used for a photo of {row.length} bytes, and now for one of"
            f" {announced.length}",
            "use a new key for a new photo",
        )
    if announced.tps not in (None, row.tps):
        # The contest that was named with the other one may have no vote here.
        row.tps, row.contest, row.upload = announced.tps, announced.contest, None
    elif announced.contest not in (None, row.contest):
        row.contest, row.upload = announced.contest, None
    session.add(row)
    session.flush()
    return _transfer(row)


def find_transfer(session: Session, id_: str, account: str) -> Transfer:
    """A transfer of one's own.

    Raises:
        NotFound: this account has begun none with this id, or it was forgotten.
    """
    row = session.get(TransferRow, id_)
    if row is None or row.account != account:
        raise NotFound(f"there is no transfer {id_!r}", "begin it again with POST /tus")
    return _transfer(row)


def finish_transfer(session: Session, transfer: Transfer, upload: str) -> Transfer:
    """Say which upload a transfer became; one that was forgotten meanwhile needs no word."""
    row = col(TransferRow.id) == transfer.id
    session.exec(update(TransferRow).where(row).values(upload=upload))
    return replace(transfer, upload=upload)


def forget_transfer(session: Session, id_: str) -> None:
    """Forget what was announced."""
    row = session.get(TransferRow, id_)
    if row is not None:
        session.delete(row)
        session.flush()


def has_old_transfers(session: Session, now: datetime) -> bool:
    """Whether any transfer has lasted its time."""
    return bool(_old(session, now, limit=1))


def forget_old_transfers(session: Session, pieces: PieceStore, now: datetime) -> int:
    """Forget some transfers that have lasted their time, whole or not; gives how many.

    Pieces go first: after a crash in between the next call finds the same transfers again.
    """
    old = _old(session, now, limit=SWEPT)
    for row in old:
        pieces.drop(row.id)
        session.delete(row)
    session.flush()
    return len(old)


def _old(session: Session, now: datetime, *, limit: int) -> Sequence[TransferRow]:
    query = select(TransferRow).where(col(TransferRow.at) < now - LASTS)
    return session.exec(query.order_by(col(TransferRow.at)).limit(limit)).all()


def _added(session: Session, announced: Transfer) -> TransferRow:
    row = TransferRow(**asdict(announced))
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # The same phone announced it twice at once.
        return session.exec(select(TransferRow).where(col(TransferRow.id) == announced.id)).one()
    return row


def _transfer(row: TransferRow) -> Transfer:
    return Transfer(
        id=row.id,
        account=row.account,
        key=row.key,
        length=row.length,
        sha256=row.sha256,
        tps=row.tps,
        contest=row.contest,
        file_name=row.file_name,
        at=row.at,
        upload=row.upload,
    )
