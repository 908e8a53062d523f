"""Confirming: the only way into the recap, and what refuses it."""

import csv
import io
import json
import re
from typing import Any

import pytest

from digitizer.store.engine import read_session, write_session
from digitizer.store.tables import SheetRow
from digitizer.store.verifications import history, tallies_of
from tests.api.conftest import OTHER_TPS, World
from tests.api.moving import move
from tests.facts import KWK, PAGE_1, PAGE_2, STATION, unsure

PAGE = {**PAGE_1, **PAGE_2}
SHEET = f"/sheets/gubernur/{STATION.code}/{KWK}"


def sheet_data(world: World, name: str = "rina", path: str = SHEET) -> dict[str, Any]:
    page = world.client(name, page=True).get(path)
    assert page.status_code == 200
    found = re.search(r'id="sheet">(.*?)</script>', page.text, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def body(world: World, who: str = "rina", /, **changes: str) -> dict[str, Any]:
    data = sheet_data(world, who)
    written = {name: item["as_written"] for name, item in data["fields"].items()} | changes
    return {
        "client": "0123456789",
        "readings": data["readings"],
        "expected_version": data["version"],
        "earlier": data["earlier"],
        "shown": data["shown"],
        "tps_number": STATION.code[-3:] if data["ask_tps"] else "",
        "acknowledged": [],
        "seconds": 4.2,
        "fields": {name: {"as_written": value} for name, value in written.items()},
    }


def confirm(world: World, name: str, sent: dict[str, Any]) -> Any:  # noqa: ANN401
    return world.client(name).post(f"{SHEET}/verifications", json=sent)


def next_form(world: World, who: str) -> str:
    """Where somebody goes on, without what every such address carries."""
    location = world.client(who).get("/sheets/next").headers["location"]
    return re.sub(r"\?s=[0-9a-f]{16}$", "", location)


def rows(world: World, contest: str = "gubernur") -> list[dict[str, str]]:
    data = world.client("amat").get(f"/exports/{contest}.csv").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(data)))


def test_the_recap_holds_the_confirmed_value_and_never_the_read_one(world: World) -> None:
    world.read_form(paslon_1="X67", suara_sah="113")
    assert rows(world) == []
    sent = body(world, paslon_1="X61")
    answer = confirm(world, "rina", sent)
    assert answer.status_code == 201
    told = answer.json()
    assert told.pop("verification")
    assert told == {"outcome": "tally", "version": 1, "next": "/queue?done=1"}
    recap = world.client("amat").get("/api/recap/gubernur").json()
    assert recap["recap"]["totals"]["paslon_1"] == 61
    assert recap["recap"]["counted"] == 1
    assert recap["recap"]["expected"] == 16
    assert recap["simulated"] is True
    (row,) = rows(world)
    assert row["paslon_1"] == "61"
    assert "67" not in row.values()
    page = world.client("amat", page=True).get(f"/recap/gubernur/tps/{STATION.code}").text
    assert "X67" in page
    assert "X61" in page
    assert "diubah orang" in page
    with read_session(world.app.state.web.engine) as session:
        (kept,) = history(session, "gubernur", STATION.code)
    assert kept.fields["paslon_1"].shown == "X67"
    assert kept.fields["paslon_1"].touched
    assert kept.fields["paslon_2"].shown == "X52"
    assert not kept.fields["paslon_2"].touched


def test_the_client_cannot_say_what_was_shown(world: World) -> None:
    world.read_form()
    sent = body(world)
    sent["fields"]["paslon_1"]["shown"] = "999"
    assert confirm(world, "rina", sent).json()["code"] == "bad_request"


def test_a_sheet_settled_before_numbers_could_be_moved_opens_as_it_is_written(world: World) -> None:
    world.read_form()
    now = sheet_data(world)["fields"]
    with write_session(world.app.state.web.engine) as session:
        row = session.get_one(SheetRow, ("gubernur", STATION.code, KWK))
        older = {
            name: {key: part for key, part in item.items() if key != "shown"}
            for name, item in row.body["values"].items()
        }
        row.body = {**row.body, "values": older}
        session.add(row)
        session.commit()
    assert sheet_data(world)["fields"] == now


