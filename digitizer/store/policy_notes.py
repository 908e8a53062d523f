"""By which thresholds forms are judged and shown: noted in the history whenever they change."""

from dataclasses import asdict
from datetime import datetime

from sqlmodel import Session, col, select

from digitizer.domain.policy import Policy
from digitizer.domain.review import ReviewPolicy
from digitizer.store.events import append_event, lock_chain
from digitizer.store.tables import EventRow


def note_policy(session: Session, policy: Policy, review: ReviewPolicy, now: datetime) -> None:
    """Note what is in force from now on, unless this node noted the same last."""
    node = lock_chain(session)
    payload = {"key": policy.key, "policy": asdict(policy), "review": asdict(review)}
    last = session.exec(
        select(EventRow.payload)
        .where(col(EventRow.node) == node, col(EventRow.kind) == "policy_noted")
        .order_by(col(EventRow.seq).desc())
        .limit(1)
    ).one_or_none()
    if last != payload:
        append_event(session, "policy_noted", payload, "system", now)
