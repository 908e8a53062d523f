"""Forms over HTTP: what there is, a draft from a blank, changed, tried and put in force."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Self

import pytest

from digitizer.api import drafts as drafts_api
from digitizer.api import forms as forms_api
from digitizer.domain.geometry import Size
from digitizer.domain.outcome import PhotoOutcome
from digitizer.domain.verdict import Unreadable
from digitizer.errors import DigitizerError
from digitizer.forms import form_file, list_forms, load_form, parse_form
from digitizer.sandbox import Drawn, Learned
from digitizer.store.engine import read_session
from digitizer.store.events import list_events
from tests.api.conftest import World
from tests.facts import KWK, PAGE_1, PAGE_2, page_reading, png, unsure
from tests.story import own_form

PICTURE = png(30, 42)


@dataclass
class FakeDrafting:
    """Finds the shipped reference layout on every blank, and reads every photo as told."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    outcome: PhotoOutcome | None = None
    fault: DigitizerError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""

    def learn(
        self, files: Sequence[bytes], *, paper: Size | None, name: str, title: str, year: int
    ) -> Learned:
        self.asked.append(
            {"files": list(files), "paper": paper, "name": name, "title": title, "year": year}
        )
        if self.fault is not None:
            raise self.fault
        return Learned(own_form(form=name), (PICTURE, PICTURE), 0)

    def draw(self, text: str) -> Drawn:
        form = parse_form(text.encode(), "")
        return Drawn(b"%PDF of " + form.id.encode(), tuple(PICTURE for _ in form.pages))

    def read(self, text: str, photo: bytes) -> PhotoOutcome:
        self.asked.append({"text": text, "photo": photo})
        assert self.outcome is not None
        return self.outcome


def with_drafting(monkeypatch: pytest.MonkeyPatch) -> FakeDrafting:
    """Let no child look at blanks and photos, but this one."""
    problem = Unreadable("no_form", "no page was found", "", MappingProxyType({}))
    photo = hashlib.sha256(b"photo").hexdigest()
    fake = FakeDrafting(outcome=PhotoOutcome(photo, None, problem, MappingProxyType({})))
    monkeypatch.setattr(forms_api, "Drafting", lambda: fake)
    monkeypatch.setattr(drafts_api, "Drafting", lambda: fake)
    return fake


@pytest.fixture
def drafting(monkeypatch: pytest.MonkeyPatch) -> FakeDrafting:
    return with_drafting(monkeypatch)