def test_the_same_attempt_twice_is_one_verification(world: World) -> None:
    world.read_form()
    sent = body(world)
    first, again = confirm(world, "rina", sent), confirm(world, "rina", sent)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["outcome"] == "already"
    with read_session(world.app.state.web.engine) as session:
        assert len(history(session, "gubernur", STATION.code)) == 1
        assert len(tallies_of(session, "gubernur", STATION.code)) == 1


def test_two_reviewers_at_once_conflict(world: World) -> None:
    world.read_form()
    sent, theirs = body(world), body(world, "budi")
    assert confirm(world, "rina", sent).status_code == 201
    answer = confirm(world, "budi", theirs)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "Isian Anda tetap di sini" in answer.json()["text"]


def test_a_page_left_open_confirms_for_nobody_who_signed_in_since(world: World) -> None:
    world.read_form()
    sent = body(world)
    world.client("rina").post(f"{SHEET}/leave")
    answer = confirm(world, "budi", sent)
    assert (answer.status_code, answer.json()["code"]) == (409, "doubted_meanwhile")
    assert "akun lain masuk" in answer.json()["text"]
    with read_session(world.app.state.web.engine) as session:
        assert history(session, "gubernur", STATION.code) == ()
    assert confirm(world, "budi", body(world, "budi")).json()["outcome"] == "tally"


def test_a_number_that_no_photo_shows_is_confirmed_by_nobody(world: World) -> None:
    world.read(1, PAGE_1)
    answer = confirm(world, "rina", body(world, **PAGE_2))
    assert (answer.status_code, answer.json()["code"]) == (422, "verification_refused")
    with read_session(world.app.state.web.engine) as session:
        assert tallies_of(session, "gubernur", STATION.code) == ()
    assert confirm(world, "rina", body(world)).json()["outcome"] == "tally"


def test_a_reviewer_never_confirms_their_own_upload(world: World) -> None:
    world.read(1, PAGE_1, sender="rina")
    world.read(2, PAGE_2)
    assert next_form(world, "rina") == "/queue?done=1"
    assert next_form(world, "budi") == SHEET
    answer = confirm(world, "rina", body(world))
    assert (answer.status_code, answer.json()["code"]) == (409, "own_upload")
    page = world.client("rina", page=True).get(SHEET).text
    assert 'class="primary submit"' not in page
    assert "unggah sendiri" in page
    assert confirm(world, "budi", body(world, "budi")).status_code == 201


def test_a_photo_that_came_meanwhile_conflicts(world: World) -> None:
    world.read(2, PAGE_2)
    sent = body(world)
    world.read(1, PAGE_1)
    answer = confirm(world, "rina", sent)
    assert (answer.status_code, answer.json()["code"]) == (409, "new_photo")


def test_a_new_photo_after_the_verification_asks_again(world: World) -> None:
    world.read(2, PAGE_2)
    assert confirm(world, "rina", body(world, paslon_1="X60", suara_sah="112",
                                       suara_total="116")).status_code == 201  # fmt: skip
    world.read(1, PAGE_1)
    page = world.client("budi", page=True).get(SHEET).text
    assert "Sebelumnya dikonfirmasi X60, sekarang terbaca X61." in page
    data = sheet_data(world, "budi")
    assert data["version"] == 1
    assert data["fields"]["paslon_1"]["doubtful"]
    assert "Foto baru setelah konfirmasi" in world.client("rina", page=True).get("/queue").text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"paslon_1": "X62"}, "verification_refused"),
        ({"paslon_1": "61"}, "verification_refused"),
        ({"tanggal": "27"}, "verification_refused"),
        ({"nothing": "1"}, "verification_refused"),
        ({"paslon_1": "6a1"}, "bad_request"),
        ({"paslon_1": ""}, "bad_request"),
    ],
)
def test_a_confirmation_that_contradicts_itself_is_refused(
    world: World, changes: dict[str, str], code: str
) -> None:
    world.read_form()
    answer = confirm(world, "rina", body(world, **changes))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert world.client("amat").get("/api/recap/gubernur").json()["recap"]["counted"] == 0


def test_a_missing_number_is_refused(world: World) -> None:
    world.read_form()
    sent = body(world)
    del sent["fields"]["suara_sah"]
    answer = confirm(world, "rina", sent)
    assert answer.status_code == 422
    assert "suara_sah" in answer.json()["text"]


