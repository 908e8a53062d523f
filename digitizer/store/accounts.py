"""Accounts, their passwords and their logins. Events name accounts by random id alone."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from digitizer.domain.election import Role


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in. `tps` binds a witness to one polling station."""

    id: str
    username: str
    role: Role
    label: str
    tps: str | None


def random_password() -> str:
    """A new password that is easy to type and hard to guess (80 bits)."""
    raise NotImplementedError


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
        StoreError: the username or the password cannot be used.
    """
    raise NotImplementedError


def get_account(session: Session, account: str) -> Account | None:
    """One account by id."""
    raise NotImplementedError


def list_accounts(session: Session) -> tuple[Account, ...]:
    """Every account, by username."""
    raise NotImplementedError


def authenticate(session: Session, username: str, password: str) -> Account:
    """The account with this password; an unknown username costs as much work as a wrong password.

    Raises:
        NotAllowed: username and password do not belong together.
    """
    raise NotImplementedError


def open_login(session: Session, account: Account, now: datetime) -> str:
    """A token that stands for the account for 12 hours; only its sha256 is stored."""
    raise NotImplementedError


def account_of_token(session: Session, token: str, now: datetime) -> Account | None:
    """The account of a token, or None when it is unknown or has run out."""
    raise NotImplementedError


def close_login(session: Session, token: str) -> None:
    """Make a token worthless; harmless when it is so already."""
    raise NotImplementedError
