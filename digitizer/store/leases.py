"""Leases: a form is open to one reviewer at a time, for some minutes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Delete, and_
from sqlmodel import Session, col, delete, exists, select
from sqlmodel.sql.expression import Select

from digitizer.errors import Conflict, NotFound
from digitizer.store.columns import asked_for
from digitizer.store.events import append_event, lock_chain
from digitizer.store.form_readings import uploaders
from digitizer.store.queues import State
from digitizer.store.review_tables import LeaseRow
from digitizer.store.tables import SheetRow
from digitizer.store.verifications import other_senders

MINUTES: Final = 3
"""How long a form stays with whoever opened it or typed in it last."""

RENEWED_S: Final = 120
"""With less time than this left, opening a form again makes its lease a new one."""


@dataclass(frozen=True, slots=True)
class Lease:
    """One form in one pair of hands."""

    contest: str
    tps: str
    form: str
    account: str
    until: datetime

    def lasts(self, account: str, now: datetime) -> bool:
        """Whether it is this account's, and will be for a while."""
        return self.account == account and (self.until - now).total_seconds() >= RENEWED_S


def take_lease(
    session: Session,
    contest: str,
    tps: str,
    form: str,
    *,
    account: str,
    now: datetime,
    only_in: Collection[State] | None = None,
) -> Lease:
    """Give a form to an account for `MINUTES`, or for as many more when it has it already.

    That it was opened is an event; that it is kept open is none. `only_in` are the states in which
    it may be given; None for all.

    Raises:
        NotFound: there is no such form.
        Conflict: another account has it, or this one sent a photo of it, or of a paper in dispute
            with it, and would only keep it from others; or its state is none of those.
    """
    lock_chain(session)
    asked = {"contest": contest, "tps": tps, "form": form}
    found = session.exec(_state_and_lease(), params=asked).one_or_none()
    if found is None:
        raise NotFound(
            f"no photo of {form} of TPS {tps} was read for {contest}", "open a form from the queue"
        )
    state, held = found
    if only_in is not None and state not in only_in:
        raise Conflict(f"this form is {state} by now", "take the next form")
    senders = uploaders(session, contest, tps, form)
    if state == "disputed":
        senders |= other_senders(session, contest, tps, form)
    if account in senders:
        raise Conflict(
            "a photo of this form, or of another paper that it differs from, was uploaded by the"
            " account that wants to have it open",
            "leave it to another reviewer",
            code="own_upload",
        )
    if held is not None and held.account != account and held.until > now:
        raise Conflict(
            f"this form is open elsewhere until {held.until.isoformat()}",
            "take the next form; this one comes back when it is left",
            code="leased",
        )
    has_it = held is not None and held.account == account and held.until > now
    row = held or LeaseRow(contest=contest, tps=tps, form=form, account=account, until=now)
    row.account, row.until = account, now + timedelta(minutes=MINUTES)
    session.add(row)
    session.flush()
    if not has_it:
        place = {"contest": contest, "tps": tps, "form": form}
        append_event(session, "form_opened", place, account, now)
    return _lease(row)


@cache
def _state_and_lease() -> Select[str, LeaseRow | None]:
    contest, tps, form = map(asked_for, ("contest", "tps", "form"))
    same = and_(
        col(LeaseRow.contest) == col(SheetRow.contest),
        col(LeaseRow.tps) == col(SheetRow.tps),
        col(LeaseRow.form) == col(SheetRow.form),
    )
    query: Any = select(SheetRow.state, LeaseRow).join(LeaseRow, same, isouter=True)
    found: Select[str, LeaseRow | None] = query.where(
        col(SheetRow.contest) == contest, col(SheetRow.tps) == tps, col(SheetRow.form) == form
    )
    return found


def drop_lease(
    session: Session, contest: str, tps: str, form: str, *, account: str, now: datetime
) -> None:
    """Give a form back; one that another account has stays with it."""
    lock_chain(session)  # first, as whoever takes a form: two who wait for each other both fail
    place = {"contest": contest, "tps": tps, "form": form}
    if session.exec(_leaving(), params={**place, "account": account}).rowcount:
        append_event(session, "form_left", place, account, now)


@cache
def _leaving() -> Delete:
    contest, tps, form, account = map(asked_for, ("contest", "tps", "form", "account"))
    return delete(LeaseRow).where(
        col(LeaseRow.contest) == contest,
        col(LeaseRow.tps) == tps,
        col(LeaseRow.form) == form,
        col(LeaseRow.account) == account,
    )


def lease_of(session: Session, contest: str, tps: str, form: str, now: datetime) -> Lease | None:
    """Who has a form now, if anybody."""
    held = session.get(LeaseRow, (contest, tps, form))
    return _lease(held) if held is not None and held.until > now else None


def leased_to_others(
    account: ColumnElement[str], now: ColumnElement[datetime]
) -> ColumnElement[bool]:
    """Whether another account has the form of a row of `sheet`."""
    return exists().where(
        col(LeaseRow.contest) == col(SheetRow.contest),
        col(LeaseRow.tps) == col(SheetRow.tps),
        col(LeaseRow.form) == col(SheetRow.form),
        col(LeaseRow.account) != account,
        col(LeaseRow.until) > now,
    )


def _lease(row: LeaseRow) -> Lease:
    return Lease(row.contest, row.tps, row.form, row.account, row.until)
