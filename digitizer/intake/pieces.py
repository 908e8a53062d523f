"""A photo that arrives in pieces: announced, continued where it was cut off, and then taken in.

    announce(...)    what is to come, or how far it has come
    add_piece(...)   the bytes that follow; with the last of them the photo is taken in

Whatever is lost on the way (a piece, an answer, a process), asking again goes on where it was.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from digitizer.errors import ChecksumMismatch, Conflict, KeyUsed, OverQuota
from digitizer.intake.accept import accept
from digitizer.intake.archive import check_size
from digitizer.store.engine import read_session, write_session
from digitizer.store.photos import PhotoStore
from digitizer.store.pieces import PieceStore
from digitizer.store.purging import is_removed
from digitizer.store.quotas import refuse_over_quota
from digitizer.store.transfers import (
    Transfer,
    begin_transfer,
    find_transfer,
    finish_transfer,
    forget_transfer,
)
from digitizer.store.uploads import upload, uploads_of_photo


@dataclass(frozen=True, slots=True)
class Quotas:
    """Photos that are taken in from one account within an hour, and for one TPS within a day."""

    account: int
    tps: int


@dataclass(frozen=True, slots=True)
class Counter:
    """Where photos are taken in: the store, what has arrived of them, and how many are taken."""

    engine: Engine
    photos: PhotoStore
    pieces: PieceStore
    quotas: Quotas


@dataclass(frozen=True, slots=True)
class Arrival:
    """How far a transfer has come.

    Attributes:
        offset: bytes that have arrived from the first on.
        upload: id of the upload that it became, None while bytes are missing.
        sha256: of the whole photo, as far as it is known.
    """

    id: str
    offset: int
    length: int
    upload: str | None
    sha256: str | None
    until: datetime


def announce(counter: Counter, announced: Transfer, now: datetime) -> Arrival:
    """Begin a transfer, or find one that was begun under the same key.

    A photo that this account has sent for this TPS and contest before is whole at once, unless its
    bytes are gone: then they are taken once more.

    Raises:
        PhotoRefused: more than `MAX_BYTES`.
        OverQuota: the account or the TPS has sent too many.
        KeyUsed: the key stands for another photo.
    """
    check_size(announced.file_name, announced.length)
    with write_session(counter.engine) as session:
        _refuse(session, counter, announced, announced.sha256, now)
        transfer = begin_transfer(session, announced)
        if transfer.upload is None and (sent := _sent_before(session, transfer)) is not None:
            transfer = finish_transfer(session, transfer, sent)
        session.commit()
    transfer = _as_held(counter, transfer)
    return _arrival(transfer, _arrived(counter, transfer))


def arrival_of(counter: Counter, id_: str, account: str) -> Arrival:
    """How far a transfer of one's own has come.

    Raises:
        NotFound: this account has begun none with this id, or it was forgotten.
    """
    transfer = _found(counter, id_, account)
    return _arrival(transfer, _arrived(counter, transfer))


def add_piece(
    counter: Counter, id_: str, account: str, start: int, data: bytes, now: datetime
) -> Arrival:
    """Keep the bytes that follow; when they are the last the photo is taken in.

    Raises:
        NotFound: this account has begun no such transfer, or it was forgotten.
        Conflict: so far it has come not to `start`.
        KeyUsed: more bytes came than were announced.
        ChecksumMismatch: the whole has not the sha256 that was announced; it begins anew.
        OverQuota: too many were taken in meanwhile; the bytes are kept.
    """
    transfer = _found(counter, id_, account)
    arrived = _arrived(counter, transfer)
    if start != arrived:
        raise _wrong_offset(start, arrived)
    end = start + len(data)
    if end > transfer.length:
        raise KeyUsed(
            f"found {end} bytes, {transfer.length} were announced", "announce it under another key"
        )
    if end < transfer.length or transfer.upload:
        if data and not counter.pieces.put(id_, start, data):
            return arrival_of(counter, id_, account)
        return _arrival(transfer, end)
    whole = counter.pieces.joined(id_) + data if start else data
    if len(whole) != transfer.length:
        raise _wrong_offset(start, len(whole) - len(data))
    return _taken_in(counter, transfer, start, whole, now)


def withdraw(counter: Counter, id_: str, account: str) -> None:
    """Forget a transfer that will not go on. A photo that was whole stays.

    Raises:
        NotFound: this account has begun no such transfer, or it was forgotten.
    """
    with write_session(counter.engine) as session:
        find_transfer(session, id_, account)
        forget_transfer(session, id_)
        session.commit()
    counter.pieces.drop(id_)


def _taken_in(
    counter: Counter, transfer: Transfer, start: int, whole: bytes, now: datetime
) -> Arrival:
    found = hashlib.sha256(whole).hexdigest()
    if transfer.sha256 not in (None, found):
        counter.pieces.drop(transfer.id)
        raise ChecksumMismatch(
            f"the photo arrived with sha256 {found}, {transfer.sha256} was announced",
            "send it again from its first byte",
        )
    try:
        became = _accepted(counter, transfer, whole, found, now)
    except OverQuota:
        counter.pieces.put(transfer.id, start, whole[start:])
        raise
    counter.pieces.drop(transfer.id)
    return Arrival(transfer.id, len(whole), len(whole), became, found, transfer.until)


def _accepted(
    counter: Counter, transfer: Transfer, whole: bytes, sha256: str, now: datetime
) -> str:
    with read_session(counter.engine) as session:
        _refuse(session, counter, transfer, sha256, now)
    with write_session(counter.engine) as session:
        receipt = accept(
            session,
            counter.photos,
            whole,
            account=transfer.account,
            tps=transfer.tps,
            contest=transfer.contest,
            file_name=transfer.file_name,
            idempotency_key=transfer.key,
            now=now,
            sha256=sha256,
        )
        finish_transfer(session, transfer, receipt.upload_id)
        session.commit()
    return receipt.upload_id


def _refuse(
    session: Session, counter: Counter, transfer: Transfer, sha256: str | None, now: datetime
) -> None:
    refuse_over_quota(
        session,
        sha256,
        account=transfer.account,
        tps=transfer.tps,
        account_quota=counter.quotas.account,
        tps_quota=counter.quotas.tps,
        now=now,
        transfer=transfer.id,
    )


def _sent_before(session: Session, transfer: Transfer) -> str | None:
    """The upload by which this account sent this very photo for this TPS and contest, if it did.

    Who names no contest says no more than any upload for the TPS.
    """
    if transfer.sha256 is None:
        return None
    for sent in uploads_of_photo(session, transfer.sha256):
        mine = (sent.account, sent.sent_tps) == (transfer.account, transfer.tps)
        if mine and transfer.contest in (None, sent.sent_contest):
            return sent.id
    return None


def _arrived(counter: Counter, transfer: Transfer) -> int:
    return transfer.length if transfer.upload else counter.pieces.arrived(transfer.id)


def _wrong_offset(start: int, arrived: int) -> Conflict:
    return Conflict(
        f"the piece begins at byte {start}, and {arrived} have arrived",
        "ask with HEAD how many have, and go on from there",
        code="wrong_offset",
    )


def _found(counter: Counter, id_: str, account: str) -> Transfer:
    with read_session(counter.engine) as session:
        transfer = find_transfer(session, id_, account)
    return _as_held(counter, transfer)


def _as_held(counter: Counter, transfer: Transfer) -> Transfer:
    """A transfer as one that is not whole where its bytes are gone: senders delete their own."""
    if transfer.upload is None:
        return transfer
    with read_session(counter.engine) as session:
        photo = upload(session, transfer.upload).photo
        removed = is_removed(session, photo)
    held = not removed and counter.photos.has(photo)
    return transfer if held else replace(transfer, upload=None)


def _arrival(transfer: Transfer, offset: int) -> Arrival:
    return Arrival(
        transfer.id, offset, transfer.length, transfer.upload, transfer.sha256, transfer.until
    )
