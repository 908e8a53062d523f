"""Whether a backup is still what its manifest says, without a database."""

import gzip
import hashlib
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Final

import orjson

from digitizer.backup.damaged import is_whole, set_aside
from digitizer.backup.manifest import (
    BLOBS,
    PHOTOS,
    Manifest,
    Progress,
    read_manifest,
    silent,
)
from digitizer.backup.writing import blob_names
from digitizer.domain.event import GENESIS, Event, Head, head_of
from digitizer.errors import BackupError, StoreError
from digitizer.store.events import faults_of
from digitizer.store.nodes import KEY_FILE, public_key_of
from digitizer.store.photos import FilePhotoStore

EVENTS: Final = "event.jsonl.gz"


def check(folder: Path, progress: Progress = silent) -> tuple[Manifest, tuple[str, ...]]:
    """The manifest of a backup, and everything that is not as it says, in words.

    Every file of rows and every blob is hashed again, and every chain of the history recomputed. A
    blob that is not as it should be is set aside, so that the next backup copies it anew.

    Raises:
        BackupError: the folder holds no whole backup.
    """
    manifest = read_manifest(folder)
    faults = [*faults_of_rows(folder, manifest), *_faults_of_key(folder, manifest)]
    if not faults:
        progress("history", 0, None)
        faults += _faults_of_history(folder, manifest)
        faults += _faults_of_blobs(folder, manifest, progress)
    faults += [f"photo or picture {sha256} was lost before" for sha256 in manifest.lacking]
    return manifest, tuple(faults)


def faults_of_rows(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Files of rows that are missing or have other bytes than the manifest says."""
    for name, sealed in manifest.files.items():
        path = folder / manifest.rows / name
        if not path.is_file():
            yield f"{path.name} is missing"
            continue
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            yield f"{path.name} cannot be read: {error.strerror}"
            continue
        if found != sealed.sha256:
            yield f"{path.name} has other bytes than were written"
    for needed in (EVENTS, BLOBS):
        if needed not in manifest.files:
            yield f"the manifest names no {needed}"


def lines_of(folder: Path, manifest: Manifest, name: str) -> Iterator[bytes]:
    """The lines of one file of rows."""
    with gzip.open(folder / manifest.rows / name, "rb") as lines:
        yield from lines


def _faults_of_key(folder: Path, manifest: Manifest) -> Iterator[str]:
    path = folder / KEY_FILE
    if not manifest.key:
        return
    if not path.is_file():
        yield f"{KEY_FILE} is missing"
        return
    try:
        if public_key_of(path) != manifest.public_key:
            yield f"{KEY_FILE} is not the key of node {manifest.node}"
    except StoreError:
        yield f"{KEY_FILE} holds no key"
    except OSError as error:
        yield f"{KEY_FILE} cannot be read: {error.strerror}"


def _faults_of_history(folder: Path, manifest: Manifest) -> Iterator[str]:
    ends: list[Head] = []

    def noting(chain: Iterator[Event]) -> Iterator[Event]:
        for event in chain:
            yield event
        ends.append((event.node, event.seq, event.hash))

    events = map(_event, lines_of(folder, manifest, EVENTS))
    for _, chain in groupby(events, key=lambda event: event.node):
        for fault in faults_of(noting(chain), 0, GENESIS):
            yield f"event {fault.seq} of node {fault.node}: {fault.fault}"
    if head_of(ends) != manifest.head:
        yield f"the history ends with head {head_of(ends)}, the manifest says {manifest.head}"


def _event(line: bytes) -> Event:
    row = orjson.loads(line)
    return Event(**{**row, "at_utc": datetime.fromisoformat(row["at_utc"])})


def _faults_of_blobs(folder: Path, manifest: Manifest, progress: Progress) -> Iterator[str]:
    kept, lost = FilePhotoStore(folder / PHOTOS), set(manifest.lacking)
    total = manifest.files[BLOBS].rows
    for number, sha256 in enumerate(blob_names(folder / manifest.rows), start=1):
        if sha256 not in lost and not is_whole(kept, sha256):
            set_aside(kept, sha256)
            yield f"photo or picture {sha256} is missing or has other bytes"
        progress("checking", number, total)


def refuse_damaged_rows(folder: Path, manifest: Manifest) -> None:
    """Refuse a backup whose rows are not what was written.

    Raises:
        BackupError: with the first fault.
    """
    if (first := next(faults_of_rows(folder, manifest), None)) is not None:
        raise BackupError(
            f"{folder} is damaged: {first}", "use another backup; nothing was restored"
        )
