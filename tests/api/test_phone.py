"""What the phone is told, and the files that it keeps."""

import gzip
import json
import re
from http import HTTPStatus

import pytest
from PIL import Image

from digitizer.api.shell import ENTRANCES, shell
from digitizer.domain.verdict import Unreadable
from digitizer.store.engine import write_session
from digitizer.store.readings import save_reading
from review_ui import STATIC
from review_ui.icons import icon
from tests.api.conftest import OTHER_TPS, World
from tests.api.test_photos import send
from tests.api.test_rounds import vote_again, voted
from tests.facts import NOW, PAGE_1, PAGE_2, STATION, png

__all__ = ["voted"]

WHO = "saksi-tps"


def test_photos_are_listed_with_what_became_of_them(world: World) -> None:
    first = world.read(1, PAGE_1, sender=WHO)
    second = world.read(1, PAGE_1, sender=WHO, data=b"again")
    (waiting,) = send(world.client(WHO), ("hal2.png", png(40, 30))).json()["receipts"]
    world.read(2, PAGE_2, sender="saksi", tps=OTHER_TPS)
    found = world.client(WHO).get("/phone/photos").json()
    assert found["account"] == world.account_id(WHO)
    assert found["tps"] == STATION.code
    newest, *read = found["photos"]
    assert newest["upload"] == waiting["upload"]
    assert newest["photo"] == waiting["photo"]
    assert newest["state_text"] == "Menunggu dibaca"
    assert (newest["waiting"], newest["read"], newest["version"]) == (True, False, None)
    # Both came at the same moment of the tests' clock.
    assert {item["upload"] for item in read} == {first, second}
    assert [item["version"] for item in read] == [2, 1]
    assert {item["numbers"] for item in read} == {22}
    assert {item["page"] for item in read} == {1}


def test_an_unreadable_photo_says_why_and_what_to_do(world: World) -> None:
    (receipt,) = send(world.client(WHO), ("a.png", png(40, 30))).json()["receipts"]
    problem = Unreadable("no_form", "no form", "take a C.HASIL", {"variant": "marks", "found": 1})
    with write_session(world.app.state.web.engine) as session:
        save_reading(session, receipt["photo"], None, problem, {}, 0.1, NOW)
        session.commit()
    (photo,) = world.client(WHO).get("/phone/photos").json()["photos"]
    assert (photo["waiting"], photo["read"]) == (False, False)
    assert photo["problem"]["text"]
    assert photo["problem"]["hint"]


def test_the_checklist_is_of_the_tps_whoever_sent_the_page(world: World) -> None:
    world.read(2, PAGE_2, sender="saksi", tps=STATION.code)
    plano, *others = world.client(WHO).get("/phone/photos").json()["checklist"]
    assert plano["pages"] == [{"page": 1, "state": "missing"}, {"page": 2, "state": "good"}]
    assert {page["state"] for form in others for page in form["pages"]} == {"missing"}
    assert world.client("saksi").get("/phone/photos").json()["checklist"] == []


def test_in_a_re_vote_every_page_is_wanted_again(voted: World) -> None:
    def plano() -> tuple[str, list[str]]:
        found = voted.client(WHO).get("/phone/photos").json()["checklist"]
        (form,) = [item for item in found if "Putaran 2" in item["round"]]
        assert not [item for item in found if item["form_title"] == form["form_title"]][1:]
        return form["form_title"], [page["state"] for page in form["pages"]]

    assert plano()[1] == ["missing", "missing"]
    vote_again(voted)
    assert plano()[1] == ["good", "good"]
    photos = voted.client(WHO).get("/phone/photos").json()["photos"]
    assert [item["version"] for item in photos] == [1, 1, 1, 1]
    # The form is the same in both rounds: the sender may say of which it is.
    assert 'value="psu"' in voted.client(WHO, page=True).get("/phone").text
    bound = voted.bound_to(OTHER_TPS)
    assert 'name="contest"' not in voted.client(bound, page=True).get("/phone").text


