"""Boxes read as one digit, side by side: what is odd comes back to review."""

import re

from sqlalchemy import event

from digitizer.store.engine import read_session
from digitizer.store.events import list_events
from tests.api.conftest import OTHER_TPS, World
from tests.api.test_reviews import body, confirm, sheet_data
from tests.facts import PAGE_1, PAGE_2, STATION, unsure


def cells(world: World, who: str, digit: str) -> list[tuple[str, str, int]]:
    page = world.client(who, page=True).get(f"/glyphs?digit={digit}").text
    found = re.findall(r'data-reading="(\w+)" data-field="(\w+)" data-box="(\d)"', page)
    return [(reading, field, int(box)) for reading, field, box in found]


def test_the_unsurest_boxes_of_a_digit_come_first_and_nobody_is_named(world: World) -> None:
    world.read(1, PAGE_1)
    world.read(2, PAGE_2, boxes={("paslon_2", 1): unsure("5", "6", 0.9)})
    found = cells(world, "rina", "5")
    assert found[0][1:] == ("paslon_2", 1)
    assert {name for _, name, _ in found} == {"paslon_2", "pengguna_dpt_l", "pengguna_total_p"}
    page = world.client("rina", page=True).get("/glyphs?digit=5").text
    for named in (STATION.code, STATION.dotted, STATION.desa):
        assert named not in page


def test_a_marked_box_puts_its_form_in_doubt_and_changes_no_number(world: World) -> None:
    world.read_form()
    reading, field, box = next(cell for cell in cells(world, "rina", "6") if cell[1] == "paslon_1")
    marks = {"digit": "6", "marks": [{"reading": reading, "field": field, "box": box}]}
    for _ in range(2):
        assert world.client("rina").post("/glyphs", json=marks).status_code == 204
    fields = sheet_data(world, "budi")["fields"]
    assert [name for name, item in fields.items() if item["doubtful"]] == ["paslon_1"]
    assert fields["paslon_1"]["as_written"] == "X61"
    assert (reading, field, box) not in cells(world, "budi", "6")
    with read_session(world.app.state.web.engine) as session:
        (event,) = list_events(session, kind="glyph_marked")
    assert (event.payload["field"], event.payload["glyph"]) == ("paslon_1", "6")


def test_what_is_verified_or_ones_own_is_not_shown(world: World) -> None:
    world.read_form()
    for page, written in ((1, PAGE_1), (2, PAGE_2)):
        world.read(page, written, tps=OTHER_TPS, sender="budi")
    mine, theirs = len(cells(world, "budi", "6")), len(cells(world, "rina", "6"))
    assert 0 < mine < theirs
    assert confirm(world, "rina", body(world)).json()["outcome"] == "tally"
    assert cells(world, "budi", "6") == []


def test_marks_of_boxes_that_are_not_there_are_refused(world: World) -> None:
    world.read_form()
    reading, field, _ = cells(world, "rina", "6")[0]
    for wrong in ({"reading": "x", "field": field, "box": 0},
                  {"reading": reading, "field": "x", "box": 0},
                  {"reading": reading, "field": field, "box": 9}):  # fmt: skip
        answer = world.client("rina").post("/glyphs", json={"digit": "6", "marks": [wrong]})
        assert answer.status_code == 404
    assert world.client("amat").get("/glyphs").status_code == 403


def test_however_many_forms_are_looked_through_the_database_is_asked_as_often(world: World) -> None:
    told: list[object] = []
    world.read_form()
    event.listen(
        world.app.state.web.engine, "before_cursor_execute", lambda *asked: told.append(asked)
    )
    cells(world, "rina", "6")
    one = len(told)
    for page, written in ((1, PAGE_1), (2, PAGE_2)):
        world.read(page, written, tps=OTHER_TPS)
    told.clear()
    assert len({reading for reading, _, _ in cells(world, "rina", "6")}) > 2
    assert len(told) == one