def test_a_wrong_sum_on_the_paper_stays_wrong_as_written(world: World) -> None:
    world.read_form(suara_sah="123")
    sent = body(world)
    assert confirm(world, "rina", sent).status_code == 422
    sent["acknowledged"] = ["suara-sah", "suara-total"]
    assert confirm(world, "rina", sent).json()["outcome"] == "needs_reader"
    assert rows(world) == []
    again = body(world, "budi", **{k: v["as_written"] for k, v in sent["fields"].items()})
    again["acknowledged"] = sent["acknowledged"]
    assert confirm(world, "budi", again).json()["outcome"] == "tally"
    (row,) = rows(world)
    assert row["suara_sah"] == "123"
    page = world.client("amat", page=True).get(f"/recap/gubernur/tps/{STATION.code}").text
    assert "123 ≠ 113" in page


def test_an_empty_number_is_no_zero(world: World) -> None:
    world.read_form(suara_tidak_sah="___", suara_total="113", ss_digunakan="113",
                    ss_sisa="X50", pengguna_total_j="113", pengguna_total_l="X60",
                    pengguna_dpt_l="X55", pengguna_dpt_j="103")  # fmt: skip
    assert confirm(world, "rina", body(world)).status_code == 201
    (row,) = rows(world)
    assert row["suara_tidak_sah"] == ""
    recap = world.client("amat").get("/api/recap/gubernur").json()
    assert recap["recap"]["with_gaps"] == 1
    assert "kosong" in world.client("amat", page=True).get("/recap/gubernur").text


def test_the_screen_shows_no_guess(world: World) -> None:
    written = {**PAGE_1, **PAGE_2}
    world.read(1, written)
    # 51 + 62 = 113 holds as well as 61 + 52: the sum says nothing.
    doubts = {("paslon_1", 1): unsure("6", "5", 0.55), ("paslon_2", 1): unsure("5", "6", 0.55)}
    world.read(2, written, boxes=doubts)
    data = sheet_data(world)
    assert data["fields"]["paslon_1"]["as_written"] == "X?1"
    assert data["fields"]["paslon_1"]["boxes"][1] == [["6", 0.55], ["5", 0.45]]


def test_two_photos_of_a_paper_stand_side_by_side(world: World) -> None:
    world.read(2, PAGE_2, ink_hash="ab" * 32)
    world.read(2, PAGE_2, tps=OTHER_TPS, ink_hash="ab" * 32)
    page = world.client("rina", page=True).get(SHEET).text
    (twins,) = re.findall(r'<details class="twins">(.*?)</details>', page, re.DOTALL)
    pictures = re.findall(r'<img src="(/pictures/\w+/public)"', twins)
    assert len(set(pictures)) == 2
    for url in pictures:
        assert world.client("rina").get(url).status_code == 200
    assert f"/sheets/gubernur/{OTHER_TPS}/{KWK}" in twins
    assert "100 %" in page


