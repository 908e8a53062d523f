"""Joining what another installation did: all of its file, or nothing.

Pictures are kept first, each under its own sha256, where nothing names them yet; then events,
tables and jobs are one transaction. So a merge that was cut anywhere is simply done again.
"""

import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from digitizer.domain.event import Event
from digitizer.domain.policy import Policy
from digitizer.errors import MergeRefused
from digitizer.history import State
from digitizer.merging.arrival import (
    Exchange,
    Known,
    check_replays,
    check_senders,
    lines_beside,
    new_events,
    read_exchange,
)
from digitizer.merging.pictures import keep_pictures, needed_pictures, pictures_in
from digitizer.merging.recounting import (
    refuse_contradictions,
    refuse_other_tps,
    refuse_wrong_tallies,
)
from digitizer.merging.settling import settle_left, settle_merged, sheets_before
from digitizer.own_forms import refresh_forms
from digitizer.proof import Archive, Faults
from digitizer.store.elections import election_seal
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import hash_of, head, last_events, lock_chain
from digitizer.store.merged_election import write_contests, write_official
from digitizer.store.merged_history import (
    add_events,
    add_node,
    clocks,
    keep_signature,
    removed_here,
    shared_events,
)
from digitizer.store.merged_pictures import note_returned, returning
from digitizer.store.merged_rows import keep_removals, write_rows
from digitizer.store.merged_state import Merging
from digitizer.store.nodes import own_node, public_keys
from digitizer.store.photos import PhotoStore
from digitizer.store.recap_sums import batches
from digitizer.store.recomparing import recompare

Progress = Callable[[int, int], object]
"""Is told how many pictures, events and forms are done so far, and how many there are."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge came to.

    Attributes:
        nodes: that were not known here before.
        events: that are new here.
        pictures: originals and what was made of them, that are new here.
        sheets: TPS and contests of which forms were settled again.
        disputed: places of which nodes say different numbers now.
        head: of the whole history that is here now.
    """

    nodes: tuple[str, ...]
    events: int
    pictures: int
    sheets: int
    disputed: int
    head: str


def merge(
    engine: Engine,
    photos: PhotoStore,
    path: Path,
    *,
    policy: Policy,
    now: datetime,
    trusted: Collection[str] = (),
    progress: Progress = lambda _done, _total: None,
) -> Merged:
    """Join the exchange file of another installation; the same one again changes nothing.

    Args:
        engine: the database.
        photos: where pictures are kept.
        path: the file.
        policy: by which sheets are settled.
        now: when they are.
        trusted: fingerprints of keys of installations that are not known here yet.
        progress: is told how far it is.

    Raises:
        MergeRefused: the file does not hold, or tells otherwise what is told here; nothing of it
            is told here then.
        StoreError: there is no node here.
    """
    with _opened(path) as (opened, archive):
        exchange = read_exchange(archive, path.name)
        with read_session(engine) as session:
            known = _known(session)
            check_senders(exchange, known, trusted, path.name)
            arriving = _read_through(archive, exchange, known, path.name)
            refuse_other_tps(session, arriving, path.name)
            kept_out = removed_here(session, known.here)
            back = returning(session, pictures_in(archive), kept_out)
        wanted = needed_pictures(archive, photos, arriving, kept_out, back, path.name)
        total = len(wanted) + exchange.new_of(known)
        kept = keep_pictures(opened, photos, wanted, path.name, lambda done: progress(done, total))
        with write_session(engine) as session:
            note_returned(session, back)
            joined, left = _join(
                session, photos, archive, exchange, path.name, policy, now,
                lambda done: progress(len(wanted) + done, total),
            )  # fmt: skip
            session.commit()
    settle_left(engine, left, policy, lambda done: progress(total + done, total + len(left)))
    return replace(joined, pictures=kept)


def _read_through(archive: Archive, exchange: Exchange, known: Known, name: str) -> State:
    """What the new events come to by themselves; all of them hold."""
    state = State()
    for event in new_events(archive, exchange, known, name):
        check_replays(state, event, name)
    if state.lacks:
        raise MergeRefused(
            f"{name} is of an older version and leaves out {', '.join(sorted(state.lacks))}",
            "bring the other installation to this version and let it write the file again",
        )
    refuse_contradictions(state, name)
    return state


def _join(
    session: Session,
    photos: PhotoStore,
    archive: Archive,
    exchange: Exchange,
    name: str,
    policy: Policy,
    now: datetime,
    progress: Callable[[int], object],
) -> tuple[Merged, tuple[str, ...]]:
    """Events, tables and jobs, in the transaction of the caller; and what is left to settle."""
    here = lock_chain(session)
    known = _known(session)
    new, whole, kinds, count = State(), State(), set[str](), 0
    for state in (new, whole):
        for node, clock in clocks(session).items():
            state.heard(node, clock)
    for events in batches(new_events(archive, exchange, known, name)):
        for event in events:
            if event.seq == 1:
                add_node(session, event.node, exchange.keys[event.node], event.at_utc)
            check_replays(new, event, name)
            check_replays(whole, event, name)
            kinds.add(event.kind)
        _add(session, events, name)
        count += len(events)
        progress(count)
    for clock, event in shared_events(session, kinds, known.ends):
        whole.heard(event.node, clock)
        check_replays(whole, event, name)
    refuse_contradictions(whole, name)
    for node, seq, _ in exchange.chains:
        # Each was checked over this end of its chain; one that goes on here has a later one.
        if node != here and seq >= known.ends.get(node, 0):
            keep_signature(session, node, *exchange.signatures[node])
    merging = Merging(session, new, whole, lambda table: lines_beside(archive, table))
    before = sheets_before(merging, policy)
    try:
        contests = write_contests(merging)
        write_rows(merging)
        refuse_wrong_tallies(merging, name)
        refresh_forms(session, at_once=True)
        keep_removals(merging, photos.has, removed_here(session, here), now)
        left, disputed = settle_merged(merging, before, contests, policy, now)
        # Last, since what is compared already is kept current by each change.
        recompare(session, write_official(merging))
    except IntegrityError as error:
        raise _contradicted(name, error) from error
    nodes = tuple(node for node, *_ in exchange.chains if node not in known.keys)
    merged = Merged(nodes, count, 0, len(left), disputed, head(session))
    return merged, left


def _add(session: Session, events: list[Event], name: str) -> None:
    try:
        add_events(session, events)
    except IntegrityError as error:
        raise _contradicted(name, error) from error


def _contradicted(name: str, error: IntegrityError) -> MergeRefused:
    return MergeRefused(
        f"{name} contradicts what is here: {error.orig}",
        "tell whoever keeps the other installation; nothing was merged",
    )


def _known(session: Session) -> Known:
    here = own_node(session)
    return Known(
        here=here,
        election=election_seal(session),
        ends={node: seq for node, seq, _ in last_events(session)},
        keys=public_keys(session),
        hash_at=lambda node, seq: hash_of(session, node, seq),
    )


@contextmanager
def _opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, Archive]]:
    try:
        opened = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise MergeRefused(
            f"{path.name} is no exchange file that can be read: {error}",
            "copy it once more; nothing was merged",
        ) from error
    with opened:
        yield opened, Archive(opened, Faults())
