"""Accounts, their passwords and their logins. Events name accounts by random id alone."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final, cast, get_args

from pwdlib import PasswordHash
from sqlmodel import Session, col, delete, select

from digitizer.domain.election import Role
from digitizer.errors import Conflict, NotAllowed, NotFound, StoreError
from digitizer.store.events import append_event
from digitizer.store.tables import AccountRow, LoginSessionRow, TpsRow

LOGIN_LASTS: Final = timedelta(hours=12)
MIN_PASSWORD: Final = 8
LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without i, l, o, 0 and 1, which people mistake for each other."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in. `tps` binds a witness to one polling station."""

    id: str
    username: str
    role: Role
    label: str
    tps: str | None


def random_password() -> str:
    """A new password that is easy to type and hard to guess (16 letters, 79 bits)."""
    letters = [secrets.choice(LETTERS) for _ in range(16)]
    return "-".join("".join(letters[start : start + 4]) for start in range(0, 16, 4))


def add_account(
    session: Session,
    username: str,
    role: Role,
    password: str,
    *,
    label: str = "",
    tps: str | None = None,
    actor: str = "system",
    now: datetime,
) -> Account:
    """Make an account.

    Raises:
        Conflict: the username is taken.
        NotFound: there is no such TPS.
        StoreError: the username, the role or the password cannot be used.
    """
    name = _username(username)
    if not name or any(letter.isspace() for letter in name):
        raise StoreError(f"username {username!r} cannot be used", "give a word without spaces")
    if role not in get_args(Role):
        needed = ", ".join(get_args(Role))
        raise StoreError(f"role {role!r} does not exist", f"give one of {needed}")
    if len(password) < MIN_PASSWORD:
        raise StoreError(
            f"the password has {len(password)} characters",
            f"give at least {MIN_PASSWORD}, or let the program choose one",
        )
    if tps is not None and session.get(TpsRow, tps) is None:
        raise NotFound(f"no TPS has code {tps}", "give a code of the election's list")
    if session.exec(select(AccountRow).where(col(AccountRow.username) == name)).first():
        raise Conflict(f"username {name} is taken", "choose another")
    row = AccountRow(
        username=name,
        role=role,
        label=label,
        tps=tps,
        password_hash=_hasher().hash(password),
        created_at=now,
    )
    session.add(row)
    session.flush()
    payload = {"account": row.id, "role": role, "tps": tps}
    append_event(session, "account_created", payload, actor, now)
    return _account(row)


def get_account(session: Session, account: str) -> Account | None:
    """One account by id."""
    row = session.get(AccountRow, account)
    return _account(row) if row is not None else None


def list_accounts(session: Session) -> tuple[Account, ...]:
    """Every account, by username."""
    rows = session.exec(select(AccountRow).order_by(col(AccountRow.username)))
    return tuple(_account(row) for row in rows)


def authenticate(session: Session, username: str, password: str) -> Account:
    """The account with this password; an unknown username costs as much work as a wrong password.

    Raises:
        NotAllowed: username and password do not belong together.
    """
    query = select(AccountRow).where(col(AccountRow.username) == _username(username))
    row = session.exec(query).one_or_none()
    stored = row.password_hash if row is not None else _hash_of_nobody()
    if not _hasher().verify(password, stored) or row is None:
        raise NotAllowed("username and password do not belong together", "try again")
    return _account(row)


def open_login(session: Session, account: Account, now: datetime) -> str:
    """A token that stands for the account for 12 hours; only its sha256 is stored."""
    token = secrets.token_urlsafe(32)
    session.exec(delete(LoginSessionRow).where(col(LoginSessionRow.expires_at) <= now))
    session.add(
        LoginSessionRow(
            token_sha256=_sha256(token),
            account=account.id,
            created_at=now,
            expires_at=now + LOGIN_LASTS,
        )
    )
    session.flush()
    return token


def account_of_token(session: Session, token: str, now: datetime) -> Account | None:
    """The account of a token, or None when it is unknown or has run out."""
    login = session.get(LoginSessionRow, _sha256(token))
    if login is None or login.expires_at <= now:
        return None
    return get_account(session, login.account)


def close_login(session: Session, token: str) -> None:
    """Make a token worthless; harmless when it is so already."""
    session.exec(delete(LoginSessionRow).where(col(LoginSessionRow.token_sha256) == _sha256(token)))


def _username(username: str) -> str:
    return username.strip().casefold()


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _hash_of_nobody() -> str:
    return _hasher().hash(secrets.token_urlsafe(32))


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _account(row: AccountRow) -> Account:
    return Account(row.id, row.username, cast("Role", row.role), row.label, row.tps)
