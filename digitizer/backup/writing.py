"""Writing a backup while web and workers run: rows first, then the photos that they name.

In this order no row names a photo that is not in the backup, since a photo is kept before its row.
A backup made again into the same folder copies only what is new. It takes the place of the one
before in one step, at its end: whatever happens until then, that one stays whole.
"""

import fcntl
import gzip
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from digitizer import __version__
from digitizer.backup.damaged import drop_set_aside, is_whole
from digitizer.backup.manifest import (
    BLOBS,
    MANIFEST,
    PHOTOS,
    Manifest,
    Progress,
    Sealed,
    read_manifest,
    silent,
    write_manifest,
)
from digitizer.domain.event import Head, head_of
from digitizer.errors import BackupError, NotFound
from digitizer.installation import Installation
from digitizer.store.backups import Backup, note_backup
from digitizer.store.blobs import named_blobs
from digitizer.store.dumping import dump_rows, kept_tables
from digitizer.store.durable import make_folder, replace_file, sync_folder
from digitizer.store.engine import read_session, revision_of, write_session
from digitizer.store.events import batched, last_events
from digitizer.store.nodes import KEY_FILE, public_keys
from digitizer.store.photos import FilePhotoStore, PhotoStore

ROWS: Final = "rows-"
"""How the folder of a backup's rows begins; the moment follows."""

AT_ONCE: Final = 8
"""Blobs that are copied at the same time: a bucket answers late, and a disk takes several."""

LEVEL: Final = 3
"""Of compression: rows shrink to a quarter; level 6 takes twice the time for a tenth less."""


def back_up(
    installation: Installation,
    folder: Path,
    *,
    with_key: bool = True,
    progress: Progress = silent,
    now: datetime,
) -> Manifest:
    """Write a backup of an installation into `folder`, which only its owner can read.

    Raises:
        BackupError: the folder holds something else, another backup is being written into it, it
            cannot be written or a photo not read, or originals were purged meanwhile.
    """
    try:
        return _backed_up(installation, folder, with_key=with_key, progress=progress, now=now)
    except OSError as error:
        raise BackupError(
            f"the backup into {folder} failed: {error}",
            "see that this user may write there and read the photos, and that the disk has room",
        ) from error


def _backed_up(
    installation: Installation, folder: Path, *, with_key: bool, progress: Progress, now: datetime
) -> Manifest:
    _make_private(folder)
    with _alone(folder):
        before = _before(folder, installation.node)
        rows = folder / f"{ROWS}{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}"
        files, revision, chains = _write_rows(installation, rows, progress)
        copied, lacking = _copy_blobs(installation, folder, rows, files[BLOBS].rows, progress)
        key = folder / KEY_FILE
        if with_key:
            replace_file(key, (installation.settings.data_dir / KEY_FILE).read_bytes())
        with read_session(installation.engine) as session:
            public_key = public_keys(session)[installation.node]
        made = Manifest(
            version=__version__,
            revision=revision,
            database=installation.engine.dialect.name,
            node=installation.node,
            public_key=public_key,
            taken_at=now,
            finished_at=datetime.now(UTC),
            head=head_of(chains),
            chains=chains,
            rows=rows.name,
            files=files,
            blobs=files[BLOBS].rows - len(lacking),
            blob_bytes=copied,
            lacking=lacking,
            key=with_key,
        )
        write_manifest(folder, made)
        if not with_key:
            key.unlink(missing_ok=True)
        _drop_what_is_older(folder, rows, before)
    with write_session(installation.engine) as session:
        note_backup(
            session,
            Backup(made.taken_at, made.finished_at, made.head, made.blobs, len(made.lacking)),
        )
        session.commit()
    return made


def _write_rows(
    installation: Installation, rows: Path, progress: Progress
) -> tuple[dict[str, Sealed], str, tuple[Head, ...]]:
    """Every table as it stands at one moment, and the names of all blobs; nothing else waits."""
    rows.mkdir(mode=0o700)
    files: dict[str, Sealed] = {}
    tables = kept_tables()
    with read_session(installation.engine) as session:
        chains = tuple((node, seq, end) for node, seq, end in last_events(session))
        revision = revision_of(session.connection()) or ""
        for number, table in enumerate(tables):
            progress("rows", number, len(tables))
            name = f"{table.name}.jsonl.gz"
            files[name] = write_lines(rows / name, dump_rows(session, table))
        names = sorted({bytes.fromhex(sha256) for sha256 in named_blobs(session)})
        progress("rows", len(tables), len(tables))
    files[BLOBS] = write_lines(rows / BLOBS, (f"{name.hex()}\n".encode() for name in names))
    sync_folder(rows)
    return files, revision, chains


