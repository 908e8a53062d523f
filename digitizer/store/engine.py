"""Opening the database, and bringing it to the newest migration."""

import os
import threading
from functools import cache
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Final

import orjson
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from digitizer.errors import SettingsError, StoreError
from digitizer.store.keepable import refuse_unkeepable, written_json

POOLED: Final = 5
"""Connections that stay open when they are not needed; SQLAlchemy's own number."""

READING: Final = "digitizer_reading"
"""Execution option of a connection that will only read."""

CONNECTIONS: Final = 40
"""Of one process at most. Who holds one may ask for a second while others wait for their first, so
there must be two for every thread: `api` has half as many threads."""

IN_PLACE: Final = "digitizer_in_place"
WAIT_S: Final = 30.0
"""Writers wait so long for those of their process who came first."""

SETUP_LOCK: Final = 7_214_003
"""Key of the PostgreSQL advisory lock that lets one process at a time migrate and set up."""


def sqlite_url(data_dir: Path) -> str:
    """Address of the SQLite file in `data_dir`."""
    return f"sqlite:///{data_dir.resolve() / 'digitizer.sqlite3'}"


def open_engine(database_url: str, *, most_idle_s: int = 0) -> Engine:
    """Open SQLite (safe against power cuts and second writers) or PostgreSQL (psycopg 3).

    With `most_idle_s` PostgreSQL ends a transaction in which nothing was asked for so long, lest a
    process that was halted keep others from its locks.

    Raises:
        SettingsError: the address is of another kind.
    """
    try:
        url = make_url(database_url)
    except ArgumentError:
        raise SettingsError(f"database address {database_url!r} is no address", _HINT) from None
    if url.get_backend_name() == "postgresql":
        server = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            max_overflow=CONNECTIONS - POOLED,
            json_serializer=written_json,
            json_deserializer=orjson.loads,
            hide_parameters=True,  # an error must not tell what was sent
            connect_args={"options": _options(most_idle_s)},
        )
        refuse_unkeepable(server)
        return server
    if url.get_backend_name() != "sqlite" or not url.database:
        raise SettingsError(f"database {url.get_backend_name()!r} is not supported", _HINT)
    _make_own_file(url)
    engine = create_engine(
        url,
        max_overflow=CONNECTIONS - POOLED,
        json_serializer=written_json,
        json_deserializer=orjson.loads,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    line = _WritersLine()
    event.listen(engine, "begin", line.begin)
    event.listen(engine, "checkin", line.end)
    refuse_unkeepable(engine)
    return engine


def make_own_folder(folder: Path) -> None:
    """Make a folder that its owner alone may enter; one that is there stays as its owner set it.

    Password hashes, seeds of the lots and the photos lie in it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _make_own_file(url: URL) -> None:
    """Make the file of a SQLite database, readable by its owner alone, where there is none yet.

    SQLite itself would make it as the umask says, mostly for everybody to read; what it lays beside
    it (the WAL and its index) gets the mode of this file.
    """
    if url.database == ":memory:" or "uri" in url.query:
        return  # no file, or one of which only SQLite knows the name
    path = Path(url.database or "")
    make_own_folder(path.parent)
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


_HINT = "set DIGITIZER_DATABASE_URL to sqlite:///PATH or postgresql://USER@HOST/NAME"


def _options(most_idle_s: int) -> str:
    """What PostgreSQL is told of every connection.

    By itself it looks after two hours whether a machine that fell silent is still there, and the
    locks of its last transaction would stay so long.
    """
    seconds = {
        "tcp_keepalives_idle": 30,
        "tcp_keepalives_interval": 10,
        "tcp_keepalives_count": 3,
        "idle_in_transaction_session_timeout": 1000 * most_idle_s,
    }
    return " ".join(f"-c {name}={value}" for name, value in seconds.items())


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the database to a migration, the newest one by default; harmless when it is there.

    Raises:
        StoreError: a newer program has migrated it.
    """
    with engine.begin() as connection:
        migrate_within(connection, revision)


def migrate_within(connection: Connection, revision: str = "head") -> None:
    """The same within a transaction that the caller commits.

    Raises:
        StoreError: a newer program has migrated it.
    """
    config = _migrations()
    set_up_alone(connection)
    _refuse_newer(connection)
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def revision_of(connection: Connection) -> str | None:
    """The migration that a database is at; None where it has no tables."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def known_revisions() -> tuple[str, ...]:
    """Every migration of this release, the newest first."""
    scripts = ScriptDirectory.from_config(_migrations())
    return tuple(script.revision for script in scripts.walk_revisions())


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", "digitizer.store:migrations")
    return config


def _refuse_newer(connection: Connection) -> None:
    found, known = revision_of(connection), known_revisions()
    if found is not None and found not in known:
        raise StoreError(
            f"the database is at revision {found}, this program knows {known[0]} as the newest",
            "start the program that migrated it, or a newer one",
        )


def set_up_alone(connection: Connection) -> None:
    """Make other processes that set this database up wait until this transaction ends.

    SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({SETUP_LOCK})"))


def read_session(engine: Engine) -> Session:
    """A session that only reads what stands at its first statement, whatever is written meanwhile,
    and never waits for a writer.

    By itself PostgreSQL shows every statement what was written until then; a sheet would stand
    beside readings that it was not settled from.
    """
    if engine.dialect.name == "sqlite":
        # In WAL mode a reader keeps to what it saw first.
        return Session(engine.execution_options(**{READING: True}))
    return Session(
        engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
    )


def write_session(engine: Engine) -> Session:
    """A session that may write; on SQLite it holds the write lock from its first statement."""
    return Session(engine)


def _prepare_sqlite(connection: SqliteConnection, _record: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: `_begin_sqlite` says of which kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 10000")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


class _WritersLine:
    """Writers of this process stand in line for SQLite, which has one place for all processes.

    Left to itself each asks again and again after a pause, whoever came first: under load some
    wait until their time is over. One of each process asking is few enough.
    """

    def __init__(self) -> None:
        self._place = threading.Lock()

    def begin(self, connection: Connection) -> None:
        """Begin a transaction of either kind."""
        # One that begins by reading and then writes fails at once when another wrote in between,
        # whatever the busy timeout; so writers take the lock first.
        reading = connection.get_execution_options().get(READING, False)
        # Before it begins: a connection that last served a reader would refuse the lock.
        connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if reading else 'OFF'}")
        if not reading and not connection.info.get(IN_PLACE):
            # Whoever waits in vain asks SQLite all the same, and is told that it is locked.
            connection.info[IN_PLACE] = self._place.acquire(timeout=WAIT_S)
        connection.exec_driver_sql("BEGIN DEFERRED" if reading else "BEGIN IMMEDIATE")

    def end(self, _connection: object, record: ConnectionPoolEntry) -> None:
        """Leave the place when a connection goes back, its transaction over."""
        if record.info.pop(IN_PLACE, False):
            self._place.release()
