"""The bundle of an election in which everything happens."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from digitizer.bundling import Bundled, bundle
from digitizer.store.engine import migrate, open_engine, sqlite_url, write_session
from digitizer.store.photos import PhotoStore
from tests.store.build import later
from tests.story import set_up, tell


@dataclass(frozen=True, slots=True)
class Told:
    """A store and its bundle."""

    engine: Engine
    photos: PhotoStore
    folder: Path
    bundle: Path
    bundled: Bundled


def made(folder: Path) -> Told:
    """A store in which everything happened, and its bundle with photos, in a folder."""
    engine = open_engine(sqlite_url(folder))
    migrate(engine)
    photos = PhotoStore.open((folder / "photos").as_uri())
    with write_session(engine) as session:
        set_up(session, folder)
        tell(session, photos)
        session.commit()
    path = folder / "bundle.zip"
    with path.open("w+b") as file:
        bundled = bundle(engine, photos, folder, file, with_photos=True, now=later(30))
    return Told(engine, photos, folder, path, bundled)


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    found = made(tmp_path_factory.mktemp("told"))
    yield found
    found.engine.dispose()
