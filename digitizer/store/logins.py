"""Logins: an opaque token in a browser, which the store can make worthless at any time."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, delete, select

from digitizer.errors import NotFound
from digitizer.store.account_tables import AccountRow, LoginSessionRow
from digitizer.store.accounts import Account, account_of

LASTS: Final = timedelta(hours=12)
PHONE_LASTS: Final = timedelta(days=14)
"""A phone that was bound by an invitation knows no password to sign in with anew."""

NAME_LENGTH: Final = 16
"""A login is named by so many digits of the sha256 of its token."""

AGENT_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class Login:
    """Where somebody is signed in.

    Attributes:
        name: tells it from the others of its account; no secret.
        address, agent: from which network address, with which browser.
    """

    name: str
    at: datetime
    until: datetime
    address: str
    agent: str


def open_login(
    session: Session,
    account: Account,
    now: datetime,
    *,
    address: str = "",
    agent: str = "",
    lasts: timedelta = LASTS,
) -> str:
    """A token that stands for the account so long; only its sha256 is stored."""
    token = secrets.token_urlsafe(32)
    session.exec(delete(LoginSessionRow).where(col(LoginSessionRow.expires_at) <= now))
    session.add(
        LoginSessionRow(
            token_sha256=_sha256(token),
            account=account.id,
            created_at=now,
            expires_at=now + lasts,
            address=address,
            agent=agent[:AGENT_LENGTH],
        )
    )
    session.flush()
    return token


def account_of_token(session: Session, token: str, now: datetime) -> Account | None:
    """The account of a token; None when it is unknown, has run out, or the account is closed."""
    login = (col(LoginSessionRow.account) == col(AccountRow.id)) & (
        col(LoginSessionRow.token_sha256) == _sha256(token)
    )
    found = session.exec(
        select(AccountRow).join(LoginSessionRow, login).where(col(LoginSessionRow.expires_at) > now)
    ).one_or_none()
    if found is None or found.disabled_at is not None:
        return None
    return account_of(found)


def close_login(session: Session, token: str) -> None:
    """Make a token worthless; harmless when it is so already."""
    session.exec(delete(LoginSessionRow).where(col(LoginSessionRow.token_sha256) == _sha256(token)))


def logins_of(session: Session, account: str, now: datetime) -> tuple[Login, ...]:
    """Where an account is signed in, the latest first."""
    rows = session.exec(
        select(LoginSessionRow)
        .where(col(LoginSessionRow.account) == account, col(LoginSessionRow.expires_at) > now)
        .order_by(col(LoginSessionRow.created_at).desc())
    )
    return tuple(
        Login(
            row.token_sha256[:NAME_LENGTH], row.created_at, row.expires_at, row.address, row.agent
        )
        for row in rows
    )


def name_of(token: str) -> str:
    """The name of the login that a token stands for."""
    return _name(_sha256(token))


def end_login(session: Session, account: str, name: str) -> None:
    """Sign an account out in one place.

    Raises:
        NotFound: it has no such login.
    """
    rows = session.exec(select(LoginSessionRow).where(col(LoginSessionRow.account) == account))
    row = next((row for row in rows if _name(row.token_sha256) == name), None)
    if row is None:
        raise NotFound(f"this account has no login {name}", "open the list again")
    session.delete(row)
    session.flush()


def end_logins(session: Session, account: str, *, but: str = "") -> None:
    """Sign an account out everywhere, except where it has this token."""
    session.exec(
        delete(LoginSessionRow).where(
            col(LoginSessionRow.account) == account,
            col(LoginSessionRow.token_sha256) != _sha256(but),
        )
    )


def _name(token_sha256: str) -> str:
    return token_sha256[:NAME_LENGTH]


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
