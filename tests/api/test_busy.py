"""A store that cannot be asked: whoever asked is told to come back, and nothing was written."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from digitizer.api import invites, tus
from tests.api.conftest import TestClient, World
from tests.api.test_tus import begin


@pytest.mark.parametrize(
    "error",
    [OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked")), PoolTimeout()],
)
def test_a_busy_store_is_told_and_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    client = world.client("saksi-tps")

    def fail(*_: object) -> Session:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(tus, "announce", fail)
        answer = begin(client)
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer.headers["Retry-After"] == "5"
    assert "SQL" not in answer.text
    assert begin(client).status_code == 201


@contextmanager
def away(world: World) -> Iterator[None]:
    """Nobody can open the database meanwhile."""
    folder = world.settings.data_dir
    elsewhere = folder.with_name("elsewhere")
    world.app.state.web.engine.dispose()
    folder.rename(elsewhere)
    yield
    elsewhere.rename(folder)


@pytest.mark.parametrize(("who", "path"), [(None, "/login"), (None, "/recap"), ("rina", "/queue")])
def test_a_browser_is_told_in_words_that_the_store_is_away(
    world: World, who: str | None, path: str
) -> None:
    client = world.client(who, page=True)
    with away(world):
        answer = client.get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "<h1>Penyimpanan sedang sibuk" in answer.text
    assert "SQL" not in answer.text
    assert world.client(page=True).get("/login").status_code == 200


def test_what_is_broken_is_told_in_words_without_the_store(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = TestClient(
        world.app, headers={"Accept": "text/html"}, raise_server_exceptions=False
    )  # fmt: skip

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(invites, "open_invite", fail)
    with away(world):
        answer = client.get("/join/token")
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in answer.text
    assert "a fault of ours" not in answer.text
