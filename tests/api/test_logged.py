"""Every route is asked with names and secrets in every place; none of them is in the log."""

import base64
import io
import json
import re
from typing import Any, Final

import pytest

from digitizer.api import queue
from tests.api.conftest import PASSWORD, World
from tests.api.test_routes import flat
from tests.facts import PAGE_2, STATION, png
from tests.test_logs import log

__all__ = ["log"]

SECRETS: Final = (
    "RahasiaIbuTuti", "rina", "sri", "203.0.113.77", PASSWORD, "KTP-6411", "peramban-khusus",
)  # fmt: skip
NAME = SECRETS[0]
HEADERS = {
    "X-Forwarded-For": "203.0.113.77", "User-Agent": "peramban-khusus", "X-Request-ID": NAME,
    "Authorization": f"Bearer {NAME}", "Referer": f"http://testserver/{NAME}",
}  # fmt: skip
BODIES: Final[tuple[dict[str, Any], ...]] = (
    {"data": {"username": "rina", "password": NAME, "tps": NAME, "reason": NAME, "old": NAME}},
    {"json": {"reason": NAME, "note": NAME, NAME: NAME}},
    {"files": {"files": (f"{NAME}.jpg", png(30, 20), "image/png"), "file": (NAME, b"x")}},
)


def entries(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def nothing_told(log: io.StringIO, *tokens: str) -> None:
    text = log.getvalue()
    found = [secret for secret in (*SECRETS, *tokens) if re.search(rf"\b{secret}\b", text)]
    assert found == []


def test_no_route_logs_what_it_was_asked_with(world: World, log: io.StringIO) -> None:
    clients = [world.client("rina"), world.client(None)]
    token = clients[0].cookies["session"]
    asked = 0
    for route in flat(world.app.routes):
        path = re.sub(r"\{[^}]*\}", NAME, route.path)
        for method in sorted(route.methods or ()):
            for client in clients:
                for body in BODIES if method in ("POST", "PUT", "PATCH") else ({},):
                    client.request(
                        method, path, params={"q": NAME, "wilayah": NAME}, headers=HEADERS, **body
                    )
                    asked += 1
    told = [line for line in entries(log) if line["event"] == "request"]
    assert len(told) == asked
    assert {line["route"] for line in told} >= {"/photos", "/recap/{contest_id}", "/login"}
    nothing_told(log, token)


def test_what_people_do_is_told_without_who_they_are(world: World, log: io.StringIO) -> None:
    client = world.client(None)
    client.post("/login", data={"username": "rina", "password": NAME}, headers=HEADERS)
    client.post("/login", data={"username": "rina", "password": PASSWORD}, headers=HEADERS)
    sent = world.client("saksi")
    answer = sent.post(
        "/photos", files={"files": (f"{NAME}.png", png(40, 40, 9), "image/png")}, headers=HEADERS
    ).json()
    metadata = ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}"
        for key, value in {"key": NAME, "filename": f"{NAME}.png"}.items()
    )
    announced = {"Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Metadata": metadata}
    place = sent.post("/tus", headers={**HEADERS, **announced}).headers["Location"]
    piece = {
        "Tus-Resumable": "1.0.0", "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
    }  # fmt: skip
    arrived = sent.patch(place, content=b"photo", headers={**HEADERS, **piece})
    world.read(2, PAGE_2)
    world.client("rina").get(f"/recap/gubernur/tps/{STATION.code}?{NAME}", headers=HEADERS)
    told = [line for line in entries(log) if line["event"] == "request"]
    (upload,) = [item["upload"] for item in answer["receipts"]]
    by_route = {line["route"]: line for line in told}
    assert by_route["/photos"]["upload"] == upload
    assert by_route["/tus/{transfer}"]["upload"] == arrived.headers["Content-Location"][10:]
    assert by_route["/photos"]["account"] == world.account_id("saksi")
    nothing_told(log, sent.cookies["session"])


def test_an_error_is_told_with_the_id_that_its_log_has(
    world: World, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"{NAME} broke it")

    monkeypatch.setattr(queue, "queue_view", broken)
    client = world.client("rina")
    client._transport.raise_server_exceptions = False
    answer = client.get("/queue")
    assert (answer.status_code, answer.json()["code"]) == (500, "error")
    assert answer.json()["request"] == answer.headers["X-Request-ID"]
    assert NAME not in answer.text
    failed = next(line for line in entries(log) if line["event"] == "request failed")
    assert failed["request"] == answer.json()["request"]
    assert failed["error"] == "RuntimeError"
    nothing_told(log)


def test_every_answer_has_an_id_of_its_own(world: World) -> None:
    client = world.client("rina")
    answers = [client.get(path) for path in ("/queue", "/nowhere", "/healthz", "/queue")]
    answers.append(client.post("/glyphs", json={}, headers={"Sec-Fetch-Site": "cross-site"}))
    ids = [answer.headers["X-Request-ID"] for answer in answers]
    assert len(set(ids)) == len(ids)
    assert answers[1].json()["request"] == ids[1]
    assert answers[4].json()["request"] == ids[4]
    page = world.client("rina", page=True).get("/nowhere")
    assert page.headers["X-Request-ID"] in page.text
