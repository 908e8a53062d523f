"""Forms that a reviewer handed on to a supervisor, with the reason: skipping leaves a trace."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from digitizer.errors import Conflict
from digitizer.store.events import append_event, lock_chain
from digitizer.store.review_tables import EscalationRow
from digitizer.store.sheets import refresh_state, sheet
from digitizer.store.tallies import latest_version, so_far


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who handed a form on, why and when."""

    account: str
    reason: str
    at: datetime


def escalate(
    session: Session,
    contest: str,
    tps: str,
    form: str,
    *,
    account: str,
    reason: str,
    now: datetime,
    expected_version: int,
) -> None:
    """Hand a form on to a supervisor; the same account handing it on again changes nothing.

    Raises:
        Conflict: someone verified this TPS and contest meanwhile, or no photo of it is left.
    """
    lock_chain(session)
    version = latest_version(session, contest, tps)
    if version != expected_version:
        raise Conflict(
            f"this TPS was verified meanwhile: version {version}, opened at {expected_version}",
            "open the form again; what was typed is kept",
        )
    if sheet(session, contest, tps, form) is None:
        raise Conflict(
            f"no photo of form {form} is left at TPS {tps}", "take the next form in the queue"
        )
    known = escalations(session, contest, tps, form)
    if any(item.account == account for item in known):
        return
    place = {"contest": contest, "tps": tps, "form": form, "version": version + 1}
    row = EscalationRow(
        contest=contest, tps=tps, form=form, version=version + 1,
        account=account, reason=reason, at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    # The reason stays out of the history, which can never be deleted: it may name people.
    append_event(session, "form_escalated", {**place, "escalation": row.id}, account, now)
    refresh_state(session, contest, tps)


def escalations(session: Session, contest: str, tps: str, form: str) -> Sequence[Escalation]:
    """Who handed a form on since its latest tally, oldest first."""
    made = so_far(session, contest, tps, form).made
    query = (
        select(EscalationRow)
        .where(
            col(EscalationRow.contest) == contest,
            col(EscalationRow.tps) == tps,
            col(EscalationRow.form) == form,
            col(EscalationRow.version) > made,
        )
        .order_by(col(EscalationRow.at), col(EscalationRow.id))
    )
    return [Escalation(row.account, row.reason, row.at) for row in session.exec(query)]
