"""The append-only history: every event sealed into the chain of its node."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

import sqlalchemy as sql
from sqlalchemy import Connection
from sqlmodel import Session, col, select

from digitizer.domain.event import GENESIS, Event, EventKind, Head, head_of, seal
from digitizer.errors import StoreError
from digitizer.store.columns import asked_for
from digitizer.store.tables import EventRow, NodeRow

AT_ONCE: Final = 200
"""So many events are fetched at a time."""


_HELD: Final = "chain"
"""Where a session notes the transaction in which it locked the chain, and the node."""

_END: Final = "chain end"
"""Where a session notes the transaction in which it sealed an event, and that event's seq and hash:
nobody else can have added one since."""


@dataclass(frozen=True, slots=True)
class ChainFault:
    """One place where a chain does not hold."""

    node: str
    seq: int
    fault: str


def lock_chain(session: Session) -> str:
    """Make other writers wait until this transaction ends; returns this node's id.

    On SQLite the transaction holds the write lock already; on PostgreSQL this locks the node's row.

    Raises:
        StoreError: the database has no node yet.
    """
    held: tuple[object, str] | None = session.info.get(_HELD)
    if held is not None and held[0] is session.get_transaction():
        return held[1]
    node = session.exec(select(NodeRow.id).where(col(NodeRow.here)).with_for_update()).one_or_none()
    if node is None:
        raise StoreError("this database has no node yet", "run `digitizer election init` first")
    session.info[_HELD] = session.get_transaction(), node
    return node


def let_go_of_chain(session: Session) -> None:
    """Ask anew, also within this transaction, which node this is and where its chain ends."""
    session.info.pop(_HELD, None)
    session.info.pop(_END, None)


def append_event(
    session: Session, kind: EventKind, payload: Mapping[str, object], actor: str, now: datetime
) -> Event:
    """Append one event to this node's chain; `actor` is an account id, or "system".

    `payload` holds JSON values only, and no names of people, since it can never be deleted.
    """
    node = lock_chain(session)
    session.flush()  # what the event tells of comes first
    connection = session.connection()
    last, prev = _chain_end(session, connection, node)
    seq = last + 1
    open_event = Event(node, seq, now.astimezone(UTC), actor, kind, payload, prev, hash="")
    event = replace(open_event, hash=seal(open_event))
    row = {
        "node": node,
        "seq": seq,
        "at_utc": event.at_utc,
        "actor": actor,
        "kind": kind,
        "payload": dict(payload),
        "prev": prev,
        "hash": event.hash,
    }
    connection.execute(_one_event(), row)
    if not session.in_nested_transaction():  # of which a part may be taken back
        session.info[_END] = session.get_transaction(), (seq, event.hash)
    return event


def _chain_end(session: Session, connection: Connection, node: str) -> tuple[int, str]:
    """Seq and hash of the last event of this node, as this transaction left it."""
    noted: tuple[object, tuple[int, str]] | None = session.info.pop(_END, None)
    if noted is not None and noted[0] is session.get_transaction():
        return noted[1]
    last = connection.execute(_last_event(), {"node": node}).one_or_none()
    return (last[0], last[1]) if last is not None else (0, GENESIS)


@cache
def _last_event() -> sql.Select[int, str]:
    return (
        sql.select(col(EventRow.seq), col(EventRow.hash))
        .where(col(EventRow.node) == asked_for("node"))
        .order_by(col(EventRow.seq).desc())
        .limit(1)
    )


@cache
def _one_event() -> sql.Insert:
    return sql.insert(EventRow)


def list_events(
    session: Session, *, kind: EventKind | None = None, limit: int | None = None
) -> tuple[Event, ...]:
    """Events of one kind or of all, oldest first within each node."""
    query = select(EventRow).order_by(col(EventRow.node), col(EventRow.seq)).limit(limit)
    if kind is not None:
        query = query.where(col(EventRow.kind) == kind)
    return tuple(event_of(row) for row in session.exec(query))


def stream_events(session: Session, node: str, *, after: int = 0) -> Iterator[Event]:
    """The chain of one node `after` a number, oldest first, a few events at a time in memory."""
    columns: tuple[Any, ...] = (
        *(EventRow.node, EventRow.seq, EventRow.at_utc, EventRow.actor, EventRow.kind),
        *(EventRow.payload, EventRow.prev, EventRow.hash),
    )
    chain = (col(EventRow.node) == node, col(EventRow.seq) > after)
    query = sql.select(*columns).where(*chain).order_by(col(EventRow.seq))
    for row in session.connection().execute(query, execution_options={"yield_per": AT_ONCE}):
        yield event_of(cast("EventRow", row))


def last_events(session: Session) -> tuple[Head, ...]:
    """Node, seq and hash of the last event of each chain, by node: what `head_of` is of."""
    found: list[Head] = []
    for node in session.exec(select(NodeRow.id).order_by(col(NodeRow.id))).all():
        query = select(EventRow.node, EventRow.seq, EventRow.hash).where(col(EventRow.node) == node)
        found += session.exec(query.order_by(col(EventRow.seq).desc()).limit(1)).all()
    return tuple(found)


def latest_at(session: Session) -> datetime | None:
    """When the newest event happened, by the clock of its node."""
    ends = [session.get(EventRow, (node, seq)) for node, seq, _ in last_events(session)]
    return max((row.at_utc for row in ends if row is not None), default=None)


def head(session: Session) -> str:
    """Hash of the sorted (node, seq, hash) list of every chain's last event, in hex."""
    return head_of(last_events(session))


def hash_of(session: Session, node: str, seq: int) -> str:
    """The hash of one event that is here."""
    return session.get_one(EventRow, (node, seq)).hash


def verify_chain(session: Session) -> tuple[ChainFault, ...]:
    """Recompute every hash of every chain; empty when all hold."""
    nodes = session.exec(select(EventRow.node).distinct().order_by(col(EventRow.node))).all()
    return tuple(
        fault for node in nodes for fault in faults_of(stream_events(session, node), 0, GENESIS)
    )


def verify_ends(session: Session, most: int) -> tuple[ChainFault, ...]:
    """The same for at most so many events at the end of every chain."""
    faults: list[ChainFault] = []
    for node, last, _ in last_events(session):
        before = session.get(EventRow, (node, last - most))
        seq, prev = (before.seq, before.hash) if before is not None else (0, GENESIS)
        faults += faults_of(stream_events(session, node, after=seq), seq, prev)
    return tuple(faults)


def faults_of(chain: Iterable[Event], seq: int, prev: str) -> Iterator[ChainFault]:
    """Where events of one chain do not hold that follow on number `seq` with the hash `prev`."""
    for event in chain:
        if event.seq != seq + 1:
            yield ChainFault(event.node, event.seq, f"follows {seq}, needed {seq + 1}")
        if event.prev != prev:
            yield ChainFault(event.node, event.seq, "does not follow the event before")
        if event.hash != seal(event):
            yield ChainFault(event.node, event.seq, "its hash is not that of its contents")
        seq, prev = event.seq, event.hash


Item = TypeVar("Item")


def batched(items: Sequence[Item], size: int) -> Iterator[list[Item]]:
    """Parts of so many items, so that no event grows without end."""
    for start in range(0, len(items), size):
        yield list(items[start : start + size])


def event_of(row: EventRow) -> Event:
    """The event that a row holds."""
    return Event(
        row.node,
        row.seq,
        row.at_utc,
        row.actor,
        cast("EventKind", row.kind),
        MappingProxyType(row.payload),
        row.prev,
        row.hash,
    )
