"""Seeded checks: they look like any form, and no answer to one ever counts."""

import re
from dataclasses import replace
from typing import Any

from sqlmodel import select

from digitizer.store.checks import next_check
from digitizer.store.engine import read_session
from digitizer.store.events import list_events, verify_chain
from digitizer.store.review_tables import SeededCheckRow
from digitizer.store.sheets import state_of_sheet
from digitizer.store.verifications import history, tallies_of
from tests.api.conftest import World
from tests.api.test_reviews import SHEET, body, confirm, next_form, rows, sheet_data
from tests.api.test_two_papers import SALINAN
from tests.api.test_two_papers import confirm as confirm_paper
from tests.facts import KWK, PAGE_1, PAGE_2, STATION

WRITTEN = PAGE_1 | PAGE_2


def check_everything(world: World) -> None:
    web = world.app.state.web
    world.app.state.web = replace(web, review=replace(web.review, seeded_share=1.0))


def verified(world: World) -> None:
    world.read_form()
    assert confirm(world, "rina", body(world)).json()["outcome"] == "tally"


def open_check(world: World, who: str = "budi") -> tuple[str, dict[str, Any], str]:
    """The address of a check, what is sent when it is confirmed as shown, and the changed field."""
    check_everything(world)
    url = world.client(who).get("/sheets/next").headers["location"]
    assert url.startswith(f"{SHEET}?s=")
    data = sheet_data(world, who, url)
    shown = {name: item["as_written"] for name, item in data["fields"].items()}
    (changed,) = [name for name, glyphs in shown.items() if glyphs != WRITTEN[name]]
    sent = {
        "client": "0123456789",
        "readings": data["readings"],
        "expected_version": data["version"],
        "earlier": data["earlier"],
        "shown": data["shown"],
        "acknowledged": ["suara-sah", "suara-total"],
        "seconds": 4.0,
        "fields": {name: {"as_written": glyphs} for name, glyphs in shown.items()},
    }
    return url, sent, changed


def answer(world: World, who: str, url: str, sent: dict[str, Any]) -> Any:  # noqa: ANN401
    path, _, query = url.partition("?")
    return world.client(who).post(f"{path}/verifications?{query}", json=sent)


def kept(world: World) -> list[SeededCheckRow]:
    with read_session(world.app.state.web.engine) as session:
        return list(session.exec(select(SeededCheckRow)))


def test_a_seeded_value_can_not_reach_the_recap(world: World) -> None:
    verified(world)
    before = rows(world)
    url, sent, changed = open_check(world)
    told = answer(world, "budi", url, sent)
    assert (told.status_code, told.json()["outcome"]) == (201, "tally")
    assert rows(world) == before
    with read_session(world.app.state.web.engine) as session:
        assert len(history(session, "gubernur", STATION.code)) == 1
        assert len(tallies_of(session, "gubernur", STATION.code)) == 1
        assert len(list_events(session, kind="check_answered")) == 1
        assert verify_chain(session) == ()
    (row,) = kept(world)
    assert (row.field, row.caught, row.truth) == (changed, False, WRITTEN[changed])


def test_an_answer_that_leaves_the_changed_number_out_is_refused_and_counts_for_nothing(
    world: World,
) -> None:
    verified(world)
    url, sent, changed = open_check(world)
    del sent["fields"][changed]
    assert answer(world, "budi", url, sent).status_code == 422
    assert kept(world) == []


def test_a_paper_whose_numbers_are_not_the_latest_is_handed_out_as_no_check(world: World) -> None:
    verified(world)
    for page, written in ((1, PAGE_1), (2, PAGE_2)):
        world.read(page, written, form=SALINAN)
    assert confirm_paper(world, "budi", SALINAN)["outcome"] == "tally"
    check_everything(world)
    web, kiki = world.app.state.web, world.account_id(world.reviewer("kiki"))
    with read_session(web.engine) as session:
        found = {next_check(session, web.check_seed, 1.0, kiki, number) for number in range(20)}
    assert found == {("gubernur", STATION.code, SALINAN)}
    url = world.client("kiki").get("/sheets/next").headers["location"]
    fields = sheet_data(world, "kiki", url)["fields"]
    assert sum(item["as_written"] != WRITTEN[name] for name, item in fields.items()) == 1


def test_a_change_that_is_found_is_counted(world: World) -> None:
    verified(world)
    url, sent, changed = open_check(world)
    sent["fields"][changed]["as_written"] = WRITTEN[changed]
    assert answer(world, "budi", url, sent).status_code == 201
    (row,) = kept(world)
    assert row.caught
    page = world.client("sri", page=True).get("/figures").text
    assert "1 / 1" in page
    assert "100,0 % (20,7–100,0)" in page


def test_a_check_is_answered_once(world: World) -> None:
    """An answer that was lost on the way is sent again by the browser."""
    verified(world)
    url, sent, _ = open_check(world)
    for _ in range(2):
        assert answer(world, "budi", url, sent).status_code == 201
    assert len(kept(world)) == 1


def test_a_check_that_is_handed_on_is_found_and_stays_verified(world: World) -> None:
    verified(world)
    url, _, changed = open_check(world)
    path, _, query = url.partition("?")
    why = {"reason": "angkanya lain", "expected_version": 0}
    told = world.client("budi").post(f"{path}/escalations?{query}", json=why)
    assert told.status_code == 201
    (row,) = kept(world)
    assert (row.field, row.caught) == (changed, True)
    with read_session(world.app.state.web.engine) as session:
        assert state_of_sheet(session, "gubernur", STATION.code, KWK) == "verified"
        assert list_events(session, kind="form_escalated") == ()


def test_a_check_looks_like_any_form(world: World) -> None:
    verified(world)
    url, _, _ = open_check(world)
    page = world.client("budi", page=True).get(url).text
    for told in ("(versi 1)", "seeded"):
        assert told not in page
    assert "(versi 1)" in world.client("budi", page=True).get(SHEET).text
    assert re.search(r'class="primary submit"', page)


def test_somebody_elses_check_is_no_check(world: World) -> None:
    verified(world)
    url, sent, _ = open_check(world, "budi")
    assert sheet_data(world, "rina", url)["fields"]["paslon_1"]["as_written"] == "X61"
    answer(world, "rina", url, sent)
    assert kept(world) == []


def test_taking_an_answer_back_is_answered_as_for_any_form(world: World) -> None:
    verified(world)
    url, sent, _ = open_check(world)
    told = answer(world, "budi", url, sent).json()
    path = f"/verifications/{told['verification']}/withdrawal"
    assert world.client("budi").post(path).status_code == 204
    assert world.client("rina").post(path).status_code == 404


def test_without_anything_verified_there_is_nothing_to_check(world: World) -> None:
    check_everything(world)
    assert next_form(world, "budi") == "/queue?done=1"
    world.read_form()
    assert world.client("budi").get("/sheets/next").headers["location"].startswith(SHEET)


def test_figures_are_for_supervisors(world: World) -> None:
    for who in ("rina", "amat", "saksi"):
        assert world.client(who).get("/figures").status_code == 403
    assert "Belum ada formulir" in world.client("sri", page=True).get("/figures").text
