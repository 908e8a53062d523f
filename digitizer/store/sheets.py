"""Sheets: the settled state of one form of one TPS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Final, cast

import sqlalchemy as sql
from sqlmodel import Session, col, exists, select
from sqlmodel.sql.expression import SelectOfScalar

from digitizer.domain.codec import verdict_from_json, verdict_to_json
from digitizer.domain.verdict import Doubtful, Verdict
from digitizer.errors import NotFound
from digitizer.store.columns import asked_for
from digitizer.store.events import lock_chain
from digitizer.store.form_readings import Dated
from digitizer.store.queues import QueueRow, State, queue, queue_counts
from digitizer.store.recap_keeping import refresh_recap
from digitizer.store.sheet_states import state_of
from digitizer.store.single_uploads import now_of_sheet, refresh_singles
from digitizer.store.standings import refresh_dispute
from digitizer.store.tables import ContestRow, SheetRow, TpsRow
from digitizer.store.tallies import latest_version

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
    before, row.state = row.state, state_of(session, row)
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
        row.state = state_of(session, row)
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


@cache
def _station() -> sql.Select[Any]:
    contest, tps = map(asked_for, ("contest", "tps"))
    known = exists().where(col(ContestRow.id) == contest)
    return sql.select(col(TpsRow.registered)).where(col(TpsRow.code) == tps, known)


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