def write_lines(path: Path, lines: Iterable[bytes]) -> Sealed:
    """Write lines into a new packed file, forced to disk."""
    count = 0
    with path.open("wb") as file:
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=LEVEL) as packed:
            for line in lines:
                packed.write(line)
                count += 1
        file.flush()
        os.fsync(file.fileno())
    with path.open("rb") as file:
        return Sealed(count, path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def _copy_blobs(
    installation: Installation, folder: Path, rows: Path, total: int, progress: Progress
) -> tuple[int, tuple[str, ...]]:
    """Copy what is not there yet; bytes of all, and what the store does not have as it should."""
    target = FilePhotoStore(folder / PHOTOS)
    size, done, lacking = 0, 0, list[str]()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for part in batched(list(blob_names(rows)), 20 * AT_ONCE):
            copied = list(pool.map(lambda name: _copy(installation.photos, target, name), part))
            size += sum(found or 0 for found in copied)
            lacking += [name for name, found in zip(part, copied, strict=True) if found is None]
            done += len(part)
            progress("photos", done, total)
    if lacking:
        with read_session(installation.engine) as session:
            named = set(named_blobs(session))
        if not set(lacking) <= named:
            raise BackupError(
                "originals were removed by `digitizer purge` while the backup was written",
                "run it again; what is copied already stays",
            )
    return size, tuple(lacking)


def _copy(source: PhotoStore, target: FilePhotoStore, sha256: str) -> int | None:
    """Bytes of a blob that is in the backup now; None where the store has it not, or otherwise."""
    there = target.size(sha256)
    # Hashing all of them takes hours of a slow stick: that is for `check`. A folder tells sizes at
    # once, and files that a stick lost when it was pulled out are mostly cut off.
    here = source.size(sha256) if isinstance(source, FilePhotoStore) else there
    if there is not None and here in (None, there):
        return there
    try:
        data = source.get(sha256)
    except NotFound:
        data = b""
    if hashlib.sha256(data).hexdigest() != sha256:
        return there if is_whole(target, sha256) else None
    path = target.path(sha256)
    make_folder(path.parent)
    # Not as the store does, by a link: sticks with FAT have none, and nobody else writes here.
    replace_file(path, data)
    return len(data)


def blob_names(rows: Path) -> Iterator[str]:
    """The sha256 of every blob of a backup, in order."""
    with gzip.open(rows / BLOBS, "rt", encoding="ascii") as lines:
        for line in lines:
            yield line.strip()


def _make_private(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise BackupError(f"{folder} is no folder", "name a folder for the backup")
    make_folder(folder)
    with suppress(PermissionError):  # of a disk that knows no owners
        folder.chmod(0o700)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder; the kernel lets go of it however this process ends."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(
                f"another backup is being written into {folder}", "wait for its end"
            ) from None
        yield
    finally:
        os.close(descriptor)


def _before(folder: Path, node: str) -> Manifest | None:
    """The backup that this one takes the place of."""
    if not (folder / MANIFEST).exists():
        strange = [path.name for path in folder.iterdir() if not _is_ours(path)]
        if strange:
            raise BackupError(
                f"{folder} holds other things, such as {strange[0]}", "name a folder of its own"
            )
        return None
    before = read_manifest(folder)
    if before.node != node:
        raise BackupError(
            f"{folder} holds a backup of node {before.node}, this is node {node}",
            "name a folder of its own for each installation",
        )
    return before


def _is_ours(path: Path) -> bool:
    """Whether a backup that was cut off may have left this."""
    return path.name in (PHOTOS, KEY_FILE) or path.name.startswith((ROWS, ".new-"))


def _drop_what_is_older(folder: Path, rows: Path, before: Manifest | None) -> None:
    """Rows of earlier backups, finished or not, and blobs that no row names any more."""
    for path in folder.glob(f"{ROWS}*"):
        if path != rows:
            shutil.rmtree(path)
    if before is None:
        return
    named = {bytes.fromhex(name) for name in blob_names(rows)}
    kept = FilePhotoStore(folder / PHOTOS)
    for sha256 in kept.names():
        if bytes.fromhex(sha256) not in named:
            kept.remove(sha256)
    drop_set_aside(kept, named)