def test_assigning_a_photo_makes_its_sheet(world: World) -> None:
    upload = world.read(2, PAGE_2, tps=None)
    page = world.client("rina", page=True)
    assert "Belum bertuan" in page.get("/queue").text
    wrong = world.client("rina").post(f"/uploads/{upload}/assign", data={"tps": "1"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_tps")
    answer = page.post(f"/uploads/{upload}/assign", data={"tps": STATION.dotted})
    assert answer.headers["location"] == "/queue"
    assert 'data-state="unassigned"' not in page.get("/queue").text
    assert page.get(SHEET).status_code == 200
    assert world.client("amat").post(
        f"/uploads/{upload}/assign", data={"tps": OTHER_TPS}
    ).status_code == 403  # fmt: skip


def test_queue_and_recap_answer_304_until_they_change(world: World) -> None:
    world.read_form()
    for name, path in (("rina", "/queue?part=1"), ("amat", "/recap/gubernur?part=1"),
                       ("amat", "/api/recap/gubernur")):  # fmt: skip
        client = world.client(name)
        tag = {"If-None-Match": client.get(path).headers["etag"]}
        assert client.get(path, headers=tag).status_code == 304
    queue, recap = world.client("rina"), world.client("amat")
    tags = [
        {"If-None-Match": client.get(path).headers["etag"]}
        for client, path in ((queue, "/queue?part=1"), (recap, "/recap/gubernur?part=1"))
    ]
    assert confirm(world, "budi", body(world, "budi")).status_code == 201
    assert queue.get("/queue?part=1", headers=tags[0]).status_code == 200
    assert recap.get("/recap/gubernur?part=1", headers=tags[1]).status_code == 200


def test_the_recap_goes_down_to_the_tps(world: World) -> None:
    world.read_form()
    assert confirm(world, "rina", body(world)).status_code == 201
    client = world.client("amat", page=True)
    path = "/recap/gubernur"
    for code in ("64", "6411", "641103", "6411032001"):
        text = client.get(path).text
        assert f'href="/recap/gubernur/{code}"' in text
        path = f"/recap/gubernur/{code}"
    assert f'href="/recap/gubernur/tps/{STATION.code}"' in client.get(path).text
    assert client.get("/recap/gubernur/99x").status_code == 404
    assert client.get("/recap/nothing").status_code == 404
    empty = client.get(f"/recap/gubernur/tps/{OTHER_TPS}").text
    assert "belum dikonfirmasi" in empty


def test_json_and_csv_hold_the_same_numbers(world: World) -> None:
    world.read_form()
    assert confirm(world, "rina", body(world)).status_code == 201
    answer = world.client("amat").get("/exports/gubernur.json")
    assert "SIMULASI-" in answer.headers["content-disposition"]
    text = answer.text
    assert "Bukan hasil resmi. Hasil resmi ditetapkan oleh KPU." in text
    (row,) = rows(world)
    assert row["suara_total"] == "117"
    assert '"suara_total": 117' in text or '"suara_total":117' in text


def recap(world: World) -> dict[str, Any]:
    told: dict[str, Any] = world.client("amat").get("/api/recap/gubernur").json()["recap"]
    return told


def test_a_confirmed_form_that_is_moved_counts_where_it_lies_and_nowhere_twice(
    world: World,
) -> None:
    uploads = [world.read(1, PAGE_1), world.read(2, PAGE_2)]
    assert confirm(world, "rina", body(world)).status_code == 201
    moved = {"tps": OTHER_TPS}
    refused = [move(world, "budi", SHEET, **moved)]
    refused += [
        world.client("budi").post(f"/uploads/{name}/assign", data=moved) for name in uploads
    ]
    assert {(item.status_code, item.json()["code"]) for item in refused} == {(409, "counted_here")}
    assert recap(world)["counted"] == 1

    answer = move(world, "sri", SHEET, **moved)
    assert answer.status_code == 201
    assert (recap(world)["counted"], rows(world)) == (0, [])
    with read_session(world.app.state.web.engine) as session:
        assert tallies_of(session, "gubernur", STATION.code) == ()
    there = f"/sheets/gubernur/{OTHER_TPS}/{KWK}"
    assert world.client("rina").get(SHEET).status_code == 404
    # Whoever moved it was given it next, since nothing else waits.
    assert answer.json()["next"].partition("?")[0] == there
    assert world.client("sri").post(f"{there}/leave").status_code == 204
    data = sheet_data(world, "rina", there)
    again = {
        "client": "9876543210", "readings": data["readings"], "expected_version": 0, "earlier": [],
        "shown": data["shown"],
        "tps_number": OTHER_TPS[-3:] if data["ask_tps"] else "", "acknowledged": [], "seconds": 3,
        "fields": {name: {"as_written": item["as_written"] if not item["blind"] else PAGE[name]}
                   for name, item in data["fields"].items()},
    }  # fmt: skip
    assert world.client("rina").post(f"{there}/verifications", json=again).status_code == 201
    assert recap(world)["counted"] == 1
    assert [row["tps"].replace(".", "") for row in rows(world)] == [OTHER_TPS]


def test_one_page_that_leaves_takes_what_was_confirmed_with_it(world: World) -> None:
    """Else its numbers would count here, and once more where the page lies now."""
    _, second = world.read(1, PAGE_1), world.read(2, PAGE_2)
    assert confirm(world, "rina", body(world)).status_code == 201
    answer = world.client("sri").post(f"/uploads/{second}/assign", data={"tps": OTHER_TPS})
    assert answer.status_code == 303
    assert (recap(world)["counted"], rows(world)) == (0, [])
    assert world.client("rina").get(SHEET).status_code == 200
