"""Photos coming in: one, many in a ZIP, or a folder that a coordinator collected.

Every way ends in `accept`: bytes on disk, then row, event and job in one transaction. Nothing is
decoded here and nothing is refused for what it shows; what is no photo becomes an unreadable upload
that its sender and the queue can see.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from sqlalchemy import Engine
from sqlmodel import Session

from digitizer.errors import PhotoRefused
from digitizer.jobs import enqueue
from digitizer.store import elections
from digitizer.store.engine import write_session
from digitizer.store.photos import PhotoStore
from digitizer.store.uploads import Receipt, receive

MAX_BYTES: Final = 30 << 20
"""Of one photo."""

MAX_MEMBERS: Final = 2000
"""Photos in one ZIP."""

MAX_RATIO: Final = 20
"""A ZIP of photos hardly shrinks; one that grows more than this is a bomb."""

_CODE: Final = re.compile(
    r"(?<!\d)(\d{2})([.\-_ ]?)(\d{2})\2(\d{2})\2(\d{4})(?:\2|[.\-_ ])?(\d{3})(?!\d)"
)
"""13 digits together, or in the groups of an export: 64.72.01.1001.005."""

Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""


@dataclass(frozen=True, slots=True)
class _Intake:
    """Where many photos go and on whose behalf."""

    engine: Engine
    photos: PhotoStore
    account: str
    tps: str | None
    contest: str | None

    def take(self, name: str, data: bytes) -> Receipt:
        """Take one in and commit it; without a TPS for all, its name may say which."""
        with write_session(self.engine) as session:
            receipt = accept(
                session,
                self.photos,
                data,
                account=self.account,
                tps=self.tps or _known_tps(session, name),
                contest=self.contest,
                file_name=name,
                idempotency_key=None,
                now=datetime.now(UTC),
            )
            session.commit()
        return receipt


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
) -> Receipt:
    """Take one photo in and enqueue its reading in the same transaction; the caller commits.

    Raises:
        PhotoRefused: more than `MAX_BYTES`.
        NotFound: there is no such account, TPS or contest.
        Conflict: the key was used by this account for other bytes.
    """
    _check_size(len(data))
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
    )
    if receipt.status == "accepted":
        enqueue(session, receipt.upload_id)
    return receipt


def accept_many(
    engine: Engine,
    photos: PhotoStore,
    archive: BinaryIO,
    *,
    account: str,
    tps: str | None = None,
    contest: str | None = None,
    progress: Progress | None = None,
) -> tuple[Receipt, ...]:
    """Take in every photo of a ZIP, each committed for itself; sending the ZIP again is harmless.

    With `tps` all belong to that TPS; else the code in each file or folder name decides. Members
    are read one at a time and never written anywhere under their own names.

    Raises:
        PhotoRefused: not a ZIP, a bomb, or too many or too large members; then none is taken in.
        NotFound: there is no such account, TPS or contest.
    """
    intake = _Intake(engine, photos, account, tps, contest)
    with _open_zip(archive) as opened:
        members = _members(opened)
        receipts = []
        for done, member in enumerate(members, start=1):
            receipts.append(intake.take(member.filename, _read_member(opened, member)))
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
    intake = _Intake(engine, photos, account, None, contest)
    paths = sorted(_files(folder))
    base = folder.parent if folder.is_file() else folder
    receipts: list[Receipt] = []
    refused: list[str] = []
    for done, path in enumerate(paths, start=1):
        name = path.relative_to(base).as_posix()
        try:
            receipts += _take_file(intake, path, name)
        except PhotoRefused as error:
            refused.append(f"{name}: {error.message}")
        if progress is not None:
            progress(done, len(paths))
    if refused:
        raise PhotoRefused(
            "too_large",
            f"{len(refused)} of {len(paths)} files were not taken in: {'; '.join(refused)}",
            "the others are in; mend these and import the folder again",
        )
    return tuple(receipts)


def _take_file(intake: _Intake, path: Path, name: str) -> tuple[Receipt, ...]:
    if path.suffix.lower() == ".zip":
        with path.open("rb") as archive:
            return accept_many(
                intake.engine,
                intake.photos,
                archive,
                account=intake.account,
                contest=intake.contest,
            )
    # Looked at before it is read: a folder from a messenger also holds films.
    _check_size(path.stat().st_size)
    return (intake.take(name, path.read_bytes()),)


def tps_from_name(name: str) -> str | None:
    """The TPS code in a file name, or else in the nearest folder name that has one.

    Two different codes in one name say nothing.

    >>> tps_from_name("dari WA/64.72.01.1001.005/IMG-20241127-WA0001.jpg")
    '6472011001005'
    """
    for part in reversed(PurePosixPath(name).parts):
        codes = {"".join(match.group(1, 3, 4, 5, 6)) for match in _CODE.finditer(part)}
        if codes:
            return codes.pop() if len(codes) == 1 else None
    return None


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise PhotoRefused(
            "too_large",
            f"found {size / (1 << 20):.1f} MiB, needed at most {MAX_BYTES >> 20}",
            "send the photo as the camera made it, as JPEG or HEIC",
        )


def _known_tps(session: Session, name: str) -> str | None:
    """The TPS that a name says, if the election has it; the name itself is kept either way."""
    code = tps_from_name(name)
    return code if code is not None and elections.tps(session, code) is not None else None


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_file():
        yield folder
        return
    for path in folder.rglob("*"):
        if path.is_file() and _wanted(path.relative_to(folder).as_posix()):
            yield path


def _wanted(name: str) -> bool:
    """Not what a computer adds by itself: dot files and the resource forks of macOS."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _open_zip(archive: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(archive)
    except zipfile.BadZipFile:
        raise PhotoRefused(
            "not_an_image", "the file is no whole ZIP", "make the ZIP again, or send the photos"
        ) from None


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of a ZIP, checked by what its directory declares; `_read_member` holds it to it."""
    members = [item for item in archive.infolist() if not item.is_dir() and _wanted(item.filename)]
    if len(members) > MAX_MEMBERS:
        raise PhotoRefused(
            "too_large",
            f"found {len(members)} files in the ZIP, needed at most {MAX_MEMBERS}",
            "send them in several ZIPs",
        )
    for member in members:
        if member.file_size > MAX_BYTES:
            raise PhotoRefused(
                "too_large",
                f"{member.filename} has {member.file_size >> 20} MiB, needed at most"
                f" {MAX_BYTES >> 20}",
                "send the photos as the camera made them",
            )
        if member.flag_bits & 0x1:
            raise PhotoRefused(
                "not_an_image", f"{member.filename} is encrypted", "make the ZIP without a password"
            )
    whole = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if whole > MAX_RATIO * packed + MAX_BYTES:
        raise PhotoRefused(
            "too_large",
            f"the ZIP grows from {packed >> 10} KiB to {whole >> 20} MiB, needed at most"
            f" {MAX_RATIO} times",
            "send the photos as the camera made them",
        )
    return members


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The bytes of one member; a damaged one keeps what can be read, and then does not decode."""
    kept = bytearray()
    try:
        with archive.open(member) as file:
            while len(kept) <= MAX_BYTES and (piece := file.read(1 << 16)):
                kept += piece
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        return bytes(kept)
    return bytes(kept[:MAX_BYTES])
