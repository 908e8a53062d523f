"""A re-vote on the screens: which round is shown, which counts, and how a form gets to its own."""

from datetime import timedelta
from typing import Any

import pytest

from digitizer.store.engine import write_session
from digitizer.store.order_file import OrderedRound, OrderFile
from digitizer.store.orders import order_rounds
from tests.api.conftest import OTHER_TPS, World
from tests.api.moving import move
from tests.api.test_keying import unreadable
from tests.api.test_reviews import SHEET, body, confirm, rows, sheet_data
from tests.facts import KWK, NOW, PAGE_1, PAGE_2, STATION

AGAIN = SHEET.replace("gubernur", "psu", 1)
LATER = NOW + timedelta(days=90)
RECOUNT = PAGE_2 | {"paslon_1": "X60", "paslon_2": "X53"}


@pytest.fixture
def voted(world: World) -> World:
    """STATION is confirmed in the first round; then a re-vote is ordered there."""
    world.read_form()
    assert confirm(world, "rina", body(world)).json()["outcome"] == "tally"
    forms = (KWK, "c-hasil-kwk-belum-ada")
    item = OrderedRound("psu", "gubernur", 2, "PSU Gubernur", None, forms, None, (STATION.code,))
    with write_session(world.app.state.web.engine) as session:
        order_rounds(
            session, OrderFile("psu.toml", "simulasi-mahakam-ulu", (item,)), "system", LATER
        )
        session.commit()
    return world


def vote_again(world: World) -> None:
    """The form of the re-vote comes in, from the phone of the TPS."""
    for page, written in ((1, PAGE_1), (2, RECOUNT)):
        data = f"psu{page}".encode()
        world.read(page, written, data=data, now=LATER + timedelta(hours=1))


def confirm_again(world: World) -> str:
    data = sheet_data(world, path=AGAIN)
    sent = {
        "client": "9876543210",
        "readings": data["readings"],
        "expected_version": data["version"],
        "earlier": data["earlier"],
        "shown": data["shown"],
        "tps_number": STATION.code[-3:] if data["ask_tps"] else "",
        "acknowledged": [],
        "seconds": 4.2,
        "fields": {
            name: {"as_written": item["as_written"]} for name, item in data["fields"].items()
        },
    }
    answer = world.client("rina").post(f"{AGAIN}/verifications", json=sent)
    return str(answer.json()["outcome"])


