"""Installations of one election that write files for each other."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, make_url
from sqlmodel import Session

from digitizer.domain.policy import Policy
from digitizer.history import Count, State, count, replay
from digitizer.jobs import settling
from digitizer.merging import Merged, hand_over, merge
from digitizer.store.engine import open_engine, read_session, sqlite_url, write_session
from digitizer.store.events import head, list_events
from digitizer.store.photos import PhotoStore
from tests.databases import make_database
from tests.store.build import COPY, FORM, NOW
from tests.story import set_up


@dataclass(frozen=True)
class Node:
    """One installation. `keys` are the fingerprints that all of them were told."""

    name: str
    folder: Path
    engine: Engine
    photos: PhotoStore
    keys: set[str] = field(repr=False)

    def writing(self) -> Session:
        return write_session(self.engine)

    def file(self) -> Path:
        """Its exchange file, written now."""
        path = self.folder / f"{self.name}.zip"
        with path.open("w+b") as file:
            made = hand_over(self.engine, self.photos, self.folder, file, now=NOW)
        self.keys.add(made.signer)
        return path

    def merge(self, path: Path, trusted: set[str] | None = None) -> Merged:
        return merge(
            self.engine, self.photos, path, policy=Policy(), now=NOW,
            trusted=self.keys if trusted is None else trusted,
        )  # fmt: skip

    @property
    def head(self) -> str:
        with read_session(self.engine) as session:
            return head(session)

    @property
    def state(self) -> State:
        with read_session(self.engine) as session:
            return replay(list_events(session))

    @property
    def count(self) -> Count:
        found = count(self.state)
        assert found is not None
        return found


MakeNode = Callable[[str], Node]


@pytest.fixture(autouse=True)
def shipped_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """The forms of `build` are settled like those that are shipped, and other forms like them."""
    forms = {form.id: form for form in (FORM, COPY)}
    monkeypatch.setattr(
        settling, "load_form", lambda name: forms.get(name) or replace(FORM, id=name)
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def make_node(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeNode]:
    """Makes installations with the election of `build`, all on one kind of database."""
    engines: list[Engine] = []
    keys: set[str] = set()

    def make(name: str) -> Node:
        folder = tmp_path / name
        folder.mkdir()
        if request.param == "sqlite":
            url = sqlite_url(folder)
            shutil.copy(request.getfixturevalue("migrated_file"), str(make_url(url).database))
        else:
            server = request.getfixturevalue("postgres_url")
            template = request.getfixturevalue("postgres_template")
            database = f"test_{uuid4().hex}"
            url = make_database(server, database, template)
        engine = open_engine(url)
        engines.append(engine)
        with write_session(engine) as session:
            set_up(session, folder)
            session.commit()
        return Node(name, folder, engine, PhotoStore.open((folder / "photos").as_uri()), keys)

    yield make
    for engine in engines:
        engine.dispose()
