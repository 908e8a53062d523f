"""A witness says whether what was read is what the paper says."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from digitizer.jobs import settle_photo
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import list_events
from digitizer.store.readings import save_reading
from digitizer.store.uploads import upload as find_upload
from tests.api.conftest import TestClient, World
from tests.api.test_reviews import body, confirm, rows
from tests.facts import KWK, NOW, PAGE_2, STATION, page_reading

SHEET = f"/sheets/gubernur/{STATION.code}/{KWK}"


def say(client: TestClient, upload: str, **said: object) -> Any:  # noqa: ANN401
    """Say something of the numbers that the receipt shows; of other ones where they are named."""
    return client.post(
        f"/receipts/{upload}/remarks", json={"reading": shown(client, upload), **said}
    )


def shown(client: TestClient, upload: str) -> str:
    """The id of the reading that a receipt shows; empty to whoever did not send it."""
    page = client.get(f"/receipts/{upload}", headers={"Accept": "text/html"}).text
    found = re.search(r'<receipt-remark [^>]*data-reading="(\w+)"', page)
    return found[1] if found else ""


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


def read_anew(world: World, upload: str, **changes: str) -> None:
    """Somebody has the photo read once more, and it says other numbers."""
    web = world.app.state.web
    with write_session(web.engine) as session:
        photo = find_upload(session, upload).photo
        again = replace(page_reading(photo, 2, PAGE_2 | changes), model="test+corners-1")
        save_reading(session, photo, again, None, {}, 0.1, NOW + timedelta(minutes=5))
        settle_photo(session, photo, NOW + timedelta(minutes=5), web.policy)
        session.commit()


def test_what_was_said_of_other_numbers_is_not_said_of_these(world: World) -> None:
    upload = world.read(2, PAGE_2 | {"paslon_1": "X67"})
    witness = world.client("saksi-tps")
    assert say(witness, upload, agrees=False, fields={"paslon_1": "tertulis 61"}).status_code == 201
    before = shown(witness, upload)
    read_anew(world, upload, paslon_1="X61")
    answer = say(witness, upload, reading=before, agrees=True)
    assert (answer.status_code, answer.json()["code"]) == (409, "read_anew")
    assert say(witness, upload, reading="", agrees=True).status_code == 409
    assert witness.post(f"/receipts/{upload}/remarks", json={"agrees": True}).status_code == 422
    assert "tertulis 61" in world.client("rina", page=True).get(SHEET).text
    with read_session(world.app.state.web.engine) as session:
        assert len(list_events(session, kind="remark_made")) == 1
    assert say(witness, upload, agrees=True).status_code == 201
    assert "tertulis 61" not in world.client("rina", page=True).get(SHEET).text


def test_that_one_agreed_is_told_of_the_numbers_that_one_saw_alone(world: World) -> None:
    upload = world.read(2, PAGE_2 | {"paslon_1": "X67"})
    witness = world.client("saksi-tps", page=True)
    assert say(witness, upload, agrees=True).status_code == 201
    part = f"/receipts/{upload}?part=1"
    assert "semua sesuai dengan kertas" in witness.get(part).text
    read_anew(world, upload, paslon_1="X61")
    assert "semua sesuai dengan kertas" not in witness.get(part).text
