"""Taking up the chains of other nodes, and finding what both they and those here wrote."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, cast

import sqlalchemy as sql
from sqlmodel import Session, col

from digitizer.domain.event import Event, EventKind
from digitizer.history import line
from digitizer.store.events import batched, event_of
from digitizer.store.tables import ChainSignatureRow, EventRow, NodeRow

SHARED: Final[frozenset[EventKind]] = frozenset(
    {
        "election_created",
        "round_ordered",
        "form_saved",
        "account_disabled",
        "account_enabled",
        "backup_restored",
        "upload_assigned",
        "glyph_marked",
        "verification_withdrawn",
        "correction_withdrawn",
        "tally_withdrawn",
        "sample_announced",
        "sample_drawn",
        "sample_keyed",
        "sample_settled",
    }
)
"""Kinds by which two nodes may write about one thing, or that say which of them may; all others
tell of things of their own."""

CLOSING: Final[frozenset[EventKind]] = frozenset(
    {"account_disabled", "account_enabled", "backup_restored"}
)
"""Few ever are; who may close an account follows from all of them."""

SAMPLED: Final[frozenset[EventKind]] = frozenset({"sample_drawn", "sample_keyed", "sample_settled"})
"""What only the node does that announced a sample."""

AT_ONCE: Final = 500
"""So many are named by one statement; SQLite takes 999 values."""


def add_node(session: Session, node: str, public_key: str, created_at: datetime) -> None:
    """Know another node from now on, by this key."""
    session.add(NodeRow(id=node, public_key=public_key, here=False, created_at=created_at))
    session.flush()


def add_events(session: Session, events: Iterable[Event]) -> None:
    """Add events of other nodes as they are; each must follow the last one of its chain here."""
    rows = [
        {
            "node": event.node,
            "seq": event.seq,
            "at_utc": event.at_utc,
            "actor": event.actor,
            "kind": event.kind,
            "payload": dict(event.payload),
            "prev": event.prev,
            "hash": event.hash,
        }
        for event in events
    ]
    if rows:
        session.connection().execute(sql.insert(EventRow), rows)


def keep_signature(session: Session, node: str, seq: int, signature: str) -> None:
    """Keep what another node signed: the end of its chain as it is here now, which was checked."""
    session.merge(ChainSignatureRow(node=node, seq=seq, signature=signature))
    session.flush()


def clocks(session: Session) -> Mapping[str, datetime]:
    """The latest moment that each chain has told so far."""
    latest: Any = sql.func.max(EventRow.at_utc)
    query: Any = sql.select(col(EventRow.node), latest).group_by(col(EventRow.node))
    return dict(session.execute(query).tuples().all())


def shared_events(
    session: Session, kinds: Iterable[str], ends: Mapping[str, int]
) -> Iterator[tuple[datetime, Event]]:
    """Events of these kinds up to the given ends of chains, each chain in order.

    Each with the latest moment that its node had told until then (`history.state.Stamp`).
    """
    # What a tally that arrives late was taken back by, or what it rests on, may have come before.
    wanted = SHARED & {*kinds}
    if "tally_made" in kinds:
        wanted |= {"tally_withdrawn", "verification_withdrawn"}
    if not SAMPLED.isdisjoint(kinds):
        wanted |= {"sample_announced"}
    if not CLOSING.isdisjoint(kinds) or "account_created" in kinds:
        wanted |= CLOSING
    if not wanted:
        return
    clock = (
        sql.func.max(col(EventRow.at_utc))
        .over(partition_by=col(EventRow.node), order_by=col(EventRow.seq))
        .label("clock")
    )
    table: Any = EventRow.__table__  # type: ignore[attr-defined]
    every = sql.select(table, clock).subquery()
    query = (
        sql.select(every)
        .where(every.c.kind.in_(sorted(wanted)))
        .order_by(every.c.node, every.c.seq)
        .execution_options(yield_per=500)
    )
    for row in session.connection().execute(query):
        if row.seq <= ends.get(row.node, 0):
            yield row.clock, event_of(cast("EventRow", row))


def removed_here(session: Session, here: str) -> frozenset[str]:
    """Originals that this node, or one in whose place it goes on, removed at whatever time."""
    query = sql.select(col(EventRow.payload)).where(
        col(EventRow.kind) == "originals_removed", col(EventRow.node).in_(line_of(session, here))
    )
    return frozenset(
        photo for payload in session.execute(query).scalars() for photo in payload["photos"]
    )


def line_of(session: Session, here: str) -> frozenset[str]:
    """This node, the one from whose backup it goes on, and so on."""
    query = sql.select(col(EventRow.node), col(EventRow.payload))
    told = session.execute(query.where(col(EventRow.kind) == "backup_restored")).tuples()
    return line(here, {(node, payload["node"]) for node, payload in told if "node" in payload})


def makers_of(session: Session, accounts: Collection[str]) -> dict[str, str]:
    """The node that made each of these accounts; those that nobody made are left out."""
    payload: Any = col(EventRow.payload)
    name = payload["account"].as_string()
    made: dict[str, str] = {}
    for some in batched(sorted(accounts), AT_ONCE):
        query: Any = sql.select(name, col(EventRow.node)).where(
            col(EventRow.kind) == "account_created", name.in_(some)
        )
        made |= dict(session.execute(query).tuples().all())
    return made