def recap(world: World, path: str) -> dict[str, Any]:
    answer = world.client("amat").get(f"/api/recap/{path}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def figures(part: dict[str, Any]) -> tuple[int, ...]:
    names = ("counted", "expected", "revotes", "revotes_counted")
    return (*(part[name] for name in names), part["totals"].get("paslon_1", 0))


def test_what_counts_from_the_order_to_the_new_tally(voted: World) -> None:
    for contest in ("gubernur", "psu"):
        assert figures(recap(voted, contest)["recap"]) == (0, 16, 1, 0, 0)
    assert rows(voted) == []
    alone = recap(voted, "gubernur?alone=1")
    assert figures(alone["recap"]) == (1, 16, 0, 0, 61)
    assert alone["rounds"] == [{"contest": "gubernur", "round": 1}]
    vote_again(voted)
    assert confirm_again(voted) == "tally"
    whole = recap(voted, "gubernur")
    assert figures(whole["recap"]) == (1, 16, 1, 1, 60)
    assert whole["rounds"] == [
        {"contest": "gubernur", "round": 1}, {"contest": "psu", "round": 2},
    ]  # fmt: skip
    desa = recap(voted, f"gubernur?wilayah={STATION.code[:10]}")["children"]
    assert [(row["code"], row["contest"], row["round"], row["counted"]) for row in desa] == [
        (STATION.code, "psu", 2, 1),
        (OTHER_TPS, "gubernur", 1, 0),
    ]
    (row,) = rows(voted)
    assert (row["contest"], row["round"], row["status"], row["paslon_1"]) == (
        "psu", "2", "verified", "60",
    )  # fmt: skip
    assert figures(recap(voted, "gubernur?alone=1")["recap"]) == (1, 16, 0, 0, 61)


def test_the_pages_say_which_round_it_is(voted: World) -> None:
    vote_again(voted)
    assert confirm_again(voted) == "tally"
    client = voted.client("amat", page=True)
    page = client.get("/recap/gubernur").text
    assert "memilih ulang: 1 dari 1 TPS masuk" in page
    assert 'href="/recap/gubernur?alone=1">hanya putaran 1' in page
    assert "PSU Gubernur" not in page
    desa = client.get(f"/recap/gubernur/{STATION.code[:10]}").text
    assert f'href="/recap/psu/tps/{STATION.code}"' in desa
    assert f'href="/recap/gubernur/tps/{OTHER_TPS}"' in desa
    assert desa.count('<span class="tag">Putaran 2</span>') == 1
    alone = client.get(f"/recap/gubernur/{STATION.code[:10]}?alone=1").text
    assert "Ini bukan hasil yang berlaku" in alone
    assert 'href="/recap/gubernur?alone=1"' in alone
    assert f'data-src="/recap/gubernur/{STATION.code[:10]}?alone=1&amp;part=1"' in alone
    assert "/exports/" not in alone
    first = client.get(f"/recap/gubernur/tps/{STATION.code}").text
    assert "Angka ini tidak berlaku lagi: TPS ini memilih ulang di putaran 2." in first
    again = client.get(f"/recap/psu/tps/{STATION.code}").text
    assert "tidak berlaku lagi" not in again
    assert not any(f"{word} dihitung: " in first + again for word in ("Tidak", "Belum"))
    assert "PSU Gubernur · Putaran 2" in again
    other = client.get(f"/recap/gubernur/tps/{OTHER_TPS}").text
    assert "tidak berlaku lagi" not in other
    assert "Putaran" not in other


def test_a_form_of_the_re_vote_is_doubted_until_somebody_says_its_round(voted: World) -> None:
    vote_again(voted)
    page = voted.client("rina", page=True).get(AGAIN).text
    assert "PSU Gubernur · Putaran 2" in page
    assert "Cocokkan tanggal di formulir" in page
    assert "belum ada yang menyatakan bahwa foto ini dari putaran 2" in page
    assert '<option value="gubernur">Putaran 1</option>' in page
    rina = voted.client("rina")
    for wrong in (
        {},
        {"contest": "psu"},
        {"contest": "presiden"},
        {"tps": OTHER_TPS, "contest": "psu"},
    ):
        assert move(voted, "rina", AGAIN, **wrong).status_code == 422
    assert move(voted, "rina", AGAIN, contest="gubernur").status_code == 201
    assert rina.get(AGAIN).status_code == 404
    assert sheet_data(voted)["version"] == 1
    # With the new photo go those that the tally of the first round rests on.
    answer = move(voted, "rina", SHEET, contest="psu")
    assert (answer.status_code, answer.json()["code"]) == (409, "counted_here")
    rina.post(f"{SHEET}/leave")
    assert move(voted, "sri", SHEET, contest="psu").status_code == 201
    assert "belum ada yang menyatakan" not in voted.client("rina", page=True).get(AGAIN).text


def test_a_phone_is_offered_the_contests_of_its_tps(voted: World) -> None:
    page = voted.client("saksi-tps", page=True).get("/upload").text
    assert '<option value="psu">PSU Gubernur · Putaran 2</option>' in page
    bound = voted.bound_to(OTHER_TPS)
    other = voted.client(bound, page=True).get("/upload").text
    assert 'value="gubernur"' in other
    assert 'value="psu"' not in other


def test_a_receipt_tells_how_the_form_of_its_round_stands(voted: World) -> None:
    vote_again(voted)
    page = voted.client("saksi-tps", page=True).get("/receipts").text
    assert page.count('data-state="verified"') == 2
    assert page.count('data-state="doubtful"') == 2


def test_a_form_without_a_definition_is_not_offered_for_keying(voted: World) -> None:
    upload = unreadable(voted)
    page = voted.client("rina", page=True).get(f"/uploads/{upload}/keying")
    assert page.status_code == 200
    assert "c-hasil-kwk-belum-ada" not in page.text
    assert page.text.count(f'<option value="{KWK} 2">') == 2
    keyed = voted.client("rina").post(
        f"/uploads/{upload}/keying", data={"page": f"{KWK} 2", "tps": STATION.code}
    )
    # Sent at the time of the first round, and of it.
    assert keyed.headers["location"] == SHEET