def test_a_receipt_that_is_not_here_is_told_when_asked_for(world: World) -> None:
    (mine,) = send(world.client(WHO), ("a.png", png(40, 30))).json()["receipts"]
    here = world.read(2, PAGE_2, sender="saksi")
    there = world.read(2, PAGE_2, sender="saksi", tps=OTHER_TPS)
    nowhere = "0" * 32

    def gone(who: str, *asked: str) -> list[str]:
        found = world.client(who).get("/phone/photos", params={"asked": ",".join(asked)}).json()
        return [str(item).removeprefix("/receipts/") for item in found["gone"]]

    # What another account sent for the TPS of this one is not lost.
    assert gone(WHO, mine["upload"], nowhere, here, there) == [nowhere, there]
    assert gone("saksi", mine["upload"], nowhere, here, there) == [mine["upload"], nowhere]
    assert gone(WHO) == []


def test_nothing_travels_when_nothing_changed(world: World) -> None:
    client = world.client(WHO)
    tag = client.get("/phone/photos").headers["etag"]
    asked = {"If-None-Match": tag}
    assert client.get("/phone/photos", headers=asked).status_code == HTTPStatus.NOT_MODIFIED
    send(client, ("a.png", png(40, 30)))
    assert client.get("/phone/photos", headers=asked).status_code == HTTPStatus.OK
    # Another account on the same phone never takes this list for its own.
    assert world.client("saksi").get("/phone/photos", headers=asked).status_code == HTTPStatus.OK


def test_the_page_names_the_files_of_one_version(world: World) -> None:
    answer = world.client(WHO, page=True).get("/phone")
    assert answer.headers["shell-version"] == shell().version
    named = re.findall(r'(?:src|href)="(/phone/shell/[^"]+)"', answer.text)
    assert len(named) >= 5
    assert set(named) <= set(shell().urls)


def test_the_worker_keeps_every_file_that_a_module_imports(world: World) -> None:
    script = world.client().get("/sw.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["cache-control"] == "no-cache"
    urls = json.loads(script.text.splitlines()[1].partition(", ")[2].removesuffix(");"))
    assert urls == shell().urls
    names = {url.rpartition("/")[2] for url in urls}
    assert set(ENTRANCES) <= names
    for name in names:
        if name.endswith(".js"):
            text = (STATIC / name).read_text()
            assert set(re.findall(r'"\./([\w.]+\.js)"', text)) - {"types.js"} <= names, name


def test_a_file_is_served_packed_and_for_good_by_its_version_alone(world: World) -> None:
    client = world.client()
    address = f"{shell().folder}/phone.js"
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    assert packed.content == plain.content == (STATIC / "phone.js").read_bytes()
    assert packed.headers["content-encoding"] == "gzip"
    assert "immutable" in packed.headers["cache-control"]
    assert len(gzip.compress(plain.content)) < len(plain.content) / 2
    assert client.get("/phone/shell/0/phone.js").status_code == HTTPStatus.NOT_FOUND
    assert client.get(f"{shell().folder}/desk.js").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_page_can_be_installed(world: World, lang: str) -> None:
    answer = world.client().get(f"/manifest.webmanifest?lang={lang}")
    assert answer.headers["content-type"] == "application/manifest+json"
    found = answer.json()
    assert found["start_url"] == found["scope"] == "/phone"
    for item in found["icons"]:
        with Image.open(STATIC / item["src"].removeprefix("/static/")) as picture:
            assert "x".join(map(str, picture.size)) == item["sizes"]
    assert {item["purpose"] for item in found["icons"]} == {"any", "maskable"}


def test_the_icons_are_those_that_are_drawn() -> None:
    with Image.open(STATIC / "icon-192.png") as picture:
        assert picture.convert("RGBA").tobytes() == icon(192).tobytes()


def test_a_witness_begins_there(world: World) -> None:
    assert world.client(WHO, page=True).get("/").headers["location"] == "/phone"
    assert world.client("rina", page=True).get("/").headers["location"] == "/queue"
