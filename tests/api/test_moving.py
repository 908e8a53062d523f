"""A form is moved with the photos that stood on the screen, and with no others."""

from digitizer.store.engine import read_session
from digitizer.store.uploads import uploads_for_tps
from tests.api.conftest import OTHER_TPS, World
from tests.api.moving import move, readings_at
from tests.api.test_reviews import SHEET
from tests.facts import PAGE_1, PAGE_2, STATION


def lying_at(world: World, tps: str) -> set[str]:
    with read_session(world.app.state.web.engine) as session:
        return {item.id for item in uploads_for_tps(session, tps)}


def test_a_photo_that_came_while_a_form_was_open_is_not_moved_unseen(world: World) -> None:
    of_another = world.read(2, PAGE_2)
    shown = readings_at(world, SHEET)
    of_this = world.read(1, PAGE_1)
    client = world.client("rina")
    sent = {"readings": shown, "tps": OTHER_TPS}
    answer = client.post(f"{SHEET}/move", json=sent)
    assert (answer.status_code, answer.json()["code"]) == (409, "new_photo")
    assert lying_at(world, STATION.code) == {of_another, of_this}
    # Whoever opens it again sees both, and the order in which they are named says nothing.
    sent["readings"] = readings_at(world, SHEET)[::-1]
    assert client.post(f"{SHEET}/move", json=sent).status_code == 201
    assert lying_at(world, OTHER_TPS) == {of_another, of_this}


def test_who_does_not_say_what_they_saw_moves_nothing(world: World) -> None:
    world.read_form()
    client = world.client("rina")
    assert client.post(f"{SHEET}/move", json={"tps": OTHER_TPS}).status_code == 422
    sent = {"readings": [], "tps": OTHER_TPS}
    assert client.post(f"{SHEET}/move", json=sent).json()["code"] == "new_photo"
    assert lying_at(world, OTHER_TPS) == set()
    assert move(world, "rina", SHEET, tps=OTHER_TPS).status_code == 201
