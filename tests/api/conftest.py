"""The web application on a store of its own, with the sample election and an account a role."""

import hashlib
import shutil
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI

from digitizer.api.app import create_app
from digitizer.domain.glyph import GlyphScores
from digitizer.forms import load_form
from digitizer.installation import open_installation
from digitizer.jobs import settle_photo
from digitizer.settings import Settings
from digitizer.store.accounts import add_account, list_accounts
from digitizer.store.elections import init_election, read_election_file
from digitizer.store.engine import read_session, write_session
from digitizer.store.logins import open_login
from digitizer.store.photos import PhotoStore
from digitizer.store.readings import save_reading
from digitizer.store.receiving import receive
from tests.conftest import ROOT
from tests.databases import make_database
from tests.facts import KWK, NOW, PAGE_1, PAGE_2, STATION, page_reading, png

with warnings.catch_warnings():
    # The client says at import that it would rather have another HTTP library.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

__all__ = ["ACCOUNTS", "OTHER_TPS", "PASSWORD", "TestClient", "World"]

PASSWORD = "kata sandi percobaan"
ACCOUNTS = {
    "saksi": "witness",
    "saksi-tps": "witness",
    "rina": "reviewer",
    "budi": "reviewer",
    "sri": "supervisor",
    "admin": "admin",
    "amat": "viewer",
}
OTHER_TPS = "6411032001002"


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the election and the accounts; copied for every test."""
    folder = tmp_path_factory.mktemp("seeded") / "data"
    furnish(Settings(data_dir=folder))
    return folder


def furnish(settings: Settings) -> None:
    """Put the election and the accounts into an empty installation."""
    installation = open_installation(settings)
    with write_session(installation.engine) as session:
        init_election(session, read_election_file(ROOT / "samples/election.toml"), "system", NOW)
        for name, role in ACCOUNTS.items():
            tps = STATION.code if name == "saksi-tps" else None
            add_account(session, name, role, PASSWORD, tps=tps, now=NOW)  # type: ignore[arg-type]
        session.commit()
    installation.engine.dispose()


@dataclass(frozen=True)
class World:
    """One application and what is needed to put facts into its store."""

    app: FastAPI
    settings: Settings

    def client(self, name: str | None = None, *, page: bool = False) -> TestClient:
        """A browser in which this account is signed in (test_access signs in by password)."""
        headers = {"Accept": "text/html" if page else "application/json"}
        client = TestClient(self.app, headers=headers, follow_redirects=False)
        if name is not None:
            with write_session(self.app.state.web.engine) as session:
                account = next(item for item in list_accounts(session) if item.username == name)
                client.cookies.set("session", open_login(session, account, datetime.now(UTC)))
                session.commit()
        return client

    def read(
        self,
        page: int,
        written: Mapping[str, str],
        *,
        boxes: Mapping[tuple[str, int], GlyphScores] | None = None,
        sender: str = "",
        tps: str | None = STATION.code,
        data: bytes | None = None,
        now: datetime = NOW,
        ink_hash: str | None = None,
        form: str = KWK,
        whole: bool = False,
    ) -> str:
        """A photo sent by an account, read and settled; returns its upload's id.

        Without a sender it comes from the phone that is bound to the TPS. Where all of it is kept
        as `whole`, its page may be placed by a person.
        """
        sender = sender or self.bound_to(tps)
        web = self.app.state.web
        photos: PhotoStore = web.photos
        data = data or repr((form, page, sorted(written.items()), tps, sender)).encode()
        photo = hashlib.sha256(data).hexdigest()
        read_page = page_reading(photo, page, written, boxes, load_form(form))
        reading = replace(read_page, ink_hash=ink_hash)
        names = ["public", "page", "header", *(f"crop/{name}" for name in reading.fields)]
        names += ["whole"] if whole else []
        blobs = {name: photos.put(png(160, 60, 200 + page)) for name in names}
        with write_session(web.engine) as session:
            account = self.account_id(sender)
            receipt = receive(
                session, photos, data, account=account, tps=tps, contest=None,
                file_name=f"hal{page}.jpg", idempotency_key=None, now=now,
            )  # fmt: skip
            save_reading(session, photo, reading, None, blobs, 0.2, now)
            settle_photo(session, photo, now, web.policy)
            session.commit()
        return receipt.upload_id

    def read_form(self, **changes: str) -> None:
        """Both pages of the form of STATION, with these fields written differently."""
        written = {**PAGE_1, **PAGE_2, **changes}
        self.read(1, written)
        self.read(2, written)

    def bound_to(self, tps: str | None) -> str:
        """The name of a witness whose phone is bound to a TPS."""
        name = "saksi" if tps is None else "saksi-tps" if tps == STATION.code else f"saksi-{tps}"
        with write_session(self.app.state.web.engine) as session:
            if name not in {item.username for item in list_accounts(session)}:
                add_account(session, name, "witness", PASSWORD, tps=tps, now=NOW)
                session.commit()
        return name

    def reviewer(self, name: str) -> str:
        """The name of a reviewer, made when there is none of this name."""
        with write_session(self.app.state.web.engine) as session:
            if name not in {item.username for item in list_accounts(session)}:
                add_account(session, name, "reviewer", PASSWORD, now=NOW)
                session.commit()
        return name

    def account_id(self, name: str) -> str:
        with read_session(self.app.state.web.engine) as session:
            return next(item.id for item in list_accounts(session) if item.username == name)


@pytest.fixture
def make_world(tmp_path: Path, seeded: Path) -> Callable[..., World]:
    def make(**given: Any) -> World:  # noqa: ANN401  # settings of any type
        shutil.copytree(seeded, tmp_path / "data")
        settings = Settings(data_dir=tmp_path / "data", blind_share=0, seeded_share=0, **given)
        return World(create_app(settings), settings)

    return make


@pytest.fixture
def world(make_world: Callable[[], World]) -> World:
    return make_world()


@pytest.fixture(params=["sqlite", "postgresql"])
def each_world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """The same on either database."""
    if request.param == "sqlite":
        world: World = request.getfixturevalue("world")
        return world
    postgres_url = request.getfixturevalue("postgres_url")
    name = f"world_{uuid4().hex}"
    address = make_database(postgres_url, name)
    settings = Settings(
        data_dir=tmp_path / "data", database_url=address, blind_share=0, seeded_share=0
    )
    furnish(settings)
    return World(create_app(settings), settings)
