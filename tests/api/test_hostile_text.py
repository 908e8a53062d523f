"""Text that is none, numbers beyond 64 bits and headers that lie: refused, on both databases."""

import json
import shutil
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from starlette.datastructures import Headers
from starlette.types import Message, Scope

from benchmarks.fuzz_checks import faults
from digitizer.api.app import create_app
from digitizer.api.guards import BODY_LIMIT, comes_from_elsewhere, limited
from digitizer.settings import Settings
from digitizer.store.engine import read_session
from digitizer.store.uploads import uploads_of
from tests.api.conftest import TestClient, World, furnish
from tests.api.test_reviews import SHEET, body
from tests.conftest import ROOT
from tests.databases import make_database
from tests.facts import KWK, STATION, png

NUL = "\0"
HALF = "\ud800"
BIG = 10**30


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    """One application for all of these requests, since none may change anything."""
    folder = tmp_path_factory.mktemp("hostile") / "data"
    address = ""
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("seeded"), folder)
    else:
        server, name = request.getfixturevalue("postgres_url"), f"hostile_{uuid4().hex}"
        address = make_database(server, name)
        furnish(Settings(data_dir=folder, database_url=address))
    settings = Settings(data_dir=folder, database_url=address, blind_share=0, seeded_share=0)
    world = World(create_app(settings), settings)
    world.read_form()
    return world


def addresses() -> Iterator[str]:
    for bad in ("%00", "%ff", "a%00b", "%F0%91%BD%91"):
        yield f"/receipts/{bad}"
        yield f"/pictures/{bad}/{bad}"
        yield f"/uploads/{bad}/keying"
        yield f"/join/{bad}"
        yield f"/recap/{bad}"
        yield f"/recap/gubernur/{bad}"
        yield f"/recap/gubernur/tps/{bad}"
        yield f"/api/recap/gubernur?wilayah={bad}"
        yield f"/exports/{bad}.csv"
        yield f"/sheets/{bad}/{STATION.code}/x"
        yield f"/sheets/gubernur/{bad}/c-hasil-kwk-gubernur-2024-2p"
        yield f"/queue?form={bad}&reason={bad}"
        yield f"/sheets/upcoming?after={bad}"
        yield f"/static/{bad}"
    yield f"/queue?page={BIG}"
    yield "/queue?page=" + "9" * 5000


@pytest.mark.parametrize("page", [False, True])
def test_an_address_with_text_that_is_none_is_not_found(world: World, page: bool) -> None:
    client = world.client("rina", page=page)
    for address in addresses():
        assert_answered(client.get(address), address)


def assert_answered(answer: Any, what: str) -> None:  # noqa: ANN401
    secret = (str(ROOT),)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert list(faults(answer.status_code, headers, answer.content, secret)) == [], what


def jsons(world: World) -> Iterator[tuple[str, Any]]:
    whole = body(world)
    first = next(iter(whole["fields"]))
    for bad in ("\U00011f51", "٣"):  # digits, and none of ours
        yield f"{SHEET}/move", {"readings": whole["readings"], "tps": bad}
        yield f"{SHEET}/verifications", {**whole, "tps_number": bad}
        yield "/glyphs", {"digit": bad, "marks": []}
    for bad in (NUL, HALF):
        yield f"{SHEET}/escalations", {"reason": bad * 3, "expected_version": 0}
        yield f"{SHEET}/escalations", {"reason": "abc", "expected_version": 0, bad: 1}
        yield f"{SHEET}/move", {"readings": whole["readings"], "tps": bad}
        yield (
            f"{SHEET}/verifications",
            {
                **whole,
                "client": f"{bad}0123456789",
                "earlier": ["0" * 32],
            },
        )
        yield f"{SHEET}/move", {"readings": [bad], "tps": STATION.code}
        yield f"{SHEET}/verifications", {**whole, "earlier": [bad]}
        yield f"{SHEET}/verifications", {**whole, "readings": [bad]}
        yield f"{SHEET}/verifications", {**whole, "fields": {bad: {"as_written": "1"}}}
        yield f"{SHEET}/verifications", {**whole, "acknowledged": [bad]}
        noted = {**whole["fields"], first: {**whole["fields"][first], "note": bad}}
        yield f"{SHEET}/verifications", {**whole, "fields": noted}
        mark = {"reading": bad, "field": bad, "box": 0}
        yield "/glyphs", {"digit": "1", "marks": [mark]}
        corners = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]
        yield "/readings/x/corners", {"form": bad, "page": 1, "corners": corners}
    for number in (BIG, -BIG, 2**63, 1e308, float("nan"), float("inf")):
        yield f"{SHEET}/escalations", {"reason": "abc", "expected_version": number}
        yield f"{SHEET}/verifications", {**whole, "expected_version": number}
        yield f"{SHEET}/verifications", {**whole, "earlier": [number]}
        yield f"{SHEET}/verifications", {**whole, "seconds": number}


def test_json_with_text_that_is_none_is_refused(world: World) -> None:
    client = world.client("rina")
    kind = {"Content-Type": "application/json"}
    for address, sent in jsons(world):
        answer = client.post(address, content=json.dumps(sent).encode(), headers=kind)
        assert_answered(answer, f"{address} {sent!r}")
        assert 400 <= answer.status_code < 500, (answer.status_code, sent)


