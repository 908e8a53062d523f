"""Seeded checks in a table of their own: no answer to one is a verification, or can become one."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

import sqlalchemy as sql
from sqlmodel import Session, col, func, select

from digitizer.domain.review import drawn
from digitizer.domain.seeding import Seeded, seeded
from digitizer.store.columns import asked_for
from digitizer.store.events import append_event, lock_chain
from digitizer.store.form_readings import uploaders
from digitizer.store.other_papers import confirmed_on
from digitizer.store.review_tables import SeededCheckRow
from digitizer.store.tables import SheetRow, VerificationRow
from digitizer.store.tallies import tallies_of

NEAR: Final = 4
"""Forms are fetched ahead, so that a check may be answered so many forms later."""

CANDIDATES: Final = 200


@dataclass(frozen=True, slots=True)
class Check:
    """One form already verified, as it is shown once more to one person."""

    showing: str
    contest: str
    tps: str
    form: str
    version: int
    seeded: Seeded


def showing_token(seed: str, account: str, number: int) -> str:
    """What every address of a form carries: of a check it says that it is one, to us alone."""
    return hashlib.sha256(f"{seed}\n{account}\n{number}".encode()).hexdigest()[:16]


def showings(session: Session, account: str) -> int:
    """How many forms this person has dealt with, checks among them."""
    return session.connection().execute(_showings(), {"account": account}).scalar_one()


@cache
def _showings() -> sql.Select[int]:
    account = asked_for("account")
    read = select(func.count()).where(col(VerificationRow.reviewer) == account)
    checked = select(func.count()).where(col(SeededCheckRow.account) == account)
    return sql.select(read.scalar_subquery() + checked.scalar_subquery())


def next_check(
    session: Session, seed: str, share: float, account: str, number: int
) -> tuple[str, str, str] | None:
    """Contest, TPS and form of the check that is this person's showing of that number, if any."""
    token = showing_token(seed, account, number)
    if not drawn(seed, f"check {token}", share):
        return None
    rows = session.exec(
        select(SheetRow.contest, SheetRow.tps, SheetRow.form)
        .where(col(SheetRow.state) == "verified")
        .order_by(col(SheetRow.settled_at).desc())
        .limit(CANDIDATES)
    ).all()
    ranked = sorted(rows, key=lambda place: hashlib.sha256(f"{token}{place}".encode()).digest())
    fit = (place for place in ranked if account not in uploaders(session, *place))
    # Else what is handed out as a check would be opened as the form itself.
    return next((place for place in fit if _check_on(session, place, token) is not None), None)


def check_of(
    session: Session, seed: str, share: float, account: str, place: tuple[str, str, str], token: str
) -> Check | None:
    """The check that an address means, when it means one."""
    if not drawn(seed, f"check {token}", share):
        return None
    done = showings(session, account)
    near = range(max(0, done - NEAR), done + NEAR)
    if token not in {showing_token(seed, account, number) for number in near}:
        return None
    return _check_on(session, place, token)


def _check_on(session: Session, place: tuple[str, str, str], token: str) -> Check | None:
    """The check that a verified form makes.

    None where the latest tally is of another paper, or no number of this one has a digit.
    """
    tallies = tallies_of(session, *place[:2])
    if not tallies or tallies[-1].form != place[2]:
        return None
    made = seeded(confirmed_on(session, tallies[-1])[place[2]], token)
    if made is None:
        return None
    return Check(token, *place, tallies[-1].version, made)


def save_answer(
    session: Session, check: Check, *, account: str, answer: str, seconds: float, now: datetime
) -> None:
    """Keep what somebody made of a check.

    A check is answered once: sent again, or after it was taken back, it changes nothing.
    """
    lock_chain(session)
    if answered(session, check.showing, account):
        return
    row = SeededCheckRow(
        showing=check.showing,
        account=account,
        contest=check.contest,
        tps=check.tps,
        form=check.form,
        version=check.version,
        field=check.seeded.field,
        shown=check.seeded.shown[check.seeded.field],
        truth=check.seeded.truth,
        answer=answer,
        caught=answer != check.seeded.shown[check.seeded.field],
        seconds=seconds,
        at=now,
    )
    session.add(row)
    session.flush()
    fact = row.model_dump(exclude={"id", "account", "at"})
    append_event(session, "check_answered", {"check": row.id, **fact}, account, now)


def answered(session: Session, showing: str, account: str) -> bool:
    """Whether this person answered this check."""
    query = select(SeededCheckRow.id).where(
        col(SeededCheckRow.showing) == showing, col(SeededCheckRow.account) == account
    )
    return session.exec(query.limit(1)).first() is not None
