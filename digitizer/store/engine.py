"""Opening the database, and bringing it to the newest migration."""

from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session


def sqlite_url(data_dir: Path) -> str:
    """Address of the SQLite file in `data_dir`."""
    raise NotImplementedError


def open_engine(database_url: str) -> Engine:
    """Open SQLite (safe against power cuts and second writers) or PostgreSQL (psycopg 3)."""
    raise NotImplementedError


def migrate(engine: Engine) -> None:
    """Bring the database to the newest migration; harmless when it is there already."""
    raise NotImplementedError


def read_session(engine: Engine) -> Session:
    """A session that only reads and never waits for a writer."""
    raise NotImplementedError


def write_session(engine: Engine) -> Session:
    """A session that may write; on SQLite it holds the write lock from its first statement."""
    raise NotImplementedError