@pytest.mark.parametrize(
    "sent", [b"[" * 200_000, b'{"reason":' * 90_000, b"9" * 5000, b"\xff\xfe", b'"\\ud800"', b"NaN"]
)
def test_a_body_that_is_no_json_is_refused(world: World, sent: bytes) -> None:
    kind = {"Content-Type": "application/json"}
    answer = world.client("rina").post("/glyphs", content=sent, headers=kind)
    assert_answered(answer, repr(sent[:20]))
    assert answer.status_code == 422


def test_a_form_with_text_that_is_none_is_refused(world: World) -> None:
    for address, sent in (
        ("/login", b"username=%00&password=%ff"),
        ("/login", b"username=rina%00&password=x"),
        ("/photos", b"tps=%00"),
        ("/uploads/x/assign", b"tps=%00"),
        ("/uploads/%00/keying", b"page=a+%D9%A3&tps=%00"),
        ("/join/%00", b"label=%00"),
        ("/account/password", b"old=%00&new=%00&again=%00"),
        ("/account/logins/%00/end", b""),
    ):
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = world.client("rina").post(address, content=sent, headers=kind)
        assert_answered(answer, address)
        assert 400 <= answer.status_code < 500, address


def part(name: bytes, value: bytes, file: bytes | None = None) -> bytes:
    named = b'; filename="' + file + b'"' if file is not None else b""
    return b'--B\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % (
        name, named, value,
    )  # fmt: skip


@pytest.mark.parametrize(
    "charset",
    ["utf-8", "utf-16", "idna", "punycode", "unicode_escape", "undefined", "hex", "utf-7"],
)
def test_a_form_in_any_charset_is_answered(world: World, charset: str) -> None:
    kind = {"Content-Type": f"multipart/form-data; boundary=B; charset={charset}"}
    names = part(b"username", b"\\ud800\xff") + part(b"password", b"xn--\xff") + b"--B--\r\n"
    answer = TestClient(world.app).post("/login", content=names, headers=kind)
    assert_answered(answer, charset)
    assert 400 <= answer.status_code < 500


def test_the_name_of_a_file_is_kept_as_far_as_it_is_text(world: World) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=B; charset=unicode_escape"}
    client = world.client("saksi")
    for grey, name in enumerate((b"a\\x00b.jpg", b"\\ud800.jpg", b"x" * 3000)):
        sent = part(b"files", png(40, 40, grey), name) + b"--B--\r\n"
        answer = client.post("/photos", content=sent, headers=kind)
        assert answer.status_code == 201, answer.text
    with read_session(world.app.state.web.engine) as session:
        names = [item.file_name for item in uploads_of(session, world.account_id("saksi"))]
    assert {"a?b.jpg", "?.jpg"} <= set(names)


def test_a_file_that_is_refused_leaves_no_bytes(world: World) -> None:
    client = world.client("saksi")
    first = {"files": ("a.png", png(40, 40, 200), "image/png")}
    assert client.post("/photos", files=first, data={"idempotency_key": "k"}).status_code == 201
    kept = set(world.settings.data_dir.rglob("photos/**/*"))
    for grey, (key, tps) in enumerate((("k", ""), ("k\0", ""), ("other", "\0")), 201):
        files = {"files": ("b.png", png(40, 40, grey), "image/png")}
        answer = client.post("/photos", files=files, data={"idempotency_key": key, "tps": tps})
        assert 400 <= answer.status_code < 500
    assert set(world.settings.data_dir.rglob("photos/**/*")) == kept


@pytest.mark.parametrize(
    ("contest", "tps", "form"),
    [("presiden", STATION.code, KWK), ("gubernur", "0", KWK), ("gubernur", STATION.code, "x")],
)
def test_a_form_that_is_not_there_is_kept_open_for_nobody(
    world: World, contest: str, tps: str, form: str
) -> None:
    for what in ("lease", "leave", "escalations", "move", "verifications"):
        sent: dict[str, Any] = {"readings": [], "tps": "1"}
        if what == "escalations":
            sent = {"reason": "abc", "expected_version": 0}
        if what == "verifications":
            sent = body(world) | {"client": "another-one"}
        answer = world.client("rina").post(f"/sheets/{contest}/{tps}/{form}/{what}", json=sent)
        assert answer.status_code == (204 if what == "leave" else 404), what


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "http://a]b", "null", "x:\\"])
def test_an_origin_that_is_no_address_is_not_this_site(origin: str) -> None:
    assert comes_from_elsewhere(Headers({"origin": origin, "host": "127.0.0.1"}))


@pytest.mark.anyio
@pytest.mark.parametrize("length", [b"\xb2", b"abc", b"-1", b"", b"12"])
async def test_a_length_that_is_no_number_is_not_believed(length: bytes) -> None:
    assert (await received(length))["type"] == "http.request"


async def received(length: bytes) -> Message:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"x", "more_body": False}

    scope: Scope = {"type": "http", "headers": [(b"content-length", length)]}
    return await limited(receive, Headers(scope=scope), BODY_LIMIT)()
