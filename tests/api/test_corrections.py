"""A supervisor enters what a D.HASIL says; it stands beside the tally and changes no total."""

import hashlib
from types import MappingProxyType
from typing import Any

import pytest

from digitizer.domain.tally import Tally
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import list_events, verify_chain
from tests.api.conftest import OTHER_TPS, World
from tests.api.test_reviews import body, confirm
from tests.facts import KWK, NOW, STATION, png
from tests.store.build import add_tally

TPS_PAGE = f"/recap/gubernur/tps/{STATION.code}"
PATH = f"{TPS_PAGE}/corrections"


@pytest.fixture
def counted(world: World) -> World:
    world.read_form()
    assert confirm(world, "rina", body(world)).status_code == 201
    return world


def sent(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    data = {
        "level": "kecamatan", "reason": "angka tertukar", "expected_version": "0",
        "field": ["paslon_1", "paslon_2", "suara_sah"], "value": ["52", "61", ""],
    }  # fmt: skip
    document = changes.pop("document", png(30, 20))
    return {
        "data": {**data, **changes},
        "files": {"document": ("d-hasil.png", document, "image/png")},
    }


def test_it_is_its_own_column_and_no_total_changes(counted: World) -> None:
    before = counted.client("amat").get("/api/recap/gubernur").json()["recap"]
    page = counted.client("sri", page=True).get(PATH).text
    assert page.count('name="value"') == len(before["totals"])
    answer = counted.client("sri", page=True).post(PATH, **sent())
    assert (answer.status_code, answer.headers["location"]) == (303, TPS_PAGE)
    after = counted.client("amat").get("/api/recap/gubernur").json()["recap"]
    assert after["totals"] == before["totals"]
    assert (after["corrected"], after["differences"]) == (1, {"paslon_1": -9, "paslon_2": 9})
    for path in ("/recap/gubernur", "/recap/gubernur/6411032001"):
        text = counted.client("amat", page=True).get(path).text
        assert "1 TPS</b> Paslon 1 −9, Paslon 2 +9" in text
    text = counted.client("amat", page=True).get(TPS_PAGE).text
    assert "angka tertukar" in text
    assert "D.HASIL Kecamatan" in text
    assert "/withdrawal" not in text
    assert "/withdrawal" in counted.client("sri", page=True).get(TPS_PAGE).text


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"value": ["", "", ""]}, 422, "correction_refused"),
        ({"value": ["5a", "", ""]}, 422, "correction_refused"),
        ({"value": ["1000", "", ""]}, 422, "correction_refused"),
        ({"value": ["-5", "", ""]}, 422, "correction_refused"),
        ({"value": ["1", "2"]}, 422, "correction_refused"),
        ({"field": ["paslon_9", "paslon_2", "suara_sah"]}, 422, "correction_refused"),
        ({"reason": "  "}, 422, "correction_refused"),
        ({"document": b"bukan foto"}, 422, "correction_refused"),
        ({"level": "desa"}, 422, "bad_request"),
        ({"expected_version": "3"}, 409, "conflict"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_kept(
    counted: World, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = counted.client("sri").post(PATH, **sent(**changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    recap = counted.client("amat").get("/api/recap/gubernur").json()["recap"]
    assert recap["corrected"] == 0


def test_a_tps_without_a_tally_has_nothing_to_stand_beside(counted: World) -> None:
    path = f"/recap/gubernur/tps/{OTHER_TPS}/corrections"
    for answer in (counted.client("sri").get(path), counted.client("sri").post(path, **sent())):
        assert (answer.status_code, answer.json()["code"]) == (422, "correction_refused")


def test_versions_and_withdrawals_stay_in_the_history(counted: World) -> None:
    client = counted.client("sri")
    first = client.post(PATH, **sent()).json()
    again = client.post(PATH, **sent())
    assert again.json()["correction"] == first["correction"]
    assert client.post(PATH, **sent(reason="lain")).status_code == 409
    second = client.post(PATH, **sent(reason="lain", expected_version="1")).json()
    assert second["version"] == 2
    path = f"/corrections/{second['correction']}/withdrawal"
    assert client.post(path, data={"reason": " "}).status_code == 422
    for _ in range(2):
        assert client.post(path, data={"reason": "salah TPS"}).status_code == 204
    assert client.post("/corrections/tidak-ada/withdrawal", data={"reason": "x"}).status_code == 404
    tps = client.get(f"/api/tallies/gubernur/{STATION.code}").json()
    assert [bool(item["withdrawn_at"]) for item in tps["corrections"]] == [False, True]
    recap = client.get("/api/recap/gubernur").json()["recap"]
    assert (recap["corrected"], recap["differences"]) == (1, {"paslon_1": -9, "paslon_2": 9})
    with read_session(counted.app.state.web.engine) as session:
        made = list_events(session, kind="correction_made")
        taken = list_events(session, kind="correction_withdrawn")
        assert verify_chain(session) == ()
    assert [event.payload["version"] for event in made] == [1, 2]
    assert made[0].payload["values"] == {"paslon_1": 52, "paslon_2": 61}
    # What people write stays out of the history, which can never be deleted: its hash is told.
    assert taken[0].payload["reason_sha256"] == hashlib.sha256(b"salah TPS").hexdigest()


def test_its_document_is_kept_and_shown_to_nobody(counted: World) -> None:
    document = png(31, 21)
    assert counted.client("sri").post(PATH, **sent(document=document)).status_code == 201
    tps = counted.client("amat").get(f"/api/tallies/gubernur/{STATION.code}").json()
    sha256 = tps["corrections"][0]["document"]
    assert counted.app.state.web.photos.get(sha256) == document
    page = counted.client("admin", page=True).get(TPS_PAGE).text
    assert sha256 in page
    assert f"/{sha256}" not in page
    # It waits for nobody in the queue either.
    assert sha256[:12] not in counted.client("rina", page=True).get("/queue").text


@pytest.mark.untold  # a tally without what it rests on
@pytest.mark.parametrize("named", [(), ("elsewhere",)])
def test_a_tally_whose_verifications_are_not_here_has_a_page_without_proof(
    world: World, named: tuple[str, ...]
) -> None:
    values = MappingProxyType({"paslon_1": 61})
    bare = Tally(STATION.code, "gubernur", 1, KWK, values, {}, named, (), (), "read")
    with write_session(world.app.state.web.engine) as session:
        add_tally(session, bare, NOW)
        session.commit()
    page = world.client("amat", page=True).get(f"/recap/gubernur/tps/{STATION.code}")
    assert page.status_code == 200
