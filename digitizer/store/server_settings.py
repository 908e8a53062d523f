"""How the database beneath is set: what it keeps through a power cut, and whether it is whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

SAFE: Final = ("fsync", "synchronous_commit", "full_page_writes")
"""Settings of PostgreSQL without which a power cut takes what was confirmed."""


@dataclass(frozen=True, slots=True)
class SqliteSettings:
    """How SQLite is set on this connection.

    Attributes:
        version: of the library.
        journal: its mode in lower case, `wal` where all is well.
        synchronous: 2 is FULL.
    """

    version: str
    journal: str
    synchronous: int


def sqlite_settings(session: Session) -> SqliteSettings:
    """How SQLite is set."""
    return SqliteSettings(
        _scalar(session, "SELECT sqlite_version()"),
        _scalar(session, "PRAGMA journal_mode"),
        int(_scalar(session, "PRAGMA synchronous")),
    )


def sqlite_fault(session: Session) -> str | None:
    """The first fault that SQLite finds in its file, None where all is whole."""
    found = _scalar(session, "PRAGMA quick_check(1)").splitlines()[0]
    return None if found == "ok" else found


def postgresql_version(session: Session) -> str:
    """Version of the server, such as `15.4`."""
    return _scalar(session, "SHOW server_version")


def postgresql_settings(session: Session) -> Mapping[str, str]:
    """What each setting of `SAFE` is."""
    return {name: _scalar(session, f"SHOW {name}") for name in SAFE}


def _scalar(session: Session, statement: str) -> str:
    return str(session.connection().exec_driver_sql(statement).scalar())
