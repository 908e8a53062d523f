"""Logins: an opaque token in a browser, which the store can make worthless at any time."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, delete, select, update

from digitizer.errors import NotFound
from digitizer.store.account_tables import AccountRow, LoginSessionRow
from digitizer.store.accounts import Account, account_of

LASTS: Final = timedelta(hours=12)
PHONE_LASTS: Final = timedelta(days=14)
"""A phone that was bound by an invitation knows no password to sign in with anew; after its last
use it stays signed in for half of this at least."""

RENEWED_BELOW: Final = PHONE_LASTS / 2
"""With less than this left a phone's login is renewed, so that its use is seldom written down."""

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


@dataclass(frozen=True, slots=True)
class Entry:
    """For whom a token stands.

    Attributes:
        until: when it becomes worthless, unless it is renewed.
        is_phone: whether it is that of a phone that was bound by an invitation.
    """

    account: Account
    until: datetime
    is_phone: bool

    def is_due(self, now: datetime) -> bool:
        """Whether its use is a reason to renew it."""
        return self.is_phone and self.until - now < RENEWED_BELOW


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


def entry_of_token(session: Session, token: str, now: datetime) -> Entry | None:
    """For whom a token stands; None when it is unknown, has run out, or the account is closed."""
    login = (col(LoginSessionRow.account) == col(AccountRow.id)) & (
        col(LoginSessionRow.token_sha256) == _sha256(token)
    )
    found = session.exec(
        select(AccountRow, LoginSessionRow.created_at, LoginSessionRow.expires_at)
        .join(LoginSessionRow, login)
        .where(col(LoginSessionRow.expires_at) > now)
    ).one_or_none()
    if found is None or found[0].disabled_at is not None:
        return None
    row, opened, until = found
    # Whoever has a password signs in with it again: logins of theirs never last longer.
    return Entry(account_of(row), until, is_phone=until - opened > LASTS)


def renew_login(session: Session, token: str, now: datetime) -> None:
    """Let a phone's login last as long from now as one that is opened now."""
    session.exec(
        update(LoginSessionRow)
        .where(col(LoginSessionRow.token_sha256) == _sha256(token))
        .values(expires_at=now + PHONE_LASTS)
    )


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
