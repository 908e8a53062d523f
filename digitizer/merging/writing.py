"""Writing an exchange file: everything that another installation needs to know what is here."""

import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from digitizer import __version__
from digitizer.domain.event import Head, canonical, end_to_sign, head_of
from digitizer.errors import NotFound
from digitizer.merging import layout
from digitizer.proof import Signer, event_line, fingerprint, write_entry
from digitizer.store.beside import TABLES, kept_blobs, rows_beside
from digitizer.store.elections import election_seal, get_election
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import last_events, stream_events
from digitizer.store.exports import record_handing_over
from digitizer.store.nodes import chain_signatures, public_keys, signing_key
from digitizer.store.photos import PhotoStore

Item = TypeVar("Item")

Progress = Callable[[int, int], object]
"""Is told how many events and pictures are in so far, and how many there are."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What an exchange file holds; whose key signed it, and the head of its history."""

    events: int
    blobs: int
    signer: str
    head: str


def hand_over(
    engine: Engine,
    photos: PhotoStore,
    data_dir: Path,
    file: BinaryIO,
    *,
    now: datetime,
    progress: Progress = lambda _done, _total: None,
) -> HandedOver:
    """Write all that is known here, of whichever node, as it stands at one moment.

    It holds sealed originals and what people wrote, and is to be guarded as the data folder is.
    That it was made is an event, told before all else, so that the file tells of it too and two
    installations that gave each other their files have the same head.

    Args:
        engine: the database.
        photos: where the pictures are.
        data_dir: where the key of the node is.
        file: what is written; incomplete when anything is raised.
        now: the moment that the manifest tells.
        progress: is told how far it is.

    Raises:
        NotFound: there is no election, or a picture is missing that was not removed.
        StoreError: the key of the node is missing or another one.
    """
    with write_session(engine) as session:
        election = get_election(session)
        if election is None:
            raise NotFound("there is no election to hand over", "run `digitizer election init`")
        record_handing_over(session, "system", now)
        session.commit()
    with read_session(engine) as session:
        node, public_key, sign = signing_key(session, data_dir)
        ends = last_events(session)
        blobs = list(kept_blobs(session))
        counting = _Counting(progress, sum(seq for _, seq, _ in ends) + len(blobs))
        signatures = dict(chain_signatures(session))
        signatures |= {
            name: (seq, sign(end_to_sign((name, seq, sealed))).hex())
            for name, seq, sealed in ends
            if name == node
        }
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            files = _write_lines(session, archive, ends, counting)
            written = _write_blobs(archive, photos, blobs, counting)
            manifest = canonical(
                {
                    "format": layout.FORMAT,
                    "product": __version__,
                    "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
                    "election": {"id": election.id, "sha256": election_seal(session)},
                    "chains": [list(end) for end in ends],
                    "signatures": {name: list(signed) for name, signed in signatures.items()},
                    "keys": dict(public_keys(session)),
                    "head": head_of(ends),
                    "files": files,
                    "blobs": written,
                }
            )
            write_entry(archive, layout.MANIFEST, [manifest])
            signer = Signer(node, public_key, sign)
            write_entry(archive, layout.SIGNATURE, [canonical(signer.signature_of(manifest))])
    events = sum(seq for _, seq, _ in ends)
    return HandedOver(events, written, fingerprint(public_key), head_of(ends))


def _write_lines(
    session: Session, archive: zipfile.ZipFile, ends: Iterable[Head], counting: "_Counting"
) -> dict[str, dict[str, Any]]:
    files: dict[str, dict[str, Any]] = {}
    for node, _, _ in ends:
        lines = (event_line(event) for event in counting.each(stream_events(session, node)))
        files[layout.events_file(node)] = write_entry(archive, layout.events_file(node), lines)
    for table in TABLES:
        rows = (layout.line_of(row) for row in rows_beside(session, table))
        files[layout.beside_file(table)] = write_entry(archive, layout.beside_file(table), rows)
    return files


def _write_blobs(
    archive: zipfile.ZipFile,
    photos: PhotoStore,
    blobs: Iterable[tuple[str, bool]],
    counting: "_Counting",
) -> int:
    written = 0
    for sha256, may_be_missing in counting.each(blobs):
        if may_be_missing and not photos.has(sha256):
            continue
        write_entry(archive, f"{layout.BLOBS}{sha256}", [photos.get(sha256)], packed=True)
        written += 1
    return written


class _Counting:
    """Tells how many of all things went by."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def each(self, items: Iterable[Item]) -> Iterator[Item]:
        for item in items:
            yield item
            self._done += 1
            if self._done % 100 == 0 or self._done == self._total:
                self._progress(self._done, self._total)