def begin(world: World, **said: str) -> str:
    """A draft of a blank; gives its address."""
    answer = world.client("admin").post(
        "/forms/drafts", data={"title": "C.HASIL baru", **said}, files={"files": ("b.pdf", b"%PDF")}
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def body_of(world: World, url: str) -> dict[str, Any]:
    """What stands in a draft, as its page has it."""
    page = world.client("admin", page=True).get(url).text
    _, _, rest = page.partition('id="draft">')
    facts: dict[str, Any] = json.loads(rest.partition("</script>")[0])
    return facts


def test_only_an_admin_sees_forms(world: World, drafting: FakeDrafting) -> None:
    url = begin(world)
    for who in ("rina", "sri", "saksi-tps", "amat"):
        client = world.client(who)
        assert client.get("/forms").status_code == 403
        assert client.get(url).status_code == 403
        assert client.put(url, json={"revision": 1, "body": {}}).status_code == 403
        assert client.post(f"{url}/saved", json={"revision": 1}).status_code == 403
        assert client.post(f"/forms/{KWK}/draft").status_code == 403
        assert "/forms" not in world.client(who, page=True).get("/account").text


def test_the_page_names_every_form(world: World) -> None:
    page = world.client("admin", page=True).get("/forms").text
    for name in list_forms():
        assert f'href="/forms/{name}/blank"' in page


def test_a_file_and_a_blank_are_those_of_the_form(world: World, drafting: FakeDrafting) -> None:
    client = world.client("admin")
    assert client.get(f"/forms/{KWK}/file").text == form_file(KWK)
    assert client.get(f"/forms/{KWK}/blank").content == f"%PDF of {KWK}".encode()
    assert client.get("/forms/c-tidak-ada/file").status_code == 404


def test_a_draft_begins_from_a_blank(world: World, drafting: FakeDrafting) -> None:
    url = begin(world, form="", year="2029", paper="297 x 420")
    assert drafting.asked == [
        {"files": [b"%PDF"], "paper": Size(297.0, 420.0), "name": "c-hasil-baru",
         "title": "C.HASIL baru", "year": 2029}
    ]  # fmt: skip
    facts = body_of(world, url)
    assert (facts["revision"], facts["faults"]) == (1, [])
    assert facts["body"]["id"] == "c-hasil-baru"
    picture = world.client("admin").get(f"{url}/pages/1")
    assert (picture.headers["content-type"], picture.content) == ("image/png", PICTURE)
    assert world.client("admin").get(f"{url}/pages/2").status_code == 404
    assert f'href="{url}"' in world.client("admin", page=True).get("/forms").text


@pytest.mark.parametrize(
    ("said", "files", "code"),
    [
        ({}, 0, "no_file"),
        ({}, 3, "blank_or_photos"),
        ({"paper": "besar"}, 1, "paper_size"),
        ({"paper": "0x0"}, 1, "paper_size"),
    ],
)
def test_what_is_no_blank_is_told(
    world: World, drafting: FakeDrafting, said: dict[str, str], files: int, code: str
) -> None:
    sent = [("files", (f"{n}.jpg", b"x")) for n in range(files)]
    answer = world.client("admin").post("/forms/drafts", data=said, files=sent or None)
    assert (answer.status_code // 100, answer.json()["code"]) == (4, code)
    assert drafting.asked == []


def test_what_was_found_to_be_no_form_is_told_and_no_draft_begins(
    world: World, drafting: FakeDrafting
) -> None:
    drafting.fault = DigitizerError("no row of digit boxes was found", "…", code="bad_request")
    answer = world.client("admin").post("/forms/drafts", files={"files": ("b.png", b"x")})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_learned")
    assert "no row of digit boxes" in answer.json()["message"]
    assert "Rancangan</h2>" not in world.client("admin", page=True).get("/forms").text


def test_a_change_is_kept_right_or_not_and_its_faults_are_told(
    world: World, drafting: FakeDrafting
) -> None:
    url, client = begin(world), world.client("admin")
    body = body_of(world, url)["body"]
    first, second = body["page"][0]["field"][:2]
    second["digit_boxes"][0] = list(first["digit_boxes"][0])
    answer = client.put(url, json={"revision": 1, "body": body}).json()
    assert answer["revision"] == 2
    (fault,) = answer["faults"][:1]
    assert (fault["page"], set(fault["names"])) == (1, {first["id"], second["id"]})
    assert "saling menindih" in fault["text"]
    assert len(fault["places"]) == 2
    del body["title"]
    wrong = client.put(url, json={"revision": 2, "body": body}).json()["faults"]
    assert [(item["key"], item["text"]) for item in wrong] == [(["title"], "title belum diisi.")]
    assert body_of(world, url)["body"] == body
    assert client.get(f"{url}/file").status_code == 422
    assert client.post(f"{url}/saved", json={"revision": 3}).status_code == 422
    assert "c-hasil-baru" not in list_forms()


def test_of_two_windows_one_is_told_of_the_other(world: World, drafting: FakeDrafting) -> None:
    url, client = begin(world), world.client("admin")
    body = body_of(world, url)["body"]
    assert client.put(url, json={"revision": 1, "body": body}).status_code == 200
    answer = client.put(url, json={"revision": 1, "body": {}})
    assert (answer.status_code, answer.json()["code"]) == (409, "draft_changed")
    assert body_of(world, url)["body"] == body


def test_a_photo_is_tried_and_nothing_of_it_is_kept(world: World, drafting: FakeDrafting) -> None:
    url, client = begin(world), world.client("admin")
    reading = replace(page_reading("a" * 64, 1, PAGE_1), form="c-hasil-baru")
    name = next(iter(reading.fields))
    blobs = MappingProxyType({"page": PICTURE, f"crop/{name}": PICTURE})
    drafting.outcome = PhotoOutcome("a" * 64, reading, None, blobs)
    before = _events(world)
    told = client.post(f"{url}/try", content=b"foto", headers={"Content-Type": "image/*"}).json()
    assert (told["page"], told["problem"]) == (1, "")
    assert [item["id"] for item in told["fields"]] == list(reading.fields)
    assert told["fields"][0]["as_written"] == reading.fields[name].as_written
    assert told["picture"] is not None
    assert told["fields"][1]["ink"] is None
    assert drafting.asked[-1]["photo"] == b"foto"
    assert _events(world) == before


def test_a_box_that_neither_ink_nor_sums_make_sure_is_left_open(
    world: World, drafting: FakeDrafting
) -> None:
    """61 + 52 and 51 + 62 are 113, both."""
    boxes = {("paslon_1", 1): unsure("6", "5", 0.6), ("paslon_2", 1): unsure("5", "6", 0.6)}
    reading = replace(page_reading("a" * 64, 2, PAGE_2, boxes), form="c-hasil-baru")
    drafting.outcome = PhotoOutcome("a" * 64, reading, None, MappingProxyType({}))
    told = world.client("admin").post(f"{begin(world)}/try", content=b"foto").json()
    found = {item["id"]: item["as_written"] for item in told["fields"]}
    assert (found["paslon_1"], found["paslon_2"]) == ("X?1", "X?2")
    assert found["suara_sah"] == PAGE_2["suara_sah"]


def test_nobody_puts_in_force_what_they_do_not_see(world: World, drafting: FakeDrafting) -> None:
    url, client = begin(world), world.client("admin")
    body = body_of(world, url)["body"]
    client.put(url, json={"revision": 1, "body": {**body, "title": "Lain"}})
    late = client.post(f"{url}/saved", json={"revision": 1})
    assert (late.status_code, late.json()["code"]) == (409, "draft_changed")
    assert "c-hasil-baru" not in list_forms()
    assert body_of(world, url)["body"]["title"] == "Lain"


def test_a_photo_that_cannot_be_read_says_why(world: World, drafting: FakeDrafting) -> None:
    url = begin(world)
    told = world.client("admin").post(f"{url}/try", content=b"foto").json()
    assert told["fields"] == []
    assert told["problem"]


def test_a_saved_draft_is_in_force_and_a_fact(world: World, drafting: FakeDrafting) -> None:
    url, client = begin(world), world.client("admin")
    assert client.post(f"{url}/saved", json={"revision": 1}).json() == {
        "next": "/forms?saved=c-hasil-baru&again=0"
    }
    assert load_form("c-hasil-baru").number == 1
    assert _events(world)[-1] == "form_saved"
    assert client.get(url).status_code == 404
    page = world.client("admin", page=True).get("/forms?saved=c-hasil-baru").text
    assert "c-hasil-baru tersimpan" in page
    again = client.post("/forms/c-hasil-baru/draft").headers["location"]
    assert body_of(world, again)["body"]["version"] == 2
    assert client.post(f"{again}/saved", json={"revision": 1}).status_code == 200
    assert load_form("c-hasil-baru").number == 2


def test_a_shipped_form_is_copied_never_replaced(world: World, drafting: FakeDrafting) -> None:
    client = world.client("admin")
    url = client.post(f"/forms/{KWK}/draft").headers["location"]
    facts = body_of(world, url)
    assert (facts["body"]["id"], facts["faults"]) == (f"{KWK}-v2", [])
    body = {**facts["body"], "id": KWK}
    client.put(url, json={"revision": 1, "body": body})
    refused = client.post(f"{url}/saved", json={"revision": 2})
    assert (refused.status_code, refused.json()["code"]) == (422, "form_refused")


def test_a_draft_can_be_discarded(world: World, drafting: FakeDrafting) -> None:
    url, client = begin(world), world.client("admin")
    assert client.post(f"{url}/dropped").headers["location"] == "/forms"
    assert client.get(url).status_code == 404


def _events(world: World) -> list[str]:
    with read_session(world.app.state.web.engine) as session:
        return [event.kind for event in list_events(session)]
