"""What happens between looking at a form and keeping it: nothing is lost, doubled or overtaken."""

import threading
from collections.abc import Callable
from types import ModuleType

import pytest

from digitizer.api import opening, reviews
from digitizer.store.engine import read_session
from digitizer.store.events import list_events
from digitizer.store.verifications import history
from tests.api.conftest import World
from tests.api.test_reviews import SHEET, body, confirm
from tests.facts import PAGE_1, PAGE_2, STATION


def before(
    monkeypatch: pytest.MonkeyPatch, at: ModuleType, name: str, first: Callable[[], object]
) -> None:
    """Let something happen just before a function is called the first time."""
    real = getattr(at, name)
    waiting = [first]

    def called(*args: object, **named: object) -> object:
        if waiting:
            waiting.pop()()
        return real(*args, **named)

    monkeypatch.setattr(at, name, called)


def kept(world: World) -> int:
    with read_session(world.app.state.web.engine) as session:
        return len(history(session, "gubernur", STATION.code))


def told(world: World) -> list[str]:
    with read_session(world.app.state.web.engine) as session:
        return [event.kind for event in list_events(session)]


def test_the_same_attempt_while_it_is_kept_is_one_verification(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.read_form()
    sent = body(world)
    answers: list[str] = []
    before(
        monkeypatch, reviews, "lock_pending",
        lambda: answers.append(confirm(world, "rina", sent).json()["outcome"]),
    )  # fmt: skip
    answers.append(confirm(world, "rina", sent).json()["outcome"])
    assert answers == ["tally", "already"]
    assert kept(world) == 1


def test_what_another_confirmed_meanwhile_is_not_overtaken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.read_form()
    mine = body(world)
    world.client("rina").post(f"{SHEET}/leave")
    theirs = body(world, "sri")
    world.client("sri").post(f"{SHEET}/leave")
    before(monkeypatch, reviews, "lock_pending", lambda: confirm(world, "sri", theirs))
    answer = confirm(world, "rina", mine)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert kept(world) == 1


def test_a_photo_that_comes_while_a_form_is_kept_is_seen_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.read(2, PAGE_2)
    sent = body(world)
    before(monkeypatch, reviews, "lock_pending", lambda: world.read(1, PAGE_1))
    answer = confirm(world, "rina", sent)
    assert (answer.status_code, answer.json()["code"]) == (409, "new_photo")
    assert kept(world) == 0


def test_a_photo_that_comes_while_a_form_is_opened_is_seen_next_time(
    each_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = each_world
    world.read(2, PAGE_2)
    rina = world.client("rina", page=True)
    place = rina.get("/sheets/next").headers["location"]
    before(monkeypatch, opening, "sources_of", lambda: world.read(1, PAGE_1))
    pages = [rina.get(place) for _ in range(2)]
    assert [page.status_code for page in pages] == [200, 200]
    seen = 'data-field="pengguna_dpt_l"'
    assert [seen in page.text for page in pages] == [False, True]


def test_a_photo_that_comes_while_a_confirmation_is_looked_at_is_seen_first(
    each_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = each_world
    world.read(2, PAGE_2)
    sent = body(world)
    before(monkeypatch, opening, "sources_of", lambda: world.read(1, PAGE_1))
    answer = confirm(world, "rina", sent)
    assert (answer.status_code, answer.json()["code"]) == (409, "new_photo")
    assert kept(world) == 0


def test_a_form_that_somebody_takes_first_is_shown_without_keys(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.read_form()
    before(monkeypatch, opening, "take_lease", lambda: world.client("sri", page=True).get(SHEET))
    page = world.client("rina", page=True).get(SHEET).text
    assert '<p class="notice bad">' in page
    assert told(world).count("form_opened") == 1


def test_a_form_that_was_handed_out_is_opened_without_a_write(world: World) -> None:
    world.read_form()
    place = world.client("rina").get("/sheets/next").headers["location"]
    before_opening = told(world)
    assert before_opening[-1] == "form_opened"
    assert world.client("rina", page=True).get(place).status_code == 200
    assert told(world) == before_opening


def test_reviewers_who_begin_together_have_a_form_each(world: World) -> None:
    world.read_form()
    found: list[str] = []
    people = [
        threading.Thread(
            target=lambda who=who: found.append(
                world.client(who).get("/sheets/next").headers["location"]
            )
        )
        for who in ("rina", "sri")
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(place.partition("?")[0] for place in found) == ["/queue", SHEET]
