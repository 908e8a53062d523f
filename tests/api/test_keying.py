"""A photo that no machine can read becomes a tally, keyed twice."""

import hashlib
import re

from digitizer.domain.verdict import Unreadable
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import list_events
from digitizer.store.readings import save_reading
from digitizer.store.receiving import receive
from tests.api.conftest import OTHER_TPS, World
from tests.api.test_reviews import SHEET, body, confirm, next_form, rows, sheet_data
from tests.facts import KWK, NOW, PAGE_2, STATION, png

PAGE = f"{KWK} 2"


def unreadable(world: World, sender: str = "saksi", *, whole: bool = True) -> str:
    """An upload of which nothing could be read; returns its id."""
    web = world.app.state.web
    data = png(900, 700, 120)
    photo = hashlib.sha256(data).hexdigest()
    problem = Unreadable("unknown_form", "no known form", "take a C.HASIL")
    with write_session(web.engine) as session:
        receipt = receive(
            session, web.photos, data, account=world.account_id(sender), tps=None, contest=None,
            file_name="asing.jpg", idempotency_key=None, now=NOW,
        )  # fmt: skip
        blobs = {"whole": web.photos.put(data)} if whole else {}
        save_reading(session, photo, None, problem, blobs, 0.1, NOW)
        session.commit()
    return receipt.upload_id


def key(world: World, who: str, upload: str, page: str = PAGE, tps: str = STATION.code) -> int:
    answer = world.client(who).post(f"/uploads/{upload}/keying", data={"page": page, "tps": tps})
    if answer.status_code == 303:
        assert answer.headers["location"] == SHEET
    return int(answer.status_code)


def test_a_photo_of_an_unknown_form_ends_as_a_verified_tally_keyed_twice(world: World) -> None:
    upload = unreadable(world)
    assert f"/uploads/{upload}/keying" in world.client("rina", page=True).get("/queue").text
    page = world.client("rina", page=True).get(f"/uploads/{upload}/keying").text
    picture = re.search(r'<photo-view[^>]*><img src="([^"]+)"', page)
    assert picture
    assert world.client("rina").get(picture[1]).status_code == 200
    assert world.client("amat").get(picture[1]).status_code == 404
    assert key(world, "rina", upload) == 303
    fields = sheet_data(world)["fields"]
    assert set(fields) == set(PAGE_2)
    assert all(item["blind"] for item in fields.values())
    assert confirm(world, "rina", body(world, **PAGE_2)).json()["outcome"] == "needs_reader"
    assert rows(world) == []
    again = body(world, "budi", **PAGE_2)
    assert confirm(world, "budi", again).json()["outcome"] == "tally"
    (row,) = rows(world)
    assert (row["paslon_1"], row["origin"]) == ("61", "keyed")
    with read_session(world.app.state.web.engine) as session:
        read = list_events(session, kind="photo_read")[-1]
    assert (read.payload["model"], read.actor) == ("keyed", world.account_id("rina"))


def test_the_sheet_shows_the_whole_photo(world: World) -> None:
    key(world, "rina", unreadable(world))
    page = world.client("rina", page=True).get(SHEET).text
    assert '<div class="desk keyed">' in page
    assert "/whole" in page


def test_what_is_wrong_is_said_and_nothing_is_made(world: World) -> None:
    upload = unreadable(world)
    assert key(world, "rina", upload, page=f"{KWK} 9") == 422
    assert key(world, "rina", upload, tps="6411032001099") == 422
    assert key(world, "rina", upload, tps="") == 422
    assert next_form(world, "rina") == "/queue?done=1"


def test_only_what_no_machine_read_is_keyed_and_never_by_its_sender(world: World) -> None:
    read = world.read(2, PAGE_2, tps=OTHER_TPS)
    assert world.client("rina").get(f"/uploads/{read}/keying").status_code == 404
    assert key(world, "rina", unreadable(world, "rina")) == 409
