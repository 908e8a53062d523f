"""Accounts and their passwords. Events name accounts by random id alone."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, cast, get_args

from pwdlib import PasswordHash
from sqlmodel import Session, col, select

from digitizer.domain.election import Role
from digitizer.domain.event import EventKind
from digitizer.errors import Conflict, NotAllowed, NotFound, StoreError
from digitizer.store.account_tables import AccountRow
from digitizer.store.events import append_event
from digitizer.store.tables import TpsRow

MIN_PASSWORD: Final = 8
LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without i, l, o, 0 and 1, which people mistake for each other."""


NO_PASSWORD: Final = ""
"""In place of the hash, of accounts of other installations: they cannot sign in here."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in, unless `disabled`. `tps` binds a witness to one polling station."""

    id: str
    username: str
    role: Role
    label: str
    tps: str | None
    disabled: bool = False


def random_password() -> str:
    """A new password that is easy to type and hard to guess (16 letters, 79 bits)."""
    return random_letters(16)


def random_letters(count: int) -> str:
    """Random letters and digits in fours, none of which is mistaken for another."""
    letters = [secrets.choice(LETTERS) for _ in range(count)]
    return "-".join("".join(letters[start : start + 4]) for start in range(0, count, 4))


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
    name = username_of(username)
    if not name or any(letter.isspace() for letter in name):
        raise StoreError(f"username {username!r} cannot be used", "give a word without spaces")
    if role not in get_args(Role):
        needed = ", ".join(get_args(Role))
        raise StoreError(f"role {role!r} does not exist", f"give one of {needed}")
    _check_password(password)
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
    return account_of(row)


def set_password(
    session: Session, account: str, password: str, *, actor: str, now: datetime
) -> None:
    """Give an account another password; that it changed is an event, and who changed it.

    Raises:
        NotFound: there is no such account.
        StoreError: the password is too short.
    """
    _check_password(password)
    row = _row(session, account)
    row.password_hash = _hasher().hash(password)
    session.add(row)
    append_event(session, "password_changed", {"account": row.id}, actor, now)


def set_disabled(
    session: Session, account: str, *, disabled: bool, actor: str, now: datetime
) -> None:
    """Close an account or open it again; what it did stays. Doing so twice changes nothing.

    Raises:
        NotFound: there is no such account.
    """
    row = _row(session, account)
    if (row.disabled_at is not None) == disabled:
        return
    row.disabled_at = now if disabled else None
    session.add(row)
    kind: EventKind = "account_disabled" if disabled else "account_enabled"
    append_event(session, kind, {"account": row.id}, actor, now)


def get_account(session: Session, account: str) -> Account | None:
    """One account by id."""
    row = session.get(AccountRow, account)
    return account_of(row) if row is not None else None


def list_accounts(session: Session) -> tuple[Account, ...]:
    """Every account, by username."""
    rows = session.exec(select(AccountRow).order_by(col(AccountRow.username)))
    return tuple(account_of(row) for row in rows)


def authenticate(session: Session, username: str, password: str) -> Account:
    """The account with this password; an unknown username costs as much work as a wrong password.

    Raises:
        NotAllowed: username and password do not belong together, or the account is closed.
    """
    query = select(AccountRow).where(col(AccountRow.username) == username_of(username))
    row = session.exec(query).one_or_none()
    known = row is not None and row.password_hash != NO_PASSWORD
    stored = row.password_hash if row is not None and known else _hash_of_nobody()
    if not _hasher().verify(password, stored) or row is None or not known:
        raise NotAllowed(
            "username and password do not belong together", "try again", code="wrong_password"
        )
    if row.disabled_at is not None:
        raise NotAllowed("this account is closed", "ask the admin", code="account_disabled")
    return account_of(row)


def _check_password(password: str) -> None:
    if len(password) < MIN_PASSWORD:
        raise StoreError(
            f"the password has {len(password)} characters",
            f"give at least {MIN_PASSWORD}, or let the program choose one",
            code="short_password",
        )


def _row(session: Session, account: str) -> AccountRow:
    row = session.get(AccountRow, account)
    if row is None:
        raise NotFound(f"there is no account {account}", "see accounts list")
    if row.password_hash == NO_PASSWORD:
        raise NotAllowed(
            f"account {account} belongs to another installation",
            "change it there, and merge again",
        )
    return row


def username_of(username: str) -> str:
    """A username as it is kept: without spaces around it, capitals made small."""
    return username.strip().casefold()


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _hash_of_nobody() -> str:
    return _hasher().hash(secrets.token_urlsafe(32))


def account_of(row: AccountRow) -> Account:
    """The account that a row keeps."""
    role = cast("Role", row.role)
    return Account(row.id, row.username, role, row.label, row.tps, row.disabled_at is not None)
