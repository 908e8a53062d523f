"""Corner mode: where somebody says that a page lies, it is read again."""

import hashlib
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from digitizer.domain.outcome import PhotoOutcome
from digitizer.domain.placement import Placement
from digitizer.domain.verdict import Unreadable
from digitizer.store.engine import read_session
from digitizer.store.events import list_events
from digitizer.store.readings import reading_of
from digitizer.store.uploads import upload as find_upload
from tests.api.conftest import World
from tests.api.test_keying import unreadable
from tests.api.test_reviews import SHEET, sheet_data
from tests.facts import KWK, PAGE_2, STATION, page_reading, png

CORNERS = [[0.1, 0.1], [0.9, 0.12], [0.88, 0.9], [0.1, 0.9]]


class FakeReader:
    """Reads what it is told to, and keeps where it was told to look."""

    def __init__(self, problem: Unreadable | None = None) -> None:
        self.problem = problem
        self.seen: list[Placement | None] = []

    def digest(self, data: bytes, placement: Placement | None = None) -> PhotoOutcome:
        self.seen.append(placement)
        photo = hashlib.sha256(data).hexdigest()
        if self.problem is not None:
            return PhotoOutcome(photo, None, self.problem, MappingProxyType({}))
        reading = replace(page_reading(photo, 2, PAGE_2), method="person", identity="person")
        blobs = {f"crop/{name}": png(60, 30) for name in reading.fields}
        return PhotoOutcome(photo, reading, None, MappingProxyType(blobs))

    def close(self) -> None:
        """Nothing runs."""


def with_reader(world: World, reader: FakeReader) -> FakeReader:
    world.app.state.web = replace(world.app.state.web, reader=reader)
    return reader


def reading_id(world: World, upload: str) -> tuple[str, str]:
    """The id of the reading of an upload's photo, and the photo."""
    with read_session(world.app.state.web.engine) as session:
        photo = find_upload(session, upload).photo
        stored = reading_of(session, photo)
        assert stored is not None
        return stored.id, photo


def place(world: World, who: str, reading: str, **changes: Any) -> Any:  # noqa: ANN401
    body = {"form": KWK, "page": 2, "corners": CORNERS} | changes
    return world.client(who).post(f"/readings/{reading}/corners", json=body)


def test_a_page_that_was_not_found_is_read_where_somebody_points(world: World) -> None:
    reader = with_reader(world, FakeReader())
    upload = unreadable(world)
    reading, photo = reading_id(world, upload)
    answer = place(world, "rina", reading)
    assert (answer.status_code, answer.json()) == (201, {"next": "/queue"})
    (placement,) = reader.seen
    assert placement is not None
    assert [list(corner) for corner in placement.corners] == CORNERS
    world.client("rina").post(f"/uploads/{upload}/assign", data={"tps": STATION.code})
    assert sheet_data(world)["fields"]["paslon_1"]["as_written"] == "X61"
    with read_session(world.app.state.web.engine) as session:
        stored = reading_of(session, photo)
        read = list_events(session, kind="photo_read")[-1]
    assert stored is not None
    assert stored.reading is not None
    assert stored.reading.model.startswith("test+corners-")
    assert "whole" in stored.blobs
    assert read.actor == world.account_id("rina")


def test_other_corners_make_another_reading_and_the_same_ones_none(world: World) -> None:
    with_reader(world, FakeReader())
    upload = unreadable(world)
    first, _ = reading_id(world, upload)
    for corners in (CORNERS, CORNERS, [[0.0, 0.0], *CORNERS[1:]]):
        assert place(world, "rina", first, corners=corners).status_code == 201
    with read_session(world.app.state.web.engine) as session:
        assert len(list_events(session, kind="photo_read")) == 2


def test_what_can_not_be_read_there_either_is_said(world: World) -> None:
    with_reader(world, FakeReader(Unreadable("too_blurred", "blurred", "retake")))
    reading, _ = reading_id(world, unreadable(world))
    answer = place(world, "rina", reading)
    assert (answer.status_code, answer.json()["code"]) == (422, "too_blurred")
    assert world.client("rina").get(SHEET).status_code == 404


def test_corners_that_are_no_sheet_pages_that_are_none_and_ones_own_photos_are_refused(
    world: World,
) -> None:
    with_reader(world, FakeReader())
    reading, _ = reading_id(world, unreadable(world))
    assert place(world, "rina", reading, corners=CORNERS[::-1]).status_code == 422
    assert place(world, "rina", reading, page=9).status_code == 422
    assert place(world, "rina", reading, form="x").status_code == 404
    assert place(world, "amat", reading).status_code == 403
    mine, _ = reading_id(world, unreadable(world, "budi"))
    assert place(world, "budi", mine).status_code == 409
    plain, _ = reading_id(world, world.read(2, PAGE_2))
    assert place(world, "rina", plain).status_code == 404
