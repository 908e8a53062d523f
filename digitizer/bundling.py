"""A proof bundle out of the store: everything as it stood at one moment, signed by its node."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Engine
from sqlmodel import Session

from digitizer.domain.event import Event, Head, head_of
from digitizer.domain.listing import TallyRow
from digitizer.domain.tally import Recap
from digitizer.errors import Conflict
from digitizer.exporting import sha256_of_file
from digitizer.history import notes_in
from digitizer.proof import Contents, Signer, fingerprint, write_bundle
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import last_events, stream_events
from digitizer.store.exports import Exported, Listing, listing, record_export, tally_rows
from digitizer.store.nodes import public_keys, signing_key
from digitizer.store.photos import PhotoStore
from digitizer.store.readings import public_copies, told_readings
from digitizer.store.recaps import children, recap_of


@dataclass(frozen=True, slots=True)
class Bundled:
    """What went into a bundle: tallies, events, photos; by whose key; and the head it rests on."""

    tallies: int
    events: int
    photos: int
    signer: str
    head: str


Progress = Callable[[int, int], object]
"""Is told how many events are in so far, and how many there are."""


def bundle(
    engine: Engine,
    photos: PhotoStore,
    data_dir: Path,
    file: BinaryIO,
    *,
    contest: str | None = None,
    with_photos: bool = False,
    with_notes: bool = False,
    now: datetime,
    progress: Progress = lambda _done, _total: None,
) -> Bundled:
    """Write the proof bundle of an office, or of all, into `file`, and note that it left.

    Args:
        engine: the database.
        photos: where public copies are.
        data_dir: where the key of the node is.
        file: what is written, and read once after; incomplete when anything is raised.
        contest: of the office of this one only; the history is always whole.
        with_photos: the public copy of every photo, too.
        with_notes: also when events of an older version hold notes that people wrote.
        now: the moment that the manifest tells.
        progress: is told how far it is.

    Raises:
        NotFound: there is no election, no such contest, or a public copy is missing.
        Conflict: the history holds notes, and `with_notes` is not given.
        StoreError: the key of the node is missing or another one.
    """
    with read_session(engine) as session:
        listed = listing(session, contest)
        ends = last_events(session)
        total = sum(seq for _, seq, _ in ends)
        node, public_key, sign = signing_key(session, data_dir)
        copies = public_copies(session) if with_photos else ()
        rows = _Counted(tally_rows(session, listed))
        contents = Contents(
            election=listed.election,
            contest=contest,
            contests=listed.contests,
            fields=listed.fields,
            rows=rows,
            totals=_totals(session, listed),
            readings=told_readings(session),
            chains=_chains(session, ends, with_notes=with_notes),
            keys=public_keys(session),
            photos=((sha256, photos.get(sha256)) for sha256 in copies),
            with_photos=with_photos,
        )
        made_at = now.astimezone(UTC).isoformat(timespec="seconds")
        signer = Signer(node, public_key, sign)
        write_bundle(file, contents, signer, made_at, lambda done: progress(done, total))
    names = [item.id for item in listed.contests]
    exported = Exported("bundle", rows.count, names, sha256_of_file(file), head_of(ends))
    with write_session(engine) as session:
        record_export(session, exported, "system", now)
        session.commit()
    return Bundled(rows.count, total, len(copies), fingerprint(public_key), exported.head)


def _chains(
    session: Session, ends: Iterable[Head], *, with_notes: bool
) -> Iterator[tuple[Head, Iterator[Event]]]:
    for end in ends:
        yield end, _without_notes(stream_events(session, end[0]), with_notes=with_notes)


def _without_notes(events: Iterable[Event], *, with_notes: bool) -> Iterator[Event]:
    for event in events:
        if not with_notes and notes_in(event):
            raise Conflict(
                f"event {event.seq} of node {event.node} holds a note that somebody wrote, as "
                "events of an older version do, and no event can be changed",
                "read the notes; where they may leave, say so with --with-notes",
            )
        yield event


def _totals(session: Session, listed: Listing) -> Iterator[tuple[Recap, str, str]]:
    """The recaps of each office, level by level down to the kecamatan."""
    for contest in (item for item in listed.contests if item.repeats is None):
        yield recap_of(session, contest.id), "", ""
        parents = [""]
        for _ in range(3):
            below = [row for parent in parents for row in children(session, contest.id, parent)]
            for row in below:
                yield row.recap, row.level, row.name
            parents = [row.code for row in below]


class _Counted:
    """Counts the rows that go through."""

    def __init__(self, rows: Iterable[TallyRow]) -> None:
        self.count = 0
        self._rows = rows

    def __iter__(self) -> Iterator[TallyRow]:
        for row in self._rows:
            self.count += 1
            yield row
