"""Photos coming in: one, many in a ZIP, or a folder that a coordinator collected.

Every way ends in `accept`: bytes on disk, then row, event and job in one transaction. Nothing is
decoded here and nothing is refused for what it shows; what is no photo becomes an unreadable upload
that its sender and the queue can see.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from sqlalchemy import Engine
from sqlmodel import Session

from digitizer.errors import PhotoRefused
from digitizer.intake.archive import check_size, open_zip, read_member
from digitizer.intake.names import is_sent, plain_name, tps_from_name
from digitizer.store import elections
from digitizer.store.engine import read_session, write_session
from digitizer.store.line import join_line
from digitizer.store.photos import PhotoStore
from digitizer.store.receiving import Receipt, receive, refuse_used_key

Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""

Refuse = Callable[[Session, str, str | None], None]
"""Called with the sha256 and the TPS of a photo before it is taken in; raises where it must not."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Where photos go, on whose behalf, and what is asked before each is taken in."""

    engine: Engine
    photos: PhotoStore
    account: str
    tps: str | None
    contest: str | None
    refuse: Refuse | None = None

    def take(self, name: str, data: bytes, behind: int = 0, key: str | None = None) -> Receipt:
        """Take one in, `behind` so many, and commit it; its name may say of which TPS it is.

        Raises:
            PhotoRefused, NotFound, Conflict: as `accept`, and what `refuse` raises.
        """
        check_size(name, len(data))
        sha256 = hashlib.sha256(data).hexdigest()
        with read_session(self.engine) as session:
            tps = self.tps or named_tps(session, name)
            if self.refuse is not None:
                self.refuse(session, sha256, tps)
        with write_session(self.engine) as session:
            receipt = accept(
                session,
                self.photos,
                data,
                account=self.account,
                tps=tps,
                contest=self.contest,
                file_name=name,
                idempotency_key=key,
                now=datetime.now(UTC),
                sha256=sha256,
                behind=behind,
            )
            session.commit()
        return receipt


def named_tps(session: Session, name: str) -> str | None:
    """The TPS that a name says, if the election has it; the name itself is kept either way."""
    code = tps_from_name(name)
    return code if code is not None and elections.tps(session, code) is not None else None


def accept(
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
    behind: int = 0,
) -> Receipt:
    """Take one photo in and put its reading in the line, in one transaction; the caller commits.

    `sha256` is that of the bytes, where it is known; `behind` is how many photos that were sent
    together with it stand before it.

    Raises:
        PhotoRefused: more than `MAX_BYTES`.
        NotFound: there is no such account, TPS or contest.
        KeyUsed: the key was used by this account for other bytes.
    """
    file_name = plain_name(file_name)
    check_size(file_name, len(data))
    sha256 = sha256 or hashlib.sha256(data).hexdigest()
    with read_session(cast("Engine", session.get_bind())) as before:
        # Before a byte is kept: what is refused must not fill the disk.
        refuse_used_key(before, sha256, account, idempotency_key)
    receipt = receive(
        session,
        photos,
        data,
        account=account,
        tps=tps,
        contest=contest,
        file_name=file_name,
        idempotency_key=idempotency_key,
        now=now,
        sha256=sha256,
    )
    if receipt.status == "accepted":
        join_line(session, receipt.upload_id, now, behind=behind)
    return receipt


def accept_many(
    engine: Engine,
    photos: PhotoStore,
    archive: BinaryIO,
    *,
    account: str,
    tps: str | None = None,
    contest: str | None = None,
    file_name: str = "",
    idempotency_key: str | None = None,
    progress: Progress | None = None,
    refuse: Refuse | None = None,
    behind: int = 0,
) -> tuple[Receipt, ...]:
    """Take in every photo of a ZIP, each committed for itself; sending the ZIP again is harmless.

    With `tps` all belong to that TPS; else the code in the name of each file, of its folder or of
    the ZIP decides. Members are read one at a time and never written under their own names, of
    which several may have the same. What `refuse` raises ends it: the members before it are in, and
    sending the ZIP later goes on. They stand in the line one behind the other, and all of them
    `behind` so many photos.

    Raises:
        PhotoRefused: not a ZIP, a bomb, or too many or too large members; then none is taken in.
        NotFound: there is no such account, TPS or contest.
        KeyUsed: a ZIP with other photos under these names was sent with the key.
    """
    intake = Intake(engine, photos, account, tps, contest, refuse)
    opened, members = open_zip(archive)
    receipts = []
    of_this_name: Counter[str] = Counter()
    with opened:
        for done, member in enumerate(members, start=1):
            name = f"{file_name}/{member.filename}" if file_name else member.filename
            # Of one length: a member may have any name, and keys are looked up. No name holds the
            # byte nought, so the second of a name has the key of no other.
            nth = of_this_name[member.filename]
            told = f"{member.filename}\0{nth}" if nth else member.filename
            of_this_name[member.filename] += 1
            inner = hashlib.sha256(told.encode()).hexdigest()
            key = f"{idempotency_key}/{inner}" if idempotency_key else None
            receipts.append(intake.take(name, read_member(opened, member), behind + done - 1, key))
            if progress is not None:
                progress(done, len(members))
    return tuple(receipts)


def import_folder(
    engine: Engine,
    photos: PhotoStore,
    folder: Path,
    *,
    account: str,
    contest: str | None = None,
    progress: Progress | None = None,
) -> tuple[Receipt, ...]:
    """Take in every file below a folder (or one file), ZIPs included; again is harmless.

    Raises:
        PhotoRefused: some files are too large, or are ZIPs that cannot be taken in; it names them,
            and all the others were taken in.
    """
    intake = Intake(engine, photos, account, None, contest)
    paths = sorted(_files(folder))
    base = folder.parent if folder.is_file() else folder
    receipts: list[Receipt] = []
    refused: list[str] = []
    for done, path in enumerate(paths, start=1):
        name = path.relative_to(base).as_posix()
        try:
            receipts += _take_file(intake, path, name, len(receipts))
        except PhotoRefused as error:
            refused.append(f"{plain_name(name)}: {error.message}")
        if progress is not None:
            progress(done, len(paths))
    if refused:
        raise PhotoRefused(
            "too_large",
            f"{len(refused)} of {len(paths)} files were not taken in: {'; '.join(refused)}",
            "the others are in; mend these and import the folder again",
            {"variant": "files", "found": len(refused), "of": len(paths)},
        )
    return tuple(receipts)


def _take_file(intake: Intake, path: Path, name: str, behind: int) -> tuple[Receipt, ...]:
    if path.suffix.lower() == ".zip":
        with path.open("rb") as archive:
            return accept_many(
                intake.engine,
                intake.photos,
                archive,
                account=intake.account,
                contest=intake.contest,
                file_name=name,
                behind=behind,
            )
    # Looked at before it is read: a folder from a messenger also holds films.
    check_size(name, path.stat().st_size)
    return (intake.take(name, path.read_bytes(), behind),)


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_file():
        yield folder
        return
    for path in folder.rglob("*"):
        if path.is_file() and is_sent(path.relative_to(folder).as_posix()):
            yield path
