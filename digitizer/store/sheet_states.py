"""Where a sheet stands: what the machine said of it, what people confirmed, what came after."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sql
from sqlalchemy import ColumnElement, tuple_
from sqlmodel import Session, col, exists, func, select
from sqlmodel.sql.expression import SelectOfScalar

from digitizer.domain.codec import verdict_from_json
from digitizer.domain.verdict import Clear
from digitizer.store.columns import asked_for
from digitizer.store.other_papers import IN_ORDER, answered
from digitizer.store.queues import State
from digitizer.store.remarks import Remark, objections
from digitizer.store.review_tables import EscalationRow, WithdrawalRow
from digitizer.store.tables import ReadingRow, SheetRow, VerificationRow
from digitizer.store.tallies import SoFar, made_so_far, so_far_of


def state_of(session: Session, row: SheetRow) -> State:
    """What the facts say: verdict, then what people confirmed, then what came after."""
    verifications = _verifications(session, row)
    known, handed_on = _so_far(session, row)
    open_ = [v for v in verifications if v.version > known.made]
    if open_ and known.papers:
        # Whoever decided from another paper answered what was read of this one.
        settled = answered(session, row.contest, row.tps, row.form)
        open_ = [v for v in open_ if v.id not in settled]
    # Before all else: while readers differ no tally counts, whatever came in since.
    if any(v.id in known.between for v in verifications) or any(
        # Whichever: which of them came last no two clocks agree on.
        v.outcome == "disputed"
        for v in open_
    ):
        return "disputed"
    if handed_on and not any(item.at > handed_on for item in verifications):
        return "escalated"
    if not verifications:
        return "clear" if isinstance(verdict_from_json(row.verdict), Clear) else "doubtful"
    last = verifications[-1]
    seen = {
        reading
        for item in verifications
        if item.version == last.version
        for reading in item.body["readings"]
    }
    if _unseen(session, row.readings, seen):
        return "new_photo"
    if _unanswered(session, row, verifications):
        return "remarked"
    return "needs_reader" if open_ else "verified"


def _unseen(session: Session, readings: Sequence[str], seen: set[str]) -> bool:
    """Whether somebody has yet to look at one of these readings.

    Two nodes that read the same photo have one each: whoever saw one of them saw the other.
    """
    new = set(readings) - seen
    if not new:
        return False
    alike = tuple_(col(ReadingRow.photo), col(ReadingRow.model), col(ReadingRow.form_version))
    known = select(ReadingRow.photo, ReadingRow.model, ReadingRow.form_version).where(
        col(ReadingRow.id).in_(seen)
    )
    query: Any = select(ReadingRow.id).where(col(ReadingRow.id).in_(new), alike.in_(known))
    return bool(new - set(session.exec(query)))


def _unanswered(session: Session, row: SheetRow, verifications: Sequence[VerificationRow]) -> bool:
    """Whether a sender objects, and nobody has confirmed the form with that before them."""
    said = objections(session, row.tps, row.photos)
    return any(not any(_had(item, one) for item in verifications) for one in said)


def _had(item: VerificationRow, said: Remark) -> bool:
    """Whether a verification was given with an objection before its reader.

    It says so itself, since no clock does: of two nodes either may be ahead, and on one an
    objection may wait while somebody confirms who began later. Only the oldest do not say.
    """
    named: Sequence[str] | None = item.body.get("objections")
    return said.at <= item.at if named is None else said.id in named


def _verifications(session: Session, row: SheetRow) -> Sequence[VerificationRow]:
    """Every verification of a sheet that stands, oldest first."""
    asked = {"contest": row.contest, "tps": row.tps, "form": row.form}
    return session.exec(_standing(), params=asked).all()


@cache
def _standing() -> SelectOfScalar[VerificationRow]:
    contest, tps, form = map(asked_for, ("contest", "tps", "form"))
    return (
        select(VerificationRow)
        .where(
            col(VerificationRow.contest) == contest,
            col(VerificationRow.tps) == tps,
            col(VerificationRow.form) == form,
            stands(),
        )
        .order_by(*IN_ORDER)
    )


def stands() -> ColumnElement[bool]:
    """Whether a verification was not taken back."""
    return ~exists().where(col(WithdrawalRow.verification) == col(VerificationRow.id))


def _so_far(session: Session, row: SheetRow) -> tuple[SoFar, datetime | None]:
    """`tallies.so_far`, and when a form was handed on to a supervisor last, if it was since its
    latest tally.
    """
    asked = {"contest": row.contest, "tps": row.tps, "form": row.form}
    found = session.connection().execute(_made_and_handed_on(), asked).one()
    return so_far_of(found), found[-1]


@cache
def _made_and_handed_on() -> sql.Select[Any]:
    contest, tps, form = map(asked_for, ("contest", "tps", "form"))
    version, made, *others = made_so_far()
    handed_on = select(func.max(EscalationRow.at)).where(
        col(EscalationRow.contest) == contest,
        col(EscalationRow.tps) == tps,
        col(EscalationRow.form) == form,
        col(EscalationRow.version) > func.coalesce(made, 0),
    )
    return sql.select(version, made, *others, handed_on.scalar_subquery())
