"""Large bodies: taken of those who may send them, and not a byte of anybody else's."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy.exc import OperationalError
from starlette.types import Message, Scope

from digitizer.api import guards
from digitizer.api.guards import DRAFT_LIMIT, MIB
from tests.api.conftest import World

PIECE = bytes(MIB // 2)
BEGINS = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
MULTIPART = b"multipart/form-data; boundary=B"
Route = tuple[str, str, bytes]
PHOTOS: Route = ("POST", "/photos", MULTIPART)
DRAFT: Route = ("PUT", "/forms/drafts/x", b"application/json")
LARGE: tuple[Route, ...] = (
    PHOTOS,
    DRAFT,
    ("POST", "/forms/drafts", MULTIPART),
    ("POST", "/forms/drafts/x/try", b"image/jpeg"),
    ("POST", "/compare/gubernur/imports", MULTIPART),
    ("POST", "/recap/gubernur/tps/x/corrections", MULTIPART),
)


@dataclass
class Sender:
    """Sends on and on, says of no length, and counts what is taken of it."""

    taken: int = 0
    status: int = 0
    body: bytes = b""
    headers: dict[bytes, bytes] = field(default_factory=dict)

    async def give(self) -> Message:
        piece = PIECE if self.taken else BEGINS + PIECE
        self.taken += len(piece)
        return {"type": "http.request", "body": piece, "more_body": True}

    async def told(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        self.body += message.get("body", b"")


async def sent(
    world: World, route: Route, cookie: str, accept: bytes = b"application/json"
) -> Sender:
    method, path, kind = route
    headers = [(b"content-type", kind), (b"accept", accept)]
    if cookie:
        headers.append((b"cookie", f"session={cookie}".encode()))
    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
        "method": method, "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": b"", "headers": headers, "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }  # fmt: skip
    sender = Sender()
    await world.app(scope, sender.give, sender.told)
    return sender


def token(world: World, who: str) -> str:
    return str(world.client(who).cookies["session"])


@pytest.mark.anyio
async def test_not_a_byte_is_taken_of_whoever_only_says_to_be_signed_in(world: World) -> None:
    ended = token(world, "admin")
    world.client().post("/logout", headers={"Cookie": f"session={ended}"})
    for route in LARGE:
        for cookie in ("x", ended):
            answer = await sent(world, route, cookie)
            assert (answer.status, answer.taken) == (401, 0), route
            assert b'"not_signed_in"' in answer.body
            assert answer.headers[b"x-frame-options"] == b"DENY"
        page = await sent(world, route, "x", accept=b"text/html")
        assert (page.status, page.headers[b"location"]) == (303, b"/login?next=/")
        without = await sent(world, route, "")
        assert (without.status, without.taken <= 2 * MIB) == (413, True), route


@pytest.mark.anyio
async def test_what_only_an_admin_sends_is_taken_of_no_witness(world: World) -> None:
    cookie = token(world, "saksi")
    for route in LARGE[1:]:
        answer = await sent(world, route, cookie)
        assert (answer.status, answer.taken <= 2 * MIB) == (413, True), route


@pytest.mark.anyio
async def test_a_draft_of_an_admin_has_a_few_mebibytes_at_most(world: World) -> None:
    answer = await sent(world, DRAFT, token(world, "admin"))
    assert answer.status == 413
    assert DRAFT_LIMIT < answer.taken <= DRAFT_LIMIT + MIB


@pytest.mark.anyio
async def test_photos_are_not_taken_while_there_is_no_room_or_no_store(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = token(world, "saksi")
    with monkeypatch.context() as patch:
        patch.setattr(world.app.state.web.gate, "_room", 1 << 62)
        answer = await sent(world, PHOTOS, cookie)
    assert (answer.status, answer.taken) == (507, 0)

    def fail(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("database is locked"))

    monkeypatch.setattr(guards, "account_or_none", fail)
    answer = await sent(world, PHOTOS, cookie)
    assert (answer.status, answer.taken) == (503, 0)
    assert answer.headers[b"retry-after"] == b"5"
