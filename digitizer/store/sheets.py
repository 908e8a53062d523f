"""Sheets: the settled state of one form of one TPS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Final, cast

import sqlalchemy as sql
from sqlalchemy import ColumnElement, tuple_
from sqlmodel import Session, col, exists, func, select
from sqlmodel.sql.expression import SelectOfScalar

from digitizer.domain.codec import verdict_from_json, verdict_to_json
from digitizer.domain.verdict import Clear, Doubtful, Verdict
from digitizer.errors import NotFound
from digitizer.store.columns import asked_for
from digitizer.store.events import lock_chain
from digitizer.store.form_readings import Dated
from digitizer.store.other_papers import answered
from digitizer.store.queues import QueueRow, State, queue, queue_counts
from digitizer.store.recap_keeping import refresh_recap
from digitizer.store.remarks import objections
from digitizer.store.review_tables import EscalationRow, WithdrawalRow
from digitizer.store.single_uploads import now_of_sheet, refresh_singles
from digitizer.store.standings import refresh_dispute
from digitizer.store.tables import ContestRow, ReadingRow, SheetRow, TpsRow, VerificationRow
from digitizer.store.tallies import SoFar, latest_version, made_so_far, so_far_of

MOST_VOTERS: Final = 600
"""Votes at stake at a TPS whose DPT is not known: as many as the law lets a TPS have."""

__all__ = [
    "QueueRow",
    "Sheet",
    "State",
    "any_settled_otherwise",
    "drop_sheet",
    "queue",
    "queue_counts",
    "save_sheet",
    "settled_otherwise",
    "sheet",
]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A cache of what `settle` made of the readings; it can be rebuilt from the facts.

    Attributes:
        readings: ids of the readings it was settled from, for `Verification.readings`.
        photos: sha256 of their photos.
        values: JSON values as the reading job settled them.
        version: of the latest tally of the TPS and contest, 0 when there is none.
    """

    contest: str
    tps: str
    form: str
    state: State
    verdict: Verdict
    readings: tuple[str, ...]
    photos: tuple[str, ...]
    values: Mapping[str, object]
    version: int
    at: datetime


def save_sheet(
    session: Session,
    contest: str,
    tps: str,
    form: str,
    verdict: Verdict,
    values_json: Mapping[str, object],
    now: datetime,
    policy: str,
    readings: Sequence[Dated],
) -> None:
    """Keep the settled state of a form, in place of the state before.

    `policy` is the key of the policy it was settled by, `readings` are those it was settled from.

    Raises:
        NotFound: there is no such contest or TPS.
    """
    lock_chain(session)
    asked = {"contest": contest, "tps": tps}
    station = session.connection().execute(_station(), asked).one_or_none()
    if station is None:
        raise NotFound(
            f"the election has no contest {contest!r} or no TPS {tps!r}", "assign the photo again"
        )
    kept = session.get(SheetRow, (contest, tps, form))
    row = kept or SheetRow(
        contest=contest,
        tps=tps,
        form=form,
        state="doubtful",
        verdict={},
        readings=[],
        photos=[],
        body={},
        oldest_at=now,
        settled_at=now,
    )
    row.verdict = verdict_to_json(verdict)
    row.readings = [stored.id for _, stored in readings]
    row.photos = [stored.photo for _, stored in readings]
    row.body = dict(values_json)
    row.oldest_at = min((at for at, _ in readings), default=now)
    row.settled_at = now
    row.policy = policy
    voters = MOST_VOTERS if station[0] is None else station[0]
    row.weight = (1 - cast("float", values_json.get("margin", 1.0))) * voters
    codes = {reason.code for reason in verdict.reasons} if isinstance(verdict, Doubtful) else ()
    row.reasons = f" {' '.join(sorted(codes))} " if codes else ""
    before, row.state = row.state, _state(session, row)
    session.add(row)
    session.flush()
    if kept is None:
        now_of_sheet(session, row.photos, tps)
    # All else that the recap is made of changes with what people confirm, not with what is read.
    if "disputed" in (before, row.state):
        refresh_recap(session, contest, tps)


def refresh_state(session: Session, contest: str, tps: str) -> None:
    """Bring the states of a TPS's sheets, and the recap, up to date after a verification."""
    refresh_states(session, contest, tps)
    refresh_recap(session, contest, tps)


def refresh_states(session: Session, contest: str, tps: str) -> None:
    """Bring the states of a TPS's sheets up to date, and whether nodes or papers differ."""
    refresh_dispute(session, contest, tps)
    for row in _rows(session, contest, tps):
        row.state = _state(session, row)
        session.add(row)
    session.flush()


