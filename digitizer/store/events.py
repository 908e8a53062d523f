"""The append-only history: every event sealed into the chain of its node."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from digitizer.domain.event import Event, EventKind


@dataclass(frozen=True, slots=True)
class ChainFault:
    """One place where a chain does not hold."""

    node: str
    seq: int
    fault: str


def lock_chain(session: Session) -> str:
    """Make other writers wait until this transaction ends; returns this node's id.

    Raises:
        StoreError: the database has no node yet.
    """
    raise NotImplementedError


def append_event(
    session: Session, kind: EventKind, payload: Mapping[str, object], actor: str, now: datetime
) -> Event:
    """Append one event to this node's chain; `actor` is an account id or "system"."""
    raise NotImplementedError


def list_events(
    session: Session, *, kind: EventKind | None = None, limit: int | None = None
) -> tuple[Event, ...]:
    """Events oldest first, of one kind or of all."""
    raise NotImplementedError


def head(session: Session) -> str:
    """Hash of the sorted (node, seq, hash) list of every chain's last event, in hex."""
    raise NotImplementedError


def verify_chain(session: Session) -> tuple[ChainFault, ...]:
    """Recompute every hash of every chain; empty when all hold."""
    raise NotImplementedError
