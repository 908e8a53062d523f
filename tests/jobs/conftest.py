"""A fresh installation with the sample election, for everything that uploads."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from digitizer.settings import Settings
from digitizer.store.accounts import add_account, random_password
from digitizer.store.elections import init_election, read_election_file
from digitizer.store.engine import migrate, open_engine, write_session
from digitizer.store.nodes import ensure_node
from digitizer.store.photos import PhotoStore
from tests.databases import make_database

SAMPLES = Path(__file__).resolve().parent.parent.parent / "samples"


@dataclass(frozen=True, slots=True)
class Office:
    """One installation and two accounts that upload."""

    settings: Settings
    engine: Engine
    photos: PhotoStore
    account: str
    other: str


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    yield from opened(tmp_path / "office", "")


@pytest.fixture(params=["sqlite", "postgresql"])
def any_office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """The same on either database."""
    address = ""
    if request.param == "postgresql":
        server, name = request.getfixturevalue("postgres_url"), f"office_{uuid4().hex}"
        address = make_database(server, name)
    yield from opened(tmp_path / "office", address)


def opened(folder: Path, database: str) -> Iterator[Office]:
    """An installation whose data folder this is."""
    folder.mkdir()
    settings = Settings(data_dir=folder, database_url=database, store_url="")
    engine = open_engine(settings.database)
    migrate(engine)
    now = datetime.now(UTC)
    with write_session(engine) as session:
        ensure_node(session, folder, now)
        init_election(session, read_election_file(SAMPLES / "election.toml"), "system", now)
        sender, other = (
            add_account(session, name, "witness", random_password(), label=name, tps=None, now=now)
            for name in ("saksi", "saksi2")
        )
        session.commit()
    yield Office(settings, engine, PhotoStore.open(settings.photos), sender.id, other.id)
    engine.dispose()
