"""How reviewers work: time, corrections, and what they find when something is wrong."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import Any, Final

import sqlalchemy as sql
from sqlmodel import Session, col, func, select

from digitizer.store.account_tables import AccountRow
from digitizer.store.columns import Json, asked_for
from digitizer.store.review_tables import SeededCheckRow, WithdrawalRow
from digitizer.store.sheet_states import stands
from digitizer.store.tables import VerificationRow

LATEST: Final = 100
"""Time and corrections are of so many of the latest forms of each reviewer: how they work now."""

PER_PAGE: Final = 50
"""So many reviewers are told at a time."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One reviewer.

    Attributes:
        forms: verifications that stand.
        seconds: median for a form, None without any.
        shown, corrected: numbers that were shown with a value, and those entered otherwise.
        checks, caught: seeded checks answered, and those whose change was found.
    """

    username: str
    forms: int
    seconds: float | None
    shown: int
    corrected: int
    checks: int
    caught: int


def reviewer_figures(session: Session, *, page: int = 1) -> tuple[tuple[Figures, ...], bool]:
    """Who has confirmed a form or answered a check, by username, and whether more pages follow."""
    forms = _forms(session)
    checks: dict[str, list[bool]] = defaultdict(list)
    for account, caught in session.exec(select(SeededCheckRow.account, SeededCheckRow.caught)):
        checks[account].append(caught)
    told = [name for name in forms.keys() | checks.keys() if forms[name] or checks[name]]
    names = select(AccountRow.id, AccountRow.username).where(col(AccountRow.id).in_(told))
    start = PER_PAGE * (page - 1)
    query = names.order_by(col(AccountRow.username)).offset(start).limit(PER_PAGE)
    found = tuple(
        _figures(username, forms[name], _latest(session, name), checks[name])
        for name, username in session.exec(query).all()
    )
    return found, start + PER_PAGE < len(told)


def _forms(session: Session) -> Counter[str]:
    """How many verifications of each account stand; few are ever taken back."""
    counted: Any = select(VerificationRow.reviewer, func.count()).group_by(
        col(VerificationRow.reviewer)
    )
    # Not as a join: SQLite would then look each of a million up in the few.
    taken_back = select(WithdrawalRow.verification)
    withdrawn = counted.where(col(VerificationRow.id).in_(taken_back))
    forms = Counter(dict(session.exec(counted).all()))
    forms.subtract(dict(session.exec(withdrawn).all()))
    return forms


def _latest(session: Session, reviewer: str) -> Sequence[Json]:
    return session.connection().execute(_latest_of(), {"reviewer": reviewer}).scalars().all()


@cache
def _latest_of() -> Any:  # noqa: ANN401  # a column of JSON
    return (
        sql.select(col(VerificationRow.body))
        .where(col(VerificationRow.reviewer) == asked_for("reviewer"), stands())
        .order_by(col(VerificationRow.at).desc())
        .limit(LATEST)
    )


def _figures(username: str, forms: int, latest: Sequence[Json], checks: list[bool]) -> Figures:
    shown = [
        field
        for body in latest
        for field in body["fields"].values()
        if field["shown"] is not None and "?" not in field["shown"]
    ]
    return Figures(
        username=username,
        forms=forms,
        seconds=median(body["seconds"] for body in latest) if latest else None,
        shown=len(shown),
        corrected=sum(field["shown"] != field["as_written"] for field in shown),
        checks=len(checks),
        caught=sum(checks),
    )
