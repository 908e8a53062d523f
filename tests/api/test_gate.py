"""Photos that cannot be taken in now: said in time, with when to come back, and nothing is kept."""

import errno
import shutil
import sqlite3
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import OperationalError

from digitizer.errors import LineFull, NoRoom, StoreUnavailable
from digitizer.intake import gate
from digitizer.store.engine import read_session
from digitizer.store.events import list_events
from digitizer.store.photos import PhotoStore
from tests.api.conftest import World
from tests.api.test_routes import PIECE, announcing
from tests.facts import png

FILES = {"files": ("a.png", png(40, 40, 90), "image/png")}


def accepted(world: World) -> int:
    with read_session(world.app.state.web.engine) as session:
        return len(list_events(session, kind="upload_accepted"))


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = SimpleNamespace(total=100 << 30, used=99 << 30, free=900 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)


def test_a_nearly_full_disk_takes_nothing_in(world: World, full_disk: None) -> None:
    client = world.client("saksi-tps")
    begun = client.post("/tus", headers=announcing(b"photo", "kunci"))
    sent = client.post("/photos", files=FILES)
    for answer in (begun, sent):
        assert (answer.status_code, answer.json()["code"]) == (507, "no_room")
        assert answer.headers["Retry-After"] == "300"
        assert answer.json()["message"] == "found 900 MiB free, needed 1024"
        assert "tetap di tempat Anda" in answer.json()["text"]
    assert accepted(world) == 0


def test_a_disk_that_fills_while_a_photo_comes_in_takes_no_more_pieces(
    world: World, request: pytest.FixtureRequest
) -> None:
    client = world.client("saksi-tps")
    place = client.post("/tus", headers=announcing(b"photo", "kunci")).headers["Location"]
    request.getfixturevalue("full_disk")
    answer = client.patch(place, headers=PIECE, content=b"photo")
    assert (answer.status_code, answer.json()["code"]) == (507, "no_room")
    assert client.head(place, headers=PIECE).headers["Upload-Offset"] == "0"


def test_a_long_line_takes_nothing_in_and_a_photo_on_its_way_arrives(
    make_world: Callable[..., World],
) -> None:
    world = make_world(line_limit=1)
    client = world.client("saksi-tps")
    place = client.post("/tus", headers=announcing(b"photo", "kunci")).headers["Location"]
    assert client.post("/photos", files=FILES).status_code == 201
    world.app.state.web.gate._looked = -gate.KNOWN_SECONDS
    answer = client.post("/photos", files={"files": ("b.png", png(40, 40, 91), "image/png")})
    assert (answer.status_code, answer.json()["code"]) == (503, "line_full")
    assert answer.headers["Retry-After"] == "120"
    page = world.client("saksi-tps", page=True).post("/photos", files=FILES)
    assert (page.status_code, page.headers["Retry-After"]) == (503, "120")
    assert "Terlalu banyak foto" in page.text
    assert client.patch(place, headers=PIECE, content=b"photo").status_code == 204
    assert accepted(world) == 2


class Refusing(sqlite3.OperationalError):
    sqlite_errorcode = sqlite3.SQLITE_FULL


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 507, "no_room"),
        (OperationalError("INSERT", {}, Refusing("database or disk is full")), 507, "no_room"),
        (
            StoreUnavailable("the photo store gave no answer (GenericError)"),
            503,
            "store_unavailable",
        ),
    ],
)
def test_what_the_disk_or_the_store_refuses_is_told_and_nothing_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    def refuse(*_: object) -> str:
        raise error

    client = world.client("saksi-tps")
    photos: PhotoStore = world.app.state.web.photos
    with monkeypatch.context() as patch:
        patch.setattr(type(photos), "put", refuse)
        answer = client.post("/photos", files=FILES)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert int(answer.headers["Retry-After"]) > 0
    assert accepted(world) == 0
    assert client.post("/photos", files=FILES).status_code == 201


def test_every_refusal_says_when_to_come_back() -> None:
    assert all(kind.seconds > 0 for kind in (NoRoom, LineFull, StoreUnavailable))
