"""Recap and API are for accounts until an admin's date, then for everybody, without names."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import BaseModel

from digitizer.api.result_models import ContestsAnswer, RecapAnswer, TalliesAnswer, TpsAnswer
from digitizer.domain.listing import NOTICE
from digitizer.store.engine import write_session
from digitizer.store.events import list_events
from digitizer.store.publication import publish
from tests.api.conftest import OTHER_TPS, World
from tests.api.test_reviews import body, confirm
from tests.api.test_routes import CORRECTION
from tests.facts import KWK, PAGE_2, STATION

TPS_PAGE = f"/recap/gubernur/tps/{STATION.code}"
ANSWERS: dict[str, type[BaseModel]] = {
    "/api/contests": ContestsAnswer,
    "/api/recap/gubernur": RecapAnswer,
    "/api/recap/gubernur?wilayah=6411032001&alone=1": RecapAnswer,
    "/api/tallies/gubernur": TalliesAnswer,
    f"/api/tallies/gubernur/{STATION.code}": TpsAnswer,
    f"/api/tallies/gubernur/{OTHER_TPS}": TpsAnswer,
}
PAGES = ("/recap/gubernur", "/recap/gubernur/6411032001", "/recap/gubernur/missing", TPS_PAGE)


def set_date(world: World, since: datetime | None) -> None:
    with write_session(world.app.state.web.engine) as session:
        publish(session, since, actor="system", now=datetime.now(UTC))
        session.commit()


@pytest.fixture
def counted(world: World) -> World:
    """One verified TPS with a note and a correction."""
    world.read_form()
    sent = body(world)
    sent["fields"]["paslon_1"]["note"] = "tinta luntur"
    assert confirm(world, "rina", sent).status_code == 201
    answer = world.client("sri").post(f"{TPS_PAGE}/corrections", **CORRECTION)
    assert answer.status_code == 201
    return world


@pytest.fixture
def published(counted: World) -> World:
    set_date(counted, datetime.now(UTC) - timedelta(minutes=1))
    return counted


def test_before_its_date_nobody_without_an_account_sees_it(counted: World) -> None:
    for since in (None, datetime.now(UTC) + timedelta(hours=1)):
        set_date(counted, since)
        for who in (None, "saksi"):
            for path in (*PAGES, *ANSWERS, "/recap"):
                answer = counted.client(who).get(path)
                assert (answer.status_code, answer.json()["code"]) == (403, "not_published")
        page = counted.client(page=True).get("/recap/gubernur")
        assert page.status_code == 403
        assert "belum dibuka untuk umum" in page.text
        assert 'href="/login"' in page.text
        assert counted.client("amat").get("/api/recap/gubernur").status_code == 200


def test_from_its_date_on_everybody_does_until_it_is_taken_back(published: World) -> None:
    for who in (None, "saksi"):
        for path in (*PAGES, *ANSWERS):
            assert published.client(who).get(path).status_code == 200, path
    set_date(published, None)
    assert published.client().get("/recap/gubernur").status_code == 403


def test_what_is_public_names_nobody_and_says_what_it_is(published: World) -> None:
    ids = [published.account_id(name) for name in ("rina", "sri", "saksi-tps")]
    for path in (*PAGES, *ANSWERS):
        text = published.client(page=path in PAGES).get(path).text
        assert NOTICE in text
        assert "SIMULASI" in text if path in PAGES else '"simulated":true' in text
        for secret in ("rina", "sri ", "tinta luntur", *ids, *(name[:8] for name in ids)):
            assert secret not in text, (path, secret)
    for who, names in ((None, False), ("amat", True)):
        text = published.client(who, page=True).get(TPS_PAGE).text
        assert ("tinta luntur" in text, ids[0][:8] in text) == (names, names)
        assert "salah jumlah" in text
        assert "/corrections" not in text
        assert "D.HASIL Kecamatan" in text


def test_every_answer_is_as_it_is_described(published: World) -> None:
    described = published.client().get("/openapi.json").json()["components"]["schemas"]
    for path, model in ANSWERS.items():
        answer = published.client().get(path)
        assert answer.headers["cache-control"] == "public, max-age=10"
        assert model.model_validate(answer.json()).model_dump(mode="json") == answer.json()
        assert model.__name__ in described
    tps = published.client().get(f"/api/tallies/gubernur/{STATION.code}").json()
    (version,) = tps["versions"]
    assert version["values"]["paslon_1"] == 61
    assert {item["photo"] for item in version["public_copies"]} == set(version["photos"])
    assert tps["corrections"][0]["values"] == {"paslon_1": 60}
    recap = published.client().get("/api/recap/gubernur").json()["recap"]
    assert (recap["totals"]["paslon_1"], recap["corrected"]) == (61, 1)
    assert recap["differences"] == {"paslon_1": -1}


def test_programs_ask_again_at_little_cost(published: World) -> None:
    client = published.client()
    for path in (*ANSWERS, "/recap/gubernur?part=1"):
        tag = client.get(path).headers["etag"]
        again = client.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b""), path
    signed_in = published.client("amat").get("/api/recap/gubernur")
    assert signed_in.headers["cache-control"] == "private, no-cache"
    named = published.client("saksi", page=True).get("/recap/gubernur")
    assert "public" not in named.headers["cache-control"]


def test_a_tally_that_was_confirmed_anew_with_equal_numbers_is_another_answer(
    published: World,
) -> None:
    client = published.client("amat")
    path = "/api/tallies/gubernur"
    first = client.get(path)
    sent = body(published, "budi") | {"client": "9876543210"}
    version = confirm(published, "budi", sent).json()["version"]
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 200
    assert [item["version"] for item in again.json()["tallies"]] == [version]
    assert version == first.json()["tallies"][0]["version"] + 1


def test_lists_come_in_parts(published: World) -> None:
    client = published.client()
    seen, after = [], ""
    while after is not None:
        answer = client.get(f"/api/recap/gubernur?wilayah=6411&limit=1&after={after}").json()
        seen += [item["code"] for item in answer["children"]]
        after = answer["next"]
    assert seen == [item["code"] for item in
                    client.get("/api/recap/gubernur?wilayah=6411").json()["children"]]  # fmt: skip
    assert len(seen) > 1
    tallies = client.get("/api/tallies/gubernur?limit=1").json()
    assert ([item["tps"] for item in tallies["tallies"]], tallies["next"]) == ([STATION.code], None)
    assert client.get("/api/tallies/gubernur?wilayah=6472").json()["tallies"] == []
    for bad in ("limit=0", "limit=501", "after=x", "wilayah=99999999999"):
        assert client.get(f"/api/tallies/gubernur?{bad}").status_code == 422
    assert client.get("/api/tallies/gubernur?wilayah=641").status_code == 404
    assert client.get("/api/tallies/nothing").status_code == 404


def test_everybody_sees_the_pictures_of_verified_numbers_and_no_others(published: World) -> None:
    published.read(2, PAGE_2, tps=OTHER_TPS)
    text = published.client(page=True).get(TPS_PAGE).text
    start = text.index("/pictures/")
    reading = text[start:].split("/")[2]
    other = published.client("amat", page=True)
    for name, public in (("public", 200), ("crop/suara_total", 200), ("crop/paslon_1", 200),
                         ("page", 404), ("header", 404), ("whole", 404)):  # fmt: skip
        path = f"/pictures/{reading}/{name}"
        found = {published.client(who).get(path).status_code for who in (None, "saksi")}
        assert found <= {public, 404}, name
    shown = {part.split('"')[0] for part in text.split('"/pictures/')[1:]}
    assert len(shown) > 20
    assert {published.client().get(f"/pictures/{item}").status_code for item in shown} == {200}
    desk = published.client("rina", page=True).get(f"/sheets/gubernur/{OTHER_TPS}/{KWK}").text
    unverified = desk[desk.index("/pictures/") :].split('"')[0]
    assert other.get(unverified).status_code == 200
    assert published.client().get(unverified).status_code == 404
    set_date(published, None)
    assert published.client().get(f"/pictures/{next(iter(shown))}").status_code == 401


def test_the_head_of_the_hour_is_on_the_page_and_in_the_history(published: World) -> None:
    text = published.client(page=True).get("/recap/gubernur").text
    head = published.client().get("/api/contests").json()["head"]["head"]
    assert f"<code>{head}</code>" in text
    with write_session(published.app.state.web.engine) as session:
        kept = list_events(session, kind="head_published")
    assert [event.payload["head"] for event in kept] == [head]
    assert "digitizer verify --head" in text
