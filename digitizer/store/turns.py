"""Which form a reviewer is given next."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import count, islice
from typing import Any, Final

import sqlalchemy as sql
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, exists, func

from digitizer.errors import Conflict, NotFound
from digitizer.store.columns import UtcDateTime, asked_for
from digitizer.store.events import lock_chain
from digitizer.store.form_readings import uploaders
from digitizer.store.leases import leased_to_others, take_lease
from digitizer.store.queues import State
from digitizer.store.sheet_states import stands
from digitizer.store.tables import SheetRow, TallyRecord, VerificationRow
from digitizer.store.verifications import disputants

REVIEWED: tuple[State, ...] = ("doubtful", "new_photo", "remarked", "needs_reader", "clear")
"""States in which a reviewer may take a form, in the order they are handed out."""

SUPERVISED: tuple[State, ...] = ("disputed", "escalated", *REVIEWED)
"""The same for a supervisor."""

AT_ONCE: Final = 20
"""So many of each state are asked for together: few forms hold a reviewer's own photos."""

FormPlace = tuple[str, str, str]
"""Contest, TPS and form: what has a lease and a page on the desk."""


def take_next(
    session: Session, reviewer: str, now: datetime, *, supervises: bool = False
) -> FormPlace | None:
    """Give an account the first form that it may review, for as long as a lease lasts.

    Two who ask in the same moment are given two forms. None when there is nothing for this one.
    """
    lock_chain(session)
    waiting = _waiting(session, reviewer, now, supervises=supervises)
    return _take_one(session, waiting, reviewer, now)


def waiting_places(
    session: Session,
    reviewer: str,
    now: datetime,
    *,
    but: FormPlace | None = None,
    supervises: bool = False,
) -> tuple[FormPlace, ...]:
    """Some of the forms that `take_next` would try, in its order, without one, and without taking
    any: to be looked up before others must wait, for `take_first`.
    """
    waiting = _waiting(session, reviewer, now, supervises=supervises)
    return tuple(islice((place for place in waiting if place != but), AT_ONCE))


def take_first(
    session: Session,
    places: Sequence[FormPlace],
    reviewer: str,
    now: datetime,
    *,
    supervises: bool = False,
) -> FormPlace | None:
    """Give an account the first of these forms that still waits, as `take_next` does.

    When none of them does any more, the first of all that do now.
    """
    if not places:
        return None
    lock_chain(session)
    taken = _take_one(session, places, reviewer, now, SUPERVISED if supervises else REVIEWED)
    return taken or take_next(session, reviewer, now, supervises=supervises)


def _take_one(
    session: Session,
    places: Iterable[FormPlace],
    reviewer: str,
    now: datetime,
    states: Collection[State] | None = None,
) -> FormPlace | None:
    for place in places:
        try:
            take_lease(session, *place, account=reviewer, now=now, only_in=states)
        except (Conflict, NotFound):
            # They sent a photo of it or of the paper it is in dispute with, somebody else has it or
            # read it since, or its photos went.
            continue
        return place
    return None


def next_places(
    session: Session, reviewer: str, now: datetime, *, supervises: bool = False, limit: int = 1
) -> tuple[FormPlace, ...]:
    """The first forms this account may review, without taking any.

    No photo of it is theirs, nor an earlier reading, and nobody else has it open. Within a state
    those come first where doubt times votes at stake is most.
    """
    waiting = _waiting(session, reviewer, now, supervises=supervises)
    fit = (place for place in waiting if reviewer not in uploaders(session, *place))
    return tuple(islice(fit, limit))


def _waiting(
    session: Session, reviewer: str, now: datetime, *, supervises: bool
) -> Iterator[FormPlace]:
    """Forms that wait and that neither was read by this account nor is open to another.

    A disputed one is not theirs either where the dispute is about another paper that they read or
    sent.
    """
    states = SUPERVISED if supervises else REVIEWED
    query = _first_of_each(states)
    for past in count(0, AT_ONCE):
        asked = {"reviewer": reviewer, "now": now, "past": past}
        found = session.connection().execute(query, asked).all()
        if not found:
            return
        yield from (
            (contest, tps, form)
            for turn, contest, tps, form in found
            if states[turn] != "disputed" or reviewer not in disputants(session, contest, tps, form)
        )


@cache
def _first_of_each(states: tuple[State, ...]) -> sql.Select[Any]:
    """Some of each state in their order, by its index, since there may be thousands."""
    asked, now = asked_for("reviewer"), sql.bindparam("now", type_=UtcDateTime())
    past = sql.bindparam("past", type_=sql.Integer())
    order = (
        col(SheetRow.weight).desc(),
        col(SheetRow.oldest_at),
        col(SheetRow.tps),
        col(SheetRow.form),
    )
    places = [
        sql.select(
            sql.literal_column(str(turn), sql.Integer()).label("turn"),
            *(col(SheetRow.contest), col(SheetRow.tps), col(SheetRow.form)),
            *(col(SheetRow.weight), col(SheetRow.oldest_at)),
        )
        .where(col(SheetRow.state) == state, ~leased_to_others(asked, now), ~_read_by(asked))
        .order_by(*order)
        .limit(AT_ONCE)
        .offset(past)
        .subquery()
        for turn, state in enumerate(states)
    ]
    found = sql.union_all(*(sql.select(place) for place in places)).subquery().c
    return sql.select(found.turn, found.contest, found.tps, found.form).order_by(
        found.turn, found.weight.desc(), found.oldest_at, found.tps, found.form
    )


def _read_by(reviewer: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether an account's reading of the form of a row waits for another reader."""
    made = (
        sql.select(func.coalesce(func.max(TallyRecord.version), 0))
        .where(
            col(TallyRecord.contest) == col(SheetRow.contest),
            col(TallyRecord.tps) == col(SheetRow.tps),
            col(TallyRecord.form) == col(SheetRow.form),
        )
        .correlate(SheetRow)
        .scalar_subquery()
    )
    return exists().where(
        col(VerificationRow.contest) == col(SheetRow.contest),
        col(VerificationRow.tps) == col(SheetRow.tps),
        col(VerificationRow.form) == col(SheetRow.form),
        # Not the bare column: SQLite would go through all that the reviewer ever read, for each.
        col(VerificationRow.reviewer).concat("") == reviewer,
        col(VerificationRow.version) > made,
        stands(),
    )
