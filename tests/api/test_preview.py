"""A look before sending: what the phone shows, and nothing that is kept."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from sqlmodel import select

from digitizer.domain.advice import Advice, Inspection
from digitizer.sandbox import Lookout
from digitizer.store.engine import read_session
from digitizer.store.tables import EventRow
from tests.api.conftest import TestClient, World
from tests.facts import KWK, png

Look = Callable[[bytes, tuple[int, int] | None], Inspection | None]


class FakeLookout:
    """Says what it was told to, and remembers what it was asked."""

    def __init__(self, look: Look) -> None:
        self.look = look

    def close(self) -> None:
        """Nothing runs."""


def with_lookout(world: World, look: Look) -> None:
    lookout = cast("Lookout", FakeLookout(look))
    world.app.state.web = replace(world.app.state.web, lookout=lookout)


SEEN = Inspection(
    KWK, 2, 9, ("top_left", "top_right", "bottom_left"), ("bottom_right",), 4.0, 200.0, 0.9, 0,
    Advice(
        "corners_missing",
        {"form": KWK, "page": 2, "found": 3, "needed": 4, "missing": "bottom_right"},
    ),
)  # fmt: skip


def looked(
    client: TestClient, data: bytes = b"jpeg", *, width: int = 3000, height: int = 4000
) -> Any:  # noqa: ANN401
    return client.post(
        "/preview",
        params={"width": width, "height": height},
        content=data,
        headers={"Content-Type": "image/jpeg"},
    )


def test_what_is_seen_is_told_in_words(world: World) -> None:
    asked: list[object] = []

    def look(data: bytes, size: tuple[int, int] | None) -> Inspection:
        asked.append((data, size))
        return SEEN

    with_lookout(world, look)
    answer = looked(world.client("saksi-tps"))
    assert answer.status_code == 200
    said = answer.json()
    assert asked == [(b"jpeg", (3000, 4000))]
    assert (said["code"], said["good"], said["form"], said["page"]) == (
        "corners_missing", False, KWK, 2,
    )  # fmt: skip
    assert said["corners"] == {
        "top_left": "seen", "top_right": "seen", "bottom_left": "seen", "bottom_right": "missing",
    }  # fmt: skip
    assert "3 dari 4 sudut" in said["text"]
    assert said["form_title"] in said["text"]
    assert "kanan bawah" in said["hint"]


def test_good_advice_is_good(world: World) -> None:
    ready = replace(SEEN, advice=Advice("ready", {"form": KWK, "page": 2}))
    with_lookout(world, lambda *_: ready)
    assert looked(world.client("saksi-tps")).json()["good"] is True


def test_what_cannot_be_looked_at_hinders_nobody(world: World) -> None:
    with_lookout(world, lambda *_: None)
    said = looked(world.client("saksi-tps")).json()
    assert (said["code"], said["good"], said["corners"]) == ("unchecked", True, {})


@pytest.mark.parametrize("width", [0, 10**9])
def test_a_size_that_no_photo_has(world: World, width: int) -> None:
    with_lookout(world, lambda *_: None)
    assert looked(world.client("saksi-tps"), width=width).status_code == 422


def test_a_preview_is_small(world: World) -> None:
    with_lookout(world, lambda *_: None)
    assert looked(world.client("saksi-tps"), bytes(2 << 20)).status_code == 413


def test_nothing_is_kept(world: World) -> None:
    with_lookout(world, lambda *_: SEEN)
    with read_session(world.app.state.web.engine) as session:
        before = len(session.exec(select(EventRow)).all())
    looked(world.client("saksi-tps"), png(40, 30))
    with read_session(world.app.state.web.engine) as session:
        assert len(session.exec(select(EventRow)).all()) == before
