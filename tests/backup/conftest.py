"""An installation in which everything happened, on either database, and an empty place for it."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from digitizer.installation import Installation
from digitizer.settings import Settings
from digitizer.store.engine import write_session
from digitizer.store.nodes import ensure_node
from digitizer.store.photos import PhotoStore
from digitizer.store.pieces import PieceStore
from tests.databases import make_database
from tests.store.build import NOW
from tests.store.conftest import empty_engine, engine, photos
from tests.story import tell

__all__ = ["empty_engine", "engine", "photos"]

Place = Callable[[str], Settings]


@pytest.fixture
def original(engine: Engine, photos: PhotoStore, tmp_path: Path) -> Installation:
    """An installation on SQLite or PostgreSQL with a bit of everything in it."""
    with write_session(engine) as session:
        tell(session, photos)
        session.commit()
    return installation_of(engine, tmp_path)


def installation_of(engine: Engine, folder: Path) -> Installation:
    """The installation of an open database and its data folder."""
    address = engine.url.render_as_string(hide_password=False)
    settings = Settings(data_dir=folder, database_url=address, store_url="")
    with write_session(engine) as session:
        node = ensure_node(session, folder, NOW)
    photos, pieces = PhotoStore.open(settings.photos), PieceStore.open(settings.photos)
    return Installation(settings, engine, photos, pieces, node, "", "")


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Settings of a new installation that is empty, on the database that is asked for."""

    def make(kind: str) -> Settings:
        folder = tmp_path / f"new-{uuid4().hex}"
        if kind == "sqlite":
            return Settings(data_dir=folder, database_url="", store_url="")
        server = request.getfixturevalue("postgres_url")
        url = make_database(server, folder.name.replace("-", "_"))
        return Settings(data_dir=folder, database_url=url, store_url="")

    return make
