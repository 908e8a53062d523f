"""What must hold whatever was killed: counted in the store itself, past the product's own word."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Engine
from sqlmodel import Session, select

from digitizer.domain.event import Event
from digitizer.store.correction_tables import CorrectionRow
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import list_events, verify_chain
from digitizer.store.line import line_length
from digitizer.store.photos import PhotoStore
from digitizer.store.readings import readings_of
from digitizer.store.recap_keeping import check_recap
from digitizer.store.sheets import queue_counts
from digitizer.store.single_uploads import recount_singles
from digitizer.store.tables import PhotoRow, ReadingRow, UploadRow, VerificationRow
from tests.chaos.people import Ledger
from tests.rebuilding import differences


@dataclass(frozen=True, slots=True)
class Counted:
    """What was looked at; `set_aside` photos were given up since their workers died with them."""

    uploads: int
    readings: int
    set_aside: int
    verifications: int
    events: int


def unfinished(engine: Engine) -> tuple[int, int]:
    """Photos that wait to be read, and jobs in the line."""
    with read_session(engine) as session:
        return queue_counts(session)["waiting"], line_length(session)


class Whole:
    """Asks a photo store whether blobs are whole, each once."""

    def __init__(self, photos: PhotoStore) -> None:
        self._photos = photos
        self._whole: set[str] = set()

    def __call__(self, sha256: str) -> bool:
        if sha256 not in self._whole and self._photos.verify(sha256):
            self._whole.add(sha256)
        return sha256 in self._whole

    def forget(self) -> None:
        """Look at every blob again from now on."""
        self._whole.clear()


def audit(engine: Engine, whole: Whole, ledger: Ledger, *, read: bool = True) -> Counted:
    """Hold a store against what people were told; `read` when every photo must be read by now.

    Raises:
        AssertionError: something was lost, doubled or miscounted; it says what.
    """
    with read_session(engine) as session:
        events = list_events(session)
        faults = [
            *(f"chain: {fault}" for fault in verify_chain(session)),
            *(f"tables: {line}" for line in differences(session)),
            *_photos(session, whole, ledger, events, read=read),
            *_verifications(session, ledger, events),
            *_given_out(ledger, events),
            *(f"refused without a word: {status}" for status, code in ledger.refusals if not code),
        ]
        counted = Counted(
            len(session.exec(select(UploadRow)).all()),
            len(session.exec(select(ReadingRow)).all()),
            sum(_is_set_aside(row) for row in session.exec(select(ReadingRow))),
            len(session.exec(select(VerificationRow)).all()),
            len(events),
        )
    with write_session(engine) as session:
        faults += [f"recap: {item}" for item in check_recap(session)]
        faults += [f"queue: upload {name}" for name in recount_singles(session)]
        session.rollback()
    assert not faults, "\n".join(faults)
    return counted


def _photos(
    session: Session, whole: Whole, ledger: Ledger, events: tuple[Event, ...], *, read: bool
) -> list[str]:
    """Every receipt names an upload; every row a photo that is there, whole, once, and read."""
    faults = []
    uploads = {row.id: row for row in session.exec(select(UploadRow))}
    for sha256, upload in ledger.receipts.items():
        if upload not in uploads or uploads[upload].photo != sha256:
            faults.append(f"receipt {upload} of photo {sha256} names no such upload")
    # Here everybody sends a photo for one TPS only.
    sent = Counter((row.account, row.photo) for row in uploads.values())
    faults += [f"sent once, kept {count} times: {key}" for key, count in sent.items() if count > 1]
    kept = session.exec(select(PhotoRow.sha256)).all()
    faults += [f"photo {name} is not whole in the store" for name in kept if not whole(name)]
    told = Counter(event.payload["upload"] for event in events if event.kind == "upload_accepted")
    if told != Counter(dict.fromkeys(uploads, 1)):
        faults.append(f"the history tells {sum(told.values())} uploads, {len(uploads)} are kept")
    stored = readings_of(session, [row.photo for row in uploads.values()])
    for reading in stored.values():
        faults += [
            f"{name} of reading {reading.id} is not whole in the store"
            for name, blob in reading.blobs.items()
            if not whole(blob)
        ]
    read_events = Counter(
        event.payload["photo"]
        for event in events
        if event.kind in ("photo_read", "photo_unreadable")
    )
    faults += [f"photo {name} was read {n} times" for name, n in read_events.items() if n > 1]
    unread = {row.photo for row in uploads.values()} - set(stored)
    if read and unread:
        faults.append(f"{len(unread)} photos were never read: {sorted(unread)}")
    return faults


def _verifications(session: Session, ledger: Ledger, events: tuple[Event, ...]) -> list[str]:
    """Every confirmation that was taken is in the table and in the history, once."""
    kept = Counter(session.exec(select(VerificationRow.id)).all())
    told = Counter(
        cast("Mapping[str, str]", event.payload["verification"])["id"]
        for event in events
        if event.kind == "form_verified"
    )
    faults = [f"verification {id_} was taken and is not there" for id_ in ledger.verifications
              if kept[id_] != 1]  # fmt: skip
    if kept != told:
        faults.append(f"verifications {kept}, in the history {told}")
    tallies = Counter(_place(event) for event in events if event.kind == "tally_made")
    # A version that was taken back is made again by whoever confirms next.
    tallies -= Counter(_place(event) for event in events if event.kind == "tally_withdrawn")
    faults += [f"tally {key} was made {n} times" for key, n in tallies.items() if n > 1]
    corrections = Counter(session.exec(select(CorrectionRow.id)).all())
    made = Counter(e.payload["correction"] for e in events if e.kind == "correction_made")
    faults += [f"correction {id_} was taken and is not there" for id_ in ledger.corrections
               if corrections[id_] != 1]  # fmt: skip
    if corrections != made:
        faults.append(f"corrections {corrections}, in the history {made}")
    return faults


def _is_set_aside(row: ReadingRow) -> bool:
    return row.problem is not None and row.problem["numbers"].get("variant") == "reader"


def _place(event: Event) -> tuple[object, ...]:
    return tuple(event.payload[name] for name in ("contest", "tps", "version"))


def _given_out(ledger: Ledger, events: tuple[Event, ...]) -> list[str]:
    """Every file that somebody has whole is noted as having left."""
    left = {event.payload["sha256"] for event in events if event.kind == "tallies_exported"}
    return [
        f"a file left and nobody noted it: {sha256}"
        for sha256 in ledger.downloads
        if sha256 not in left
    ]
