"""Second readers, disputes, leases and what is handed on, through the web."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digitizer.api.web import now_of
from digitizer.store.engine import read_session
from digitizer.store.events import list_events, verify_chain
from digitizer.store.verifications import history
from tests.api.conftest import OTHER_TPS, World
from tests.api.moving import move
from tests.api.test_reviews import SHEET, body, confirm, next_form, rows, sheet_data
from tests.facts import PAGE_1, PAGE_2, STATION, unsure

WRONG_SUM = ["suara-sah", "suara-total"]


def read_blind(world: World, who: str, **changes: str) -> dict[str, object]:
    """What somebody sends who types everything from the ink."""
    sent = body(world, who, **(PAGE_1 | PAGE_2 | changes))
    sent["acknowledged"] = WRONG_SUM
    return sent


def says(page: str, number: str) -> bool:
    """Whether a page holds a number; ids are random and may hold any digits."""
    return re.search(rf"(?<![0-9A-Za-z]){number}(?![0-9A-Za-z])", page) is not None


def wrong_paper(world: World) -> None:
    """A form whose own sum is wrong, read once."""
    world.read_form(suara_sah="123")
    sent = body(world)
    sent["acknowledged"] = WRONG_SUM
    assert confirm(world, "rina", sent).json()["outcome"] == "needs_reader"


def draw_all(world: World) -> None:
    web = world.app.state.web
    world.app.state.web = replace(web, review=replace(web.review, blind_share=1.0))


def test_a_second_readers_page_holds_no_trace_of_any_value(world: World) -> None:
    # Numbers that stand nowhere else in the page.
    world.read(1, PAGE_1)
    world.read(2, PAGE_2 | {"paslon_1": "847", "suara_sah": "123"})
    sent = body(world, paslon_1="846")
    sent["acknowledged"] = ["suara-sah", "suara-total", "surat-suara-tps"]
    sent["fields"]["paslon_1"]["note"] = "jelas tertulis"
    answer = confirm(world, "rina", sent)
    assert answer.json()["outcome"] == "needs_reader"
    page = world.client("budi", page=True).get(SHEET).text
    data = sheet_data(world, "budi")
    for trace in ("846", "847", "X52"):
        assert not says(page, trace)
    assert len(data["earlier"]) == 1
    for item in data["fields"].values():
        assert item["blind"]
        assert set(item["as_written"]) == {"?"}
        assert not any(item["boxes"])
    queue = world.client("budi", page=True).get("/queue").text
    assert not says(queue, "846")
    assert not says(queue, "847")
    history_page = world.client("budi", page=True).get(f"/recap/gubernur/tps/{STATION.code}").text
    assert not says(history_page, "846")


def test_two_who_agree_without_seeing_each_other_make_a_tally(world: World) -> None:
    wrong_paper(world)
    again = read_blind(world, "budi", suara_sah="123")
    answer = confirm(world, "budi", again)
    assert (answer.json()["outcome"], answer.json()["version"]) == ("tally", 1)
    (row,) = rows(world)
    assert row["suara_sah"] == "123"
    with read_session(world.app.state.web.engine) as session:
        first, second = history(session, "gubernur", STATION.code)
    assert not any(item.blind for item in first.fields.values())
    assert all(item.blind and item.shown is None for item in second.fields.values())


def test_the_first_reader_is_no_second_one(world: World) -> None:
    wrong_paper(world)
    sent = read_blind(world, "rina", suara_sah="123") | {"client": "another-attempt"}
    answer = confirm(world, "rina", sent)
    assert (answer.status_code, answer.json()["code"]) == (409, "read_already")
    assert next_form(world, "rina") == "/queue?done=1"


def test_whoever_saw_the_values_before_another_read_the_form_must_open_it_again(
    world: World,
) -> None:
    world.read_form(suara_sah="123")
    early = body(world, "budi")
    early["acknowledged"] = WRONG_SUM
    world.client("budi").post(f"{SHEET}/leave")
    sent = body(world)
    sent["acknowledged"] = WRONG_SUM
    assert confirm(world, "rina", sent).json()["outcome"] == "needs_reader"
    answer = confirm(world, "budi", early)
    assert (answer.status_code, answer.json()["code"]) == (409, "read_meanwhile")
    assert rows(world) == []


def test_two_that_differ_go_to_a_supervisor_who_sees_both_and_decides(world: World) -> None:
    wrong_paper(world)
    answer = confirm(world, "budi", read_blind(world, "budi", suara_sah="128"))
    assert answer.json()["outcome"] == "dispute"
    assert rows(world) == []
    refused = confirm(world, "rina", read_blind(world, "rina") | {"client": "another-attempt"})
    assert (refused.status_code, refused.json()["code"]) == (409, "read_already")
    assert next_form(world, "sri") == SHEET
    page = world.client("sri", page=True).get(SHEET).text
    assert "Pembaca 1: 123" in page
    assert "Pembaca 2: 128" in page
    data = sheet_data(world, "sri")
    assert [name for name, item in data["fields"].items() if item["blind"]] == ["suara_sah"]
    assert data["fields"]["paslon_1"]["as_written"] == "X61"
    decided = body(world, "sri", suara_sah="113")
    assert confirm(world, "sri", decided).json()["outcome"] == "tally"
    (row,) = rows(world)
    assert row["suara_sah"] == "113"
    with read_session(world.app.state.web.engine) as session:
        *readers, last = history(session, "gubernur", STATION.code)
        assert verify_chain(session) == ()
    assert last.settles == tuple(item.id for item in readers)
    assert [item.fields["suara_sah"].as_written for item in readers] == ["123", "128"]


def test_a_form_drawn_by_lot_arrives_empty_and_one_reader_is_enough_when_it_holds(
    world: World,
) -> None:
    draw_all(world)
    world.read_form()
    assert all(item["blind"] for item in sheet_data(world)["fields"].values())
    sent = body(world, **(PAGE_1 | PAGE_2))
    assert confirm(world, "rina", sent).json()["outcome"] == "tally"


def test_a_drawn_form_typed_otherwise_than_surely_read_needs_another_reader(world: World) -> None:
    draw_all(world)
    world.read_form()
    sent = body(world, **(PAGE_1 | PAGE_2 | {"ss_rusak": "XX2", "ss_sisa": "X45"}))
    assert confirm(world, "rina", sent).json()["outcome"] == "needs_reader"


def test_a_moved_number_arrives_empty_and_the_others_are_shown(world: World) -> None:
    world.read(1, PAGE_1)
    world.read(2, PAGE_2 | {"paslon_1": "X67"}, boxes={("paslon_1", 2): unsure("7", "1", 0.8)})
    fields = sheet_data(world)["fields"]
    assert [name for name, item in fields.items() if item["blind"]] == ["paslon_1"]
    assert fields["paslon_2"]["as_written"] == "X52"


def test_much_in_doubt_arrives_empty_and_needs_two(world: World) -> None:
    world.read(1, PAGE_1)
    world.read(2, PAGE_2, boxes={(name, 2): unsure("?", "7", 0.9) for name in PAGE_2})
    assert all(item["blind"] for item in sheet_data(world)["fields"].values())
    sent = body(world, **(PAGE_1 | PAGE_2))
    assert confirm(world, "rina", sent).json()["outcome"] == "needs_reader"


def test_the_queue_tells_of_a_blind_form_only_what_lies_in_its_photo(world: World) -> None:
    draw_all(world)
    web = world.app.state.web
    world.app.state.web = replace(web, policy=replace(web.policy, min_box_pixels=99))
    world.read(1, PAGE_1)
    world.read(2, PAGE_2 | {"paslon_1": "847"}, boxes={("paslon_2", 2): unsure("2", "7", 0.8)})
    queue = world.client("rina", page=True).get("/queue").text
    assert says(queue, "99")
    assert not says(queue, "847")
    assert "Paslon 2" not in queue
    assert "sengaja datang kosong" in queue


def test_a_form_is_open_to_one_at_a_time(world: World) -> None:
    world.read_form()
    sent = body(world)
    assert next_form(world, "budi") == "/queue?done=1"
    page = world.client("budi", page=True).get(SHEET)
    assert "sedang dibuka orang lain" in page.text
    answer = confirm(world, "budi", body(world, "budi"))
    assert (answer.status_code, answer.json()["code"]) == (409, "leased")
    assert world.client("budi").post(f"{SHEET}/lease").status_code == 409
    assert world.client("rina").post(f"{SHEET}/lease").status_code == 204
    assert world.client("rina").post(f"{SHEET}/leave").status_code == 204
    assert next_form(world, "budi") == SHEET
    assert confirm(world, "budi", body(world, "budi")).status_code == 201
    answer = confirm(world, "rina", sent)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_a_lease_that_ran_out_loses_nothing_while_nobody_took_the_form(world: World) -> None:
    world.read_form()
    sent = body(world)
    world.app.dependency_overrides[now_of] = lambda: datetime.now(UTC) + timedelta(minutes=4)
    assert confirm(world, "rina", sent).status_code == 201


def test_a_lease_that_ran_out_goes_to_whoever_comes_next(world: World) -> None:
    world.read_form()
    sent = body(world)
    world.app.dependency_overrides[now_of] = lambda: datetime.now(UTC) + timedelta(minutes=4)
    assert next_form(world, "budi") == SHEET
    sheet_data(world, "budi")
    answer = confirm(world, "rina", sent)
    assert (answer.status_code, answer.json()["code"]) == (409, "leased")


def test_handing_on_takes_a_reason_and_goes_to_a_supervisor(world: World) -> None:
    world.read_form()
    rina = world.client("rina")
    short = rina.post(f"{SHEET}/escalations", json={"reason": "", "expected_version": 0})
    assert short.status_code == 422
    why = {"reason": "Kepala formulir tertutup jari", "expected_version": 0}
    answer = rina.post(f"{SHEET}/escalations", json=why)
    assert (answer.status_code, answer.json()["next"]) == (201, "/queue?done=1")
    assert next_form(world, "budi") == "/queue?done=1"
    refused = confirm(world, "budi", body(world, "budi"))
    assert (refused.status_code, refused.json()["code"]) == (409, "escalated")
    assert next_form(world, "sri") == SHEET
    assert "Kepala formulir tertutup jari" in world.client("sri", page=True).get(SHEET).text
    assert confirm(world, "sri", body(world, "sri")).json()["outcome"] == "tally"
    with read_session(world.app.state.web.engine) as session:
        (event,) = list_events(session, kind="form_escalated")
    assert str(why["reason"]) not in str(event.payload)


@pytest.mark.parametrize("who", ["saksi", "amat"])
def test_only_reviewers_take_leases_and_hand_on(world: World, who: str) -> None:
    world.read_form()
    client = world.client(who)
    for path in ("lease", "leave"):
        assert client.post(f"{SHEET}/{path}").status_code == 403
    why = {"reason": "iseng saja", "expected_version": 0}
    assert client.post(f"{SHEET}/escalations", json=why).status_code == 403


def test_a_form_from_a_phone_of_any_tps_asks_for_the_number_in_its_head(world: World) -> None:
    world.read(1, PAGE_1, sender="saksi")
    world.read(2, PAGE_2, sender="saksi")
    page = world.client("rina", page=True).get(SHEET).text
    assert "64.11.03.2001.001" not in page
    sent = body(world)
    assert sent["tps_number"] == "001"
    for wrong in ("", "002"):
        answer = confirm(world, "rina", sent | {"tps_number": wrong})
        assert (answer.status_code, answer.json()["code"]) == (409, "tps_mismatch")
    assert confirm(world, "rina", sent | {"tps_number": "1"}).json()["outcome"] == "tally"


def test_a_bound_phone_is_believed_and_a_blind_form_is_not(world: World) -> None:
    world.read_form()
    assert not sheet_data(world)["ask_tps"]
    draw_all(world)
    assert sheet_data(world)["ask_tps"]


def test_a_form_is_moved_to_the_tps_that_its_head_names(world: World) -> None:
    world.read_form()
    sheet_data(world)
    rina = world.client("rina")
    refused = [move(world, "rina", SHEET, tps=tps) for tps in (STATION.code, "123")]
    assert [answer.status_code for answer in refused] == [422, 422]
    answer = move(world, "rina", SHEET, tps="64.11.03.2001.002")
    other = SHEET.replace(STATION.code, OTHER_TPS)
    assert (answer.status_code, answer.json()["next"].partition("?")[0]) == (201, other)
    assert rina.get(SHEET).status_code == 404
    assert sheet_data(world, path=other)["ask_tps"]
    with read_session(world.app.state.web.engine) as session:
        moved = list_events(session, kind="upload_assigned")
    assert {event.payload["tps"] for event in moved} == {OTHER_TPS}


def test_readers_who_differed_on_a_form_that_lies_elsewhere_differ_no_longer(world: World) -> None:
    wrong_paper(world)
    assert confirm(world, "budi", read_blind(world, "budi", suara_sah="124")).json()[
        "outcome"
    ] == "dispute"  # fmt: skip
    told = world.client("amat").get("/api/recap/gubernur").json()["recap"]
    assert told["disputed"] == 1
    moved = move(world, "sri", SHEET, tps=OTHER_TPS)
    assert moved.status_code == 201
    told = world.client("amat").get("/api/recap/gubernur").json()["recap"]
    assert (told["disputed"], told["counted"]) == (0, 0)
    kinds = [event.kind for event in list_events(read_session(world.app.state.web.engine))]
    assert kinds.count("verification_withdrawn") == 2
