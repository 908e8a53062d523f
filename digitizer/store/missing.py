"""The TPS that are expected and not counted, and how far their forms are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import sqlalchemy as sql
from sqlmodel import Session, col, select

from digitizer.domain.election import Contest, Tps
from digitizer.store.columns import begins_with
from digitizer.store.elections import get_contest, tps_of
from digitizer.store.recap_sums import SUMS
from digitizer.store.recap_tables import DESA_MISSING
from digitizer.store.rounds import counting_contest, rounds_of
from digitizer.store.tables import NodeDisputeRow, SheetRow, TpsRow

MissingState = Literal["disputed", "in_review", "page_missing", "nothing"]
"""Its readers differ; a form of it was read and waits for people; what came of it is verified, but
a page with votes is missing; no form of it was read."""

STATES: Final[Sequence[MissingState]] = get_args(MissingState)
"""Of several forms of a TPS the first of these is told: it is the nearest to do."""

SHEETS: Final[Mapping[str, MissingState]] = {"disputed": "disputed", "verified": "page_missing"}
"""What a sheet says of a TPS that is not counted; in any other state it waits for people."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A TPS that is not counted, and the contest whose form is expected there."""

    tps: Tps
    contest: Contest
    state: MissingState


def missing_tps(
    session: Session, contest: str, wilayah: str = "", *, after: str = "", limit: int
) -> tuple[Missing, ...]:
    """TPS of an area that are not counted in the office of a contest, by code, from one on.

    Looks at desa in which any is missing, so that few are as quickly found as many.

    Raises:
        NotFound: there is no such contest.
    """
    rounds = rounds_of(session, get_contest(session, contest))
    ids = [item.id for item in rounds]
    desa = (
        sql.select(SUMS.c.wilayah)
        .where(
            SUMS.c.contest.in_(ids),
            sql.text(DESA_MISSING),
            SUMS.c.in_force,
            begins_with(SUMS.c.wilayah, wilayah),
            SUMS.c.wilayah >= after[:10],
        )
        .distinct()
        .order_by(SUMS.c.wilayah)
        .limit(limit + 1)
    )
    areas = [row[0] for row in session.connection().execute(desa)]
    code = col(TpsRow.code)
    voting = sql.or_(sql.false(), *(begins_with(code, area) for area in areas))
    counting = counting_contest(rounds, code)
    counted = sql.exists().where(
        SUMS.c.wilayah == code, SUMS.c.contest == counting, SUMS.c.in_force, SUMS.c.counted == 1
    )
    query: Any = (
        sql.select(code, counting)
        .where(voting, code > after, counting.is_not(None), ~counted)
        .order_by(code)
        .limit(limit)
    )
    found = dict(session.exec(query).all())
    states = _states(session, found)
    stations = tps_of(session, tuple(found))
    by_id = {item.id: item for item in rounds}
    return tuple(
        Missing(stations[tps], by_id[last], states.get((last, tps), "nothing"))
        for tps, last in found.items()
    )


def missing_state(session: Session, contest: str, tps: str) -> MissingState | None:
    """Why a TPS is not counted in this round of a contest; None where it is."""
    here = (SUMS.c.contest == contest, SUMS.c.wilayah == tps, SUMS.c.counted == 1)
    if session.connection().execute(sql.select(sql.exists().where(*here))).scalar():
        return None
    return _states(session, {tps: contest}).get((contest, tps), "nothing")


def _states(session: Session, found: dict[str, str]) -> dict[tuple[str, str], MissingState]:
    rows = session.connection().execute(
        sql.select(col(SheetRow.contest), col(SheetRow.tps), col(SheetRow.state)).where(
            col(SheetRow.tps).in_(list(found))
        )
    )
    states: dict[tuple[str, str], MissingState] = dict.fromkeys(
        session.exec(
            select(NodeDisputeRow.contest, NodeDisputeRow.tps).where(
                col(NodeDisputeRow.tps).in_(list(found))
            )
        ),
        "disputed",
    )
    for contest, tps, state in rows:
        here: MissingState = SHEETS.get(state, "in_review")
        states[contest, tps] = min(here, states.get((contest, tps), here), key=STATES.index)
    return states
