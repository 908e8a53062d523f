"""How reviewers work: time, corrections, and what they find when something is wrong."""

from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from sqlmodel import Session, col, select

from digitizer.store.accounts import list_accounts
from digitizer.store.review_tables import SeededCheckRow
from digitizer.store.sheets import stands
from digitizer.store.tables import VerificationRow


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


def reviewer_figures(session: Session) -> tuple[Figures, ...]:
    """Everybody who has confirmed a form or answered a check, by username."""
    read: dict[str, list[VerificationRow]] = defaultdict(list)
    for row in session.exec(select(VerificationRow).where(stands())):
        read[row.reviewer].append(row)
    checks: dict[str, list[bool]] = defaultdict(list)
    for account, caught in session.exec(
        select(SeededCheckRow.account, SeededCheckRow.caught).order_by(col(SeededCheckRow.at))
    ):
        checks[account].append(caught)
    return tuple(
        _figures(account.username, read[account.id], checks[account.id])
        for account in list_accounts(session)
        if read[account.id] or checks[account.id]
    )


def _figures(username: str, rows: list[VerificationRow], checks: list[bool]) -> Figures:
    shown = [
        field
        for row in rows
        for field in row.body["fields"].values()
        if field["shown"] is not None and "?" not in field["shown"]
    ]
    return Figures(
        username=username,
        forms=len(rows),
        seconds=median(row.body["seconds"] for row in rows) if rows else None,
        shown=len(shown),
        corrected=sum(field["shown"] != field["as_written"] for field in shown),
        checks=len(checks),
        caught=sum(checks),
    )
