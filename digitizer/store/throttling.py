"""Guessing passwords is slow: whoever failed several times waits, longer every time.

NIST SP 800-63B, section 5.2.2 asks for a limit on failed attempts and suggests waiting times that
grow. They hold for one name from one address, so that nobody locks others out by failing in their
name; wide limits for a name and for an address alone stop guessing from many places and at many
names.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, delete, func, select

from digitizer.store.account_tables import LoginFailureRow
from digitizer.store.accounts import username_of

WINDOW: Final = timedelta(hours=1)
KEPT: Final = timedelta(days=30)

FREE: Final = 5
"""Failures of a name from an address that cost nothing."""

FIRST_WAIT: Final = timedelta(seconds=10)
LONGEST_WAIT: Final = timedelta(minutes=15)
"""The wait after the first failure beyond; it doubles with each until the longest."""

MOST_OF_A_NAME: Final = 60
MOST_OF_AN_ADDRESS: Final = 200
"""Failures of a name from anywhere, and from an address in any name (an office may share one)."""


def wait_needed(session: Session, username: str, address: str, now: datetime) -> timedelta:
    """How long this name from this address must wait before it may try again; zero if it may."""
    of_name = col(LoginFailureRow.username) == username_of(username)
    of_address = col(LoginFailureRow.address) == address
    count, latest = _failures(session, now, of_name, of_address)
    if count >= FREE and latest is not None:
        growth = FIRST_WAIT * (1 << min(count - FREE, 16))
        return max(latest + min(growth, LONGEST_WAIT) - now, timedelta())
    for limit, condition in ((MOST_OF_A_NAME, of_name), (MOST_OF_AN_ADDRESS, of_address)):
        count, latest = _failures(session, now, condition)
        if count >= limit and latest is not None:
            return max(latest + LONGEST_WAIT - now, timedelta())
    return timedelta()


def note_failure(session: Session, username: str, address: str, now: datetime) -> None:
    """Keep that an attempt failed, for 30 days."""
    session.exec(delete(LoginFailureRow).where(col(LoginFailureRow.at) <= now - KEPT))
    session.add(LoginFailureRow(username=username_of(username), address=address, at=now))
    session.flush()


def forget_failures(session: Session, username: str, address: str) -> None:
    """Whoever knows the password failed by mistake."""
    session.exec(
        delete(LoginFailureRow).where(
            col(LoginFailureRow.username) == username_of(username),
            col(LoginFailureRow.address) == address,
        )
    )


def _failures(session: Session, now: datetime, *conditions: object) -> tuple[int, datetime | None]:
    query = select(func.count(), func.max(col(LoginFailureRow.at))).where(
        col(LoginFailureRow.at) > now - WINDOW,
        *conditions,  # type: ignore[arg-type]
    )
    count, latest = session.exec(query).one()
    return count, latest