def drop_sheet(session: Session, contest: str, tps: str, form: str) -> None:
    """Forget the cached state of a form to which no photo belongs any more."""
    if (row := session.get(SheetRow, (contest, tps, form))) is not None:
        session.delete(row)
        for photo in row.photos:
            refresh_singles(session, photo)
        refresh_recap(session, contest, tps)


def sheet(session: Session, contest: str, tps: str, form: str) -> Sheet | None:
    """The settled state of one form, or None when no photo of it was settled."""
    row = session.get(SheetRow, (contest, tps, form))
    return sheet_of_row(session, row) if row is not None else None


def state_of_sheet(session: Session, contest: str, tps: str, form: str) -> State | None:
    """The state of one form alone; None when no photo of it was settled."""
    asked = {"contest": contest, "tps": tps, "form": form}
    return cast("State | None", session.exec(_states(), params=asked).one_or_none())


@cache
def _states() -> SelectOfScalar[str]:
    contest, tps, form = map(asked_for, ("contest", "tps", "form"))
    return select(SheetRow.state).where(
        col(SheetRow.contest) == contest, col(SheetRow.tps) == tps, col(SheetRow.form) == form
    )


def is_still(session: Session, known: Sheet) -> bool:
    """Whether a sheet is as it was: not settled anew, confirmed, disputed or handed on since.

    Asks nothing of the version: who confirms says which one they saw.
    """
    row = session.get(SheetRow, (known.contest, known.tps, known.form))
    return (
        row is not None
        and (row.settled_at, row.state) == (known.at, known.state)
        and tuple(row.readings) == known.readings
    )


def sheets_of(session: Session, contest: str, tps: str) -> tuple[Sheet, ...]:
    """Every form of a contest of which a photo was settled for a TPS, by form."""
    return tuple(sheet_of_row(session, row) for row in _rows(session, contest, tps))


def settled_otherwise(
    session: Session, policy: str, *, limit: int
) -> tuple[tuple[str, str, str], ...]:
    """Contest, TPS and form of sheets that were settled by another policy than this one."""
    query = (
        select(SheetRow.contest, SheetRow.tps, SheetRow.form)
        .where(col(SheetRow.policy) != policy)
        .order_by(col(SheetRow.contest), col(SheetRow.tps), col(SheetRow.form))
        .limit(limit)
    )
    return tuple((contest, tps, form) for contest, tps, form in session.exec(query))


def any_settled_otherwise(session: Session, policy: str) -> bool:
    """Whether there is any such sheet: two ranges of an index, where "not this one" reads all."""
    before = exists().where(col(SheetRow.policy) < policy)
    behind = exists().where(col(SheetRow.policy) > policy)
    return any(session.exec(select(before, behind)).one())


def _state(session: Session, row: SheetRow) -> State:
    """What the facts say: verdict, then what people confirmed, then what came after."""
    verifications = verifications_of(session, row)
    known, handed_on = _so_far(session, row)
    open_ = [v for v in verifications if v.version > known.made]
    if open_ and known.papers:
        # Whoever decided from another paper answered what was read of this one.
        settled = answered(session, row.contest, row.tps, row.form)
        open_ = [v for v in open_ if v.id not in settled]
    # Before all else: while readers differ no tally counts, whatever came in since.
    if any(v.id in known.between for v in verifications) or any(
        v.outcome == "disputed" for v in open_[-1:]
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
    if any(said.at > last.at for said in objections(session, row.tps, row.photos)):
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


@cache
def _station() -> sql.Select[Any]:
    contest, tps = map(asked_for, ("contest", "tps"))
    known = exists().where(col(ContestRow.id) == contest)
    return sql.select(col(TpsRow.registered)).where(col(TpsRow.code) == tps, known)


def verifications_of(session: Session, row: SheetRow) -> Sequence[VerificationRow]:
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
        .order_by(col(VerificationRow.version), col(VerificationRow.at), col(VerificationRow.id))
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


def _rows(session: Session, contest: str, tps: str) -> Sequence[SheetRow]:
    return session.exec(_of_place(), params={"contest": contest, "tps": tps}).all()


@cache
def _of_place() -> SelectOfScalar[SheetRow]:
    contest, tps = map(asked_for, ("contest", "tps"))
    query = select(SheetRow).where(col(SheetRow.contest) == contest, col(SheetRow.tps) == tps)
    return query.order_by(col(SheetRow.form))


def sheet_of_row(session: Session, row: SheetRow) -> Sheet:
    """The sheet that a row holds."""
    return Sheet(
        contest=row.contest,
        tps=row.tps,
        form=row.form,
        state=cast("State", row.state),
        verdict=verdict_from_json(row.verdict),
        readings=tuple(row.readings),
        photos=tuple(row.photos),
        values=MappingProxyType(row.body),
        version=latest_version(session, row.contest, row.tps),
        at=row.settled_at,
    )
