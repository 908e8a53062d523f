"""By which thresholds forms are judged and shown: noted in the history whenever they change."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from digitizer.domain.policy import Policy
from digitizer.domain.review import ReviewPolicy
from digitizer.store.events import append_event, lock_chain
from digitizer.store.tables import EventRow, NodeRow


def note_policy(session: Session, policy: Policy, review: ReviewPolicy, now: datetime) -> None:
    """Note what is in force from now on, unless this node noted the same last."""
    lock_chain(session)
    payload = {"key": policy.key, "policy": asdict(policy), "review": asdict(review)}
    if _noted(session) != payload:
        append_event(session, "policy_noted", payload, "system", now)


def policy_in_force(session: Session) -> str | None:
    """Key of the policy that the web noted last; None before it ever ran."""
    noted = _noted(session)
    return None if noted is None else str(noted["key"])


def _noted(session: Session) -> Mapping[str, Any] | None:
    here = select(NodeRow.id).where(col(NodeRow.here)).scalar_subquery()
    return session.exec(
        select(EventRow.payload)
        .where(col(EventRow.node) == here, col(EventRow.kind) == "policy_noted")
        .order_by(col(EventRow.seq).desc())
        .limit(1)
    ).one_or_none()
