"""Corner mode: where somebody says that a page lies, it is read again."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from digitizer.domain.outcome import PhotoOutcome
from digitizer.domain.placement import Placement
from digitizer.domain.verdict import Unreadable
from digitizer.forms import load_form
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import list_events
from digitizer.store.readings import reading_of, save_reading
from digitizer.store.sheets import sheets_of
from digitizer.store.shown_pages import page_of
from digitizer.store.tallies import tallies_of
from digitizer.store.uploads import upload as find_upload
from digitizer.store.verifications import waiting
from tests.api.conftest import OTHER_TPS, World
from tests.api.moving import move
from tests.api.test_four_eyes import WRONG_SUM
from tests.api.test_keying import unreadable
from tests.api.test_reviews import SHEET, body, confirm, recap, rows, sheet_data
from tests.facts import KWK, NOW, PAGE_1, PAGE_2, STATION, page_reading, png

PPWP = "c-hasil-ppwp-2024"
CORNERS = [[0.1, 0.1], [0.9, 0.12], [0.88, 0.9], [0.1, 0.9]]


class FakeReader:
    """Reads what it is told to, and keeps where it was told to look."""

    def __init__(self, problem: Unreadable | None = None) -> None:
        self.problem = problem
        self.seen: list[Placement | None] = []

    def digest(self, data: bytes, placement: Placement | None = None) -> PhotoOutcome:
        self.seen.append(placement)
        photo = hashlib.sha256(data).hexdigest()
        if self.problem is not None or placement is None:
            return PhotoOutcome(photo, None, self.problem, MappingProxyType({}))
        form, written = load_form(placement.form), {**PAGE_1, **PAGE_2}
        read = page_reading(photo, placement.page, written, form=form)
        reading = replace(read, method="person", identity="person")
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


def test_corners_that_somebody_goes_back_to_count_again(world: World) -> None:
    with_reader(world, FakeReader())
    upload = world.read(2, PAGE_2, whole=True)
    first, photo = reading_id(world, upload)
    models = []
    for corners in (CORNERS, [[0.0, 0.0], *CORNERS[1:]], CORNERS):
        assert place(world, "rina", first, corners=corners).status_code == 201
        with read_session(world.app.state.web.engine) as session:
            stored = reading_of(session, photo)
        assert stored is not None and stored.reading is not None
        models.append(stored.reading.model)
    assert models[0] == models[2] != models[1]
    counts, _ = reading_id(world, upload)
    assert sheet_data(world)["readings"] == [counts]


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


def sheets(world: World) -> dict[tuple[str, str], tuple[str, int]]:
    """State and number of photos of every sheet of the station, by contest and form."""
    with read_session(world.app.state.web.engine) as session:
        return {
            (contest, item.form): (item.state, len(item.photos))
            for contest in ("gubernur", "presiden")
            for item in sheets_of(session, contest, STATION.code)
        }


def loose_pages(world: World) -> list[str]:
    """Both pages of the form of the station, each with all of its photo; gives their readings."""
    uploads = [world.read(1, PAGE_1, whole=True), world.read(2, PAGE_2, whole=True)]
    return [reading_id(world, upload)[0] for upload in uploads]


def test_pages_that_are_of_another_form_leave_no_form_behind(world: World) -> None:
    """It would stand in the queue with no photo, and could be confirmed without a number."""
    with_reader(world, FakeReader())
    first, second = loose_pages(world)
    assert sheets(world) == {("gubernur", KWK): ("clear", 2)}
    assert place(world, "rina", first, form=PPWP, page=1).status_code == 201
    assert sheets(world) == {
        ("gubernur", KWK): ("doubtful", 1),
        ("presiden", PPWP): ("doubtful", 1),
    }
    assert place(world, "rina", second, form=PPWP, page=2).status_code == 201
    assert sheets(world) == {("presiden", PPWP): ("doubtful", 2)}
    assert world.client("budi").get(SHEET).status_code == 404


def test_what_was_confirmed_of_a_form_is_taken_back_with_a_page_that_is_of_another(
    world: World,
) -> None:
    """One paper would count twice: as what it was taken for, and as what it is."""
    with_reader(world, FakeReader())
    first, second = loose_pages(world)
    assert confirm(world, "budi", body(world, "budi")).json()["outcome"] == "tally"
    refused = place(world, "rina", second, form=PPWP, page=2)
    assert (refused.status_code, refused.json()["code"]) == (409, "counted_here")
    assert sheets(world) == {("gubernur", KWK): ("verified", 2)}
    assert recap(world)["counted"] == 1

    assert place(world, "sri", second, form=PPWP, page=2).status_code == 201
    assert (recap(world)["counted"], rows(world)) == (0, [])
    assert sheets(world) == {
        ("gubernur", KWK): ("doubtful", 1),
        ("presiden", PPWP): ("doubtful", 1),
    }
    with read_session(world.app.state.web.engine) as session:
        assert tallies_of(session, "gubernur", STATION.code) == ()
        (told,) = list_events(session, kind="tally_withdrawn")
    assert told.actor == world.account_id("sri")
    # What stays is confirmed anew, and the other page is of the other form for good.
    assert place(world, "sri", first, form=PPWP, page=1).status_code == 201
    assert sheets(world) == {("presiden", PPWP): ("doubtful", 2)}


def test_what_was_confirmed_goes_with_a_photo_that_is_of_another_page(world: World) -> None:
    with_reader(world, FakeReader())
    _, second = loose_pages(world)
    assert confirm(world, "budi", body(world, "budi")).json()["outcome"] == "tally"
    assert place(world, "rina", second, page=1).json()["code"] == "counted_here"
    # The same page, placed better, is another reading of it, which somebody has yet to see.
    assert place(world, "rina", second).status_code == 201
    assert sheets(world) == {("gubernur", KWK): ("new_photo", 2)}
    assert recap(world)["counted"] == 1
    assert place(world, "sri", second, page=1).status_code == 201
    assert recap(world)["counted"] == 0
    assert sheets(world) == {("gubernur", KWK): ("doubtful", 2)}
    assert "paslon_1" not in sheet_data(world)["fields"]


def test_a_first_reading_goes_with_its_photo_and_no_supervisor_is_asked(world: World) -> None:
    with_reader(world, FakeReader())
    _, second = loose_pages(world)
    sent = body(world, "budi", suara_sah="123")
    sent["acknowledged"] = WRONG_SUM
    assert confirm(world, "budi", sent).json()["outcome"] == "needs_reader"
    assert place(world, "rina", second, form=PPWP, page=2).status_code == 201
    with read_session(world.app.state.web.engine) as session:
        assert waiting(session, "gubernur", STATION.code, KWK).verifications == ()
    assert sheets(world)["gubernur", KWK] == ("doubtful", 1)


def test_a_page_that_is_said_to_be_another_and_then_the_first_again_is_the_first(
    world: World,
) -> None:
    with_reader(world, FakeReader())
    reading, photo = reading_id(world, world.read(2, PAGE_2, whole=True))
    for page in (2, 1, 2):
        assert place(world, "rina", reading, page=page).status_code == 201
        with read_session(world.app.state.web.engine) as session:
            assert page_of(session, photo) == (KWK, page)


def test_a_form_of_which_no_photo_shows_a_page_is_not_confirmed(world: World) -> None:
    """Nothing leaves such a form behind; should one stand all the same, no number comes of it."""
    _, photo = reading_id(world, world.read(2, PAGE_2))
    early = body(world)
    other = page_reading(photo, 2, PAGE_2, form=load_form(PPWP))
    with write_session(world.app.state.web.engine) as session:
        save_reading(session, photo, other, None, {}, 0.1, NOW + timedelta(minutes=5))
        session.commit()
    page = world.client("rina", page=True).get(SHEET)
    assert (page.status_code, "Tidak ada foto" in page.text) == (200, True)
    for sent in (early, body(world) | {"fields": {}}):
        answer = confirm(world, "rina", sent)
        assert (answer.status_code, answer.json()["code"]) == (409, "no_page")
    moved = move(world, "rina", SHEET, tps=OTHER_TPS)
    assert (moved.status_code, moved.json()["code"]) == (409, "no_page")
    assert rows(world) == []
