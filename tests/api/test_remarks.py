"""A witness says whether what was read is what the paper says."""

from typing import Any

from tests.api.conftest import TestClient, World
from tests.api.test_reviews import body, confirm, rows
from tests.facts import KWK, PAGE_2, STATION

SHEET = f"/sheets/gubernur/{STATION.code}/{KWK}"


def say(client: TestClient, upload: str, **said: object) -> Any:  # noqa: ANN401
    return client.post(f"/receipts/{upload}/remarks", json=said)


def test_an_objection_puts_the_form_in_doubt_and_changes_no_number(world: World) -> None:
    world.read_form()
    upload = world.read(2, PAGE_2, data=b"another photo of the page")
    reviewer = world.client("rina", page=True)
    assert "menyanggah" not in reviewer.get(SHEET).text
    witness = world.client("saksi-tps")
    answer = say(witness, upload, agrees=False, fields={"paslon_1": " tertulis 112 "})
    assert (answer.status_code, answer.json()) == (201, {"agrees": False})
    page = reviewer.get(SHEET).text
    assert "pengirim foto menyanggah bacaan mesin, &#34;tertulis 112&#34;" in page
    assert "disanggah" in reviewer.get("/queue").text
    receipt = world.client("saksi-tps", page=True).get(f"/receipts/{upload}").text
    assert PAGE_2["paslon_1"] in receipt


def test_an_objection_that_comes_while_the_form_is_open_is_seen_before_it_is_confirmed(
    world: World,
) -> None:
    world.read_form()
    upload = world.read(2, PAGE_2, data=b"another photo of the page")
    early = body(world)
    say(world.client("saksi-tps"), upload, agrees=False, fields={"paslon_1": "tertulis 112"})
    answer = confirm(world, "rina", early)
    assert (answer.status_code, answer.json()["code"]) == (409, "doubted_meanwhile")
    assert rows(world) == []
    assert confirm(world, "rina", body(world)).json()["outcome"] == "tally"


def test_agreeing_takes_the_objection_back(world: World) -> None:
    world.read_form()
    upload = world.read(2, PAGE_2, data=b"another photo of the page")
    witness = world.client("saksi-tps")
    say(witness, upload, agrees=False, note="foto halaman lain")
    assert "foto halaman lain" in world.client("rina", page=True).get(SHEET).text
    assert say(witness, upload, agrees=True).status_code == 201
    assert "foto halaman lain" not in world.client("rina", page=True).get(SHEET).text


def test_what_is_no_remark_is_refused(world: World) -> None:
    upload = world.read(2, PAGE_2)
    witness = world.client("saksi-tps")
    assert say(witness, upload, agrees=False).status_code == 409
    assert say(witness, upload, agrees=True, note="tetapi").status_code == 409
    assert say(witness, upload, agrees=False, fields={"suara_gaib": ""}).status_code == 404
    assert say(witness, upload, agrees=False, note="x" * 201).status_code == 422
    assert say(witness, upload, agrees="maybe").status_code == 422
    assert say(world.client("saksi"), upload, agrees=True).status_code == 404
