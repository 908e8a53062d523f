"""Databases for the tests of the store: every one runs on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, make_url
from sqlmodel import Session

from digitizer.store.election_file import ElectionFile
from digitizer.store.elections import init_election
from digitizer.store.engine import open_engine, sqlite_url, write_session
from digitizer.store.nodes import ensure_node
from digitizer.store.photos import PhotoStore
from tests.databases import make_database
from tests.rebuilding import differences
from tests.store.build import CONTESTS, ELECTION, NOW, STATIONS


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
        url = make_database(server, name, template)
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
