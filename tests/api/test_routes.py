"""Every route against every role, on what is one's own and on what is another's.

The routes come from the application itself: one that has no row here fails.
"""

import base64
import hashlib
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from starlette.routing import Route

from digitizer.api.shell import shell
from digitizer.api.web import now_of
from digitizer.domain.verdict import Unreadable
from digitizer.store.engine import read_session, write_session
from digitizer.store.form_drafts import begin_draft
from digitizer.store.invites import make_invite
from digitizer.store.logins import name_of
from digitizer.store.readings import save_reading
from digitizer.store.receiving import receive
from digitizer.store.samples import verified_count
from tests.api.conftest import PASSWORD, TestClient, World
from tests.api.samples import SEED, announced, drawn, keyed, shown_at, verify_at, when
from tests.api.test_corners import CORNERS, FakeReader, reading_id, with_reader
from tests.api.test_forms import with_drafting
from tests.api.test_preview import with_lookout
from tests.facts import KWK, NOW, PAGE_2, STATION, png
from tests.story import own_form

WHO: Final = (None, "saksi", "rina", "sri", "admin", "amat")
"""Nobody, a witness, a reviewer, a supervisor, an admin and a viewer: the columns below."""

TABLE: Final = """
                                                                none  wit  rev  sup  adm view
GET  /openapi.json                                               200  200  200  200  200  200
GET  /healthz                                                    200  200  200  200  200  200
GET  /readyz                                                     200  200  200  200  200  200
GET  /                                                           401  303  303  303  303  303
GET  /login                                                      200  303  303  303  303  303
POST /login                                                      303  303  303  303  303  303
POST /logout                                                     303  303  303  303  303  303
GET  /account                                                    401  200  200  200  200  200
POST /account/password                                           401  303  303  303  303  303
POST /account/logins/end                                         401  303  303  303  303  303
POST /account/logins/{login}/end                         own       -  303  303  303  303  303
POST /account/logins/{login}/end                         other   401  404  404  404  404  404
GET  /join/{token}                                               200  200  200  200  200  200
POST /join/{token}                                               303  303  303  303  303  303
GET  /upload                                                     401  200  200  200  200  403
GET  /phone                                                      401  200  200  200  200  403
GET  /phone/photos                                               401  200  200  200  200  403
GET  /phone/shell/{version}/{name}                               200  200  200  200  200  200
GET  /sw.js                                                      200  200  200  200  200  200
GET  /manifest.webmanifest                                       200  200  200  200  200  200
POST /photos                                                     401  201  201  201  201  403
OPTIONS /tus                                                     401  204  204  204  204  403
POST /tus                                                        401  201  201  201  201  403
HEAD /tus/{transfer}                                     own       -  200  200  200  200    -
HEAD /tus/{transfer}                                     other   401  404  404  404  404  403
PATCH /tus/{transfer}                                    own       -  204  204  204  204    -
PATCH /tus/{transfer}                                    other   401  404  404  404  404  403
DELETE /tus/{transfer}                                   own       -  204  204  204  204    -
DELETE /tus/{transfer}                                   other   401  404  404  404  404  403
POST /preview                                                    401  200  200  200  200  403
GET  /receipts                                                   401  200  200  200  200  403
GET  /receipts/{upload_id}                               own       -  200  200  200  200    -
GET  /receipts/{upload_id}                               other   401  404  200  200  200  403
POST /receipts/{upload_id}/remarks                       own       -  201  201  201  201    -
POST /receipts/{upload_id}/remarks                       other   401  404  404  404  404  403
GET  /pictures/{reading_id}/{name:path}                  own       -  200  200  200  200    -
GET  /pictures/{reading_id}/{name:path}                  other   401  404  200  200  200  200
GET  /queue                                                      401  403  200  200  200  403
POST /uploads/{upload_id}/assign                         own       -  403  303  303  303    -
POST /uploads/{upload_id}/assign                         other   401  403  303  303  303  403
POST /uploads/{upload_id}/again                          own       -  403  403  303  303    -
POST /uploads/{upload_id}/again                          other   401  403  403  303  303  403
GET  /uploads/{upload_id}/keying                         own       -  403  409  409  409    -
GET  /uploads/{upload_id}/keying                         other   401  403  200  200  200  403
POST /uploads/{upload_id}/keying                         own       -  403  409  409  409    -
POST /uploads/{upload_id}/keying                         other   401  403  303  303  303  403
GET  /sheets/next                                                401  403  303  303  303  403
GET  /sheets/upcoming                                            401  403  200  200  200  403
GET  /sheets/{contest_id}/{tps}/{form_id}                own       -  403  200  200  200    -
GET  /sheets/{contest_id}/{tps}/{form_id}                other   401  403  200  200  200  403
POST /sheets/{contest_id}/{tps}/{form_id}/verifications  own       -  403  409  409  409    -
POST /sheets/{contest_id}/{tps}/{form_id}/verifications  other   401  403  201  201  201  403
POST /sheets/{contest_id}/{tps}/{form_id}/lease          own       -  403  409  409  409    -
POST /sheets/{contest_id}/{tps}/{form_id}/lease          other   401  403  204  204  204  403
POST /sheets/{contest_id}/{tps}/{form_id}/leave          own       -  403  204  204  204    -
POST /sheets/{contest_id}/{tps}/{form_id}/leave          other   401  403  204  204  204  403
POST /sheets/{contest_id}/{tps}/{form_id}/move           own       -  403  409  409  409    -
POST /sheets/{contest_id}/{tps}/{form_id}/move           other   401  403  201  201  201  403
POST /sheets/{contest_id}/{tps}/{form_id}/escalations    own       -  403  409  409  409    -
POST /sheets/{contest_id}/{tps}/{form_id}/escalations    other   401  403  201  201  201  403
POST /verifications/{verification}/withdrawal            own       -  403  204  204  204    -
POST /verifications/{verification}/withdrawal            other   401  403  404  404  404  403
POST /readings/{reading_id}/corners                      own       -  403  409  409  409    -
POST /readings/{reading_id}/corners                      other   401  403  201  201  201  403
GET  /glyphs                                                     401  403  200  200  200  403
POST /glyphs                                             own       -  403  409  409  409    -
POST /glyphs                                             other   401  403  204  204  204  403
GET  /figures                                                    401  403  403  200  200  403
GET  /recap                                                      403  403  303  303  303  303
GET  /recap/{contest_id}                                         403  403  200  200  200  200
GET  /recap/{contest_id}/missing                                 403  403  200  200  200  200
GET  /recap/{contest_id}/{wilayah}                               403  403  200  200  200  200
GET  /recap/{contest_id}/tps/{tps}                               403  403  200  200  200  200
GET  /recap/{contest_id}/tps/{tps}/corrections           other   401  403  403  200  200  403
POST /recap/{contest_id}/tps/{tps}/corrections           other   401  403  403  201  201  403
POST /corrections/{correction}/withdrawal                other   401  403  403  204  204  403
GET  /api/contests                                               403  403  200  200  200  200
GET  /api/recap/{contest_id}                                     403  403  200  200  200  200
GET  /api/tallies/{contest_id}                                   403  403  200  200  200  200
GET  /api/tallies/{contest_id}/{tps}                             403  403  200  200  200  200
GET  /certificates                                               403  403  200  200  200  200
POST /certificates                                               401  403  403  403  303  403
POST /certificates/{sample}/draw                                 401  403  403  403  303  403
GET  /certificates/{sample}                                      403  403  200  200  200  200
GET  /certificates/{sample}/list.txt                             403  403  200  200  200  200
GET  /certificates/{sample}/next                                 401  403  303  303  303  403
GET  /certificates/{sample}/tps/{tps}                    own       -  403  403  403  403    -
GET  /certificates/{sample}/tps/{tps}                    other   401  403  200  200  200  403
POST /certificates/{sample}/tps/{tps}                    own       -  403  403  403  403    -
POST /certificates/{sample}/tps/{tps}                    other   401  403  303  303  303  403
GET  /certificates/{sample}/tps/{tps}/settle             own       -  403  403  403  403    -
GET  /certificates/{sample}/tps/{tps}/settle             other   401  403  403  200  200  403
POST /certificates/{sample}/tps/{tps}/settle             own       -  403  403  403  403    -
POST /certificates/{sample}/tps/{tps}/settle             other   401  403  403  303  303  403
GET  /compare                                                    401  403  303  303  303  303
GET  /compare/{contest_id}                                       401  403  200  200  200  200
GET  /compare/{contest_id}/{wilayah}                             401  403  200  200  200  200
GET  /compare/{contest_id}/differences.csv                       401  403  404  404  404  404
POST /compare/{contest_id}/imports                               401  403  403  403  201  403
GET  /exports/{contest_id}.{kind}                                401  403  200  200  200  200
GET  /exports/{contest_id}/recap.xlsx                            401  403  200  200  200  200
GET  /forms                                                      401  403  403  403  200  403
GET  /forms/{form_id}/file                                       401  403  403  403  200  403
GET  /forms/{form_id}/blank                                      401  403  403  403  200  403
POST /forms/{form_id}/draft                                      401  403  403  403  303  403
POST /forms/drafts                                               401  403  403  403  303  403
GET  /forms/drafts/{draft_id}                                    401  403  403  403  200  403
PUT  /forms/drafts/{draft_id}                                    401  403  403  403  200  403
GET  /forms/drafts/{draft_id}/pages/{position}                   401  403  403  403  200  403
GET  /forms/drafts/{draft_id}/file                               401  403  403  403  200  403
POST /forms/drafts/{draft_id}/try                                401  403  403  403  200  403
POST /forms/drafts/{draft_id}/saved                              401  403  403  403  200  403
POST /forms/drafts/{draft_id}/dropped                            401  403  403  403  303  403
GET  /status                                                     401  403  403  200  200  403
GET  /metrics                                                    403  403  403  403  403  403
GET  /exports/{contest_id}/print                                 401  403  200  200  200  200
"""


@dataclass(frozen=True)
class Line:
    """What one route answers on one kind of thing, by who asks."""

    method: str
    path: str
    whose: str
    answers: dict[str | None, int]


def lines() -> Iterator[Line]:
    for text in TABLE.strip().splitlines()[1:]:
        method, path, *rest = text.split()
        whose = rest.pop(0) if rest[0] in ("own", "other") else ""
        assert len(rest) == len(WHO), text
        answers = {who: int(code) for who, code in zip(WHO, rest, strict=True) if code != "-"}
        yield Line(method, path, whose, answers)


LINES = tuple(lines())


@dataclass(frozen=True)
class Thing:
    """Something that was sent: where it lies and what was made of it."""

    tps: str
    upload: str
    reading: str
    shown: str = ""
    verification: str = ""
    invite: str = ""
    transfer: str = ""
    correction: str = ""
    sample: str = ""
    draft: str = ""

    @property
    def sheet(self) -> str:
        return f"/sheets/gubernur/{self.tps}/{KWK}"


def announcing(data: bytes, key: str) -> dict[str, str]:
    """The headers that announce a photo."""
    return {
        "Tus-Resumable": "1.0.0", "Upload-Length": str(len(data)),
        "Upload-Metadata": f"key {base64.b64encode(key.encode()).decode()}",
    }  # fmt: skip


def verification_of(thing: Thing) -> dict[str, Any]:
    return {
        "client": "0123456789", "readings": [thing.reading], "expected_version": 0, "earlier": [],
        "shown": thing.shown, "tps_number": thing.tps[-3:], "acknowledged": [], "seconds": 1.0,
        "fields": {name: {"as_written": glyphs} for name, glyphs in PAGE_2.items()},
    }  # fmt: skip


FREE_TPS: Final = "6411042010001"

PIECE: Final = {
    "Tus-Resumable": "1.0.0", "Upload-Offset": "0",
    "Content-Type": "application/offset+octet-stream",
}  # fmt: skip
WRITING: Final = ("POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")

CORRECTION: Final = {
    "data": {
        "level": "kecamatan", "reason": "salah jumlah", "expected_version": "0",
        "field": ["paslon_1"], "value": ["60"],
    },
    "files": {"document": ("d-hasil.png", png(30, 20), "image/png")},
}  # fmt: skip

BODIES: Final[dict[str, Callable[[Thing], dict[str, Any]]]] = {
    "/login": lambda _: {"data": {"username": "rina", "password": PASSWORD}},
    "/account/password": lambda _: {
        "data": {"old": PASSWORD, "new": "kata sandi yang lain", "again": "kata sandi yang lain"}
    },
    "/photos": lambda _: {"files": {"files": ("a.png", png(40, 40, 90), "image/png")}},
    "/compare/{contest_id}/imports": lambda thing: {
        "data": {"source": "uji"},
        "files": {"file": ("a.csv", f"tps,paslon_1\n{thing.tps},1\n".encode(), "text/csv")},
    },
    "/receipts/{upload_id}/remarks": lambda thing: {
        "json": {"reading": thing.reading, "agrees": True}
    },
    "/recap/{contest_id}/tps/{tps}/corrections": lambda _: CORRECTION,
    "/corrections/{correction}/withdrawal": lambda _: {"data": {"reason": "salah TPS"}},
    "/preview": lambda _: {"params": {"width": 9, "height": 9}, "content": b"no picture"},
    "/tus": lambda _: {"headers": announcing(b"photo", "route")},
    "/tus/{transfer}": lambda _: {"headers": PIECE, "content": b"ph"},
    "/uploads/{upload_id}/assign": lambda _: {"data": {"tps": FREE_TPS}},
    "/uploads/{upload_id}/keying": lambda _: {"data": {"page": f"{KWK} 2", "tps": FREE_TPS}},
    "/sheets/{contest_id}/{tps}/{form_id}/verifications": lambda thing: {
        "json": verification_of(thing)
    },
    "/sheets/{contest_id}/{tps}/{form_id}/move": lambda thing: {
        "json": {"readings": [thing.reading], "tps": FREE_TPS}
    },
    "/sheets/{contest_id}/{tps}/{form_id}/escalations": lambda _: {
        "json": {"reason": "tinta luntur", "expected_version": 0}
    },
    "/readings/{reading_id}/corners": lambda _: {
        "json": {"form": KWK, "page": 2, "corners": CORNERS}
    },
    "/forms/drafts": lambda _: {"files": {"files": ("b.pdf", b"%PDF", "application/pdf")}},
    "/forms/drafts/{draft_id}": lambda _: {
        "json": {"revision": 1, "body": tomllib.loads(own_form())}
    },
    "/forms/drafts/{draft_id}/saved": lambda _: {"json": {"revision": 1}},
    "/forms/drafts/{draft_id}/try": lambda _: {"content": b"photo"},
    "/certificates": lambda _: {"data": {"contest": "gubernur", "size": 1}},
    "/certificates/{sample}/draw": lambda _: {"data": {"seed": SEED}},
    "/certificates/{sample}/tps/{tps}": lambda _: {"data": PAGE_2},
    "/certificates/{sample}/tps/{tps}/settle": lambda _: {"data": {"paslon_1": "X61"}},
    "/glyphs": lambda thing: {
        "json": {
            "digit": "6", "marks": [{"reading": thing.reading, "field": "paslon_1", "box": 1}]
        }
    },
}  # fmt: skip
"""What is sent; a route without an entry takes no body."""

UNPLACED: Final = ("/uploads/", "/readings/")
"""Routes about photos that no machine could read."""


def test_every_route_has_its_line_and_no_line_is_without_a_route(world: World) -> None:
    found = {
        (method, route.path)
        for route in flat(world.app.routes)
        for method in (route.methods or ())
        if method != "HEAD" or "GET" not in (route.methods or ())
    }
    assert found == {(line.method, line.path) for line in LINES}


def flat(routes: Any) -> Iterator[Route]:  # noqa: ANN401
    """Routes, those of included routers among them, and no mounted files."""
    for item in routes:
        if isinstance(item, Route):
            yield item
        else:
            included = getattr(item, "original_router", None)
            if included is not None:
                yield from flat(included.routes)


@pytest.mark.parametrize("line", LINES, ids=lambda x: f"{x.method} {x.path} {x.whose}".strip())
def test_what_a_route_answers_to_whom(
    world: World, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_reader(world, FakeReader())
    with_drafting(monkeypatch)
    with_lookout(world, lambda *_: None)
    stations = iter([f"64110320{n:02d}001" for n in (2, 3, 4, 5)] + [STATION.code]
                    + [f"64110420{n:02d}001" for n in range(1, 10)])  # fmt: skip
    found = {}
    for number, who in enumerate(line.answers):
        thing = made(world, line, who, next(stations), grey=number + 1)
        client = world.client(who)
        answer = asked(client, line, thing, world.client("budi").cookies["session"])
        found[who] = answer.status_code
    assert found == line.answers


def made(world: World, line: Line, who: str | None, tps: str, grey: int) -> Thing:
    """What the route is asked about, sent by whoever asks or by a third person."""
    if line.path.startswith("/certificates"):
        return of_a_sample(world, line, who, tps)
    return without_photo(world, line, who, tps, grey) or of_a_photo(world, line, who, tps, grey)


def without_photo(world: World, line: Line, who: str | None, tps: str, grey: int) -> Thing | None:
    """An invitation, a transfer, or nothing that would have to be made; None for other routes."""
    if line.path.startswith("/join/"):
        with write_session(world.app.state.web.engine) as session:
            invite = make_invite(session, tps, actor="system", now=datetime.now(UTC))
            session.commit()
        return Thing(tps, "", "", invite=invite)
    if line.path.startswith("/forms/drafts/"):
        with write_session(world.app.state.web.engine) as session:
            body = tomllib.loads(own_form())
            name = begin_draft(session, body, (png(42, 60),), "admin", NOW)
            session.commit()
        return Thing(tps, "", "", draft=name)
    if not line.whose or line.path.startswith("/account"):
        return Thing(STATION.code, "", "")
    if line.path.startswith("/tus/"):
        client = world.client(who if line.whose == "own" and who else "saksi-tps")
        begun = client.post("/tus", headers=announcing(b"photo", f"{who}{grey}"))
        return Thing(tps, "", "", transfer=begun.headers["Location"].rpartition("/")[2])
    return None


def of_a_photo(world: World, line: Line, who: str | None, tps: str, grey: int) -> Thing:
    """A photo, and what was read and confirmed of it."""
    verified = "correction" in line.path or line.path.startswith("/verifications")
    sender = who if line.whose == "own" and not verified and who else "saksi-tps"
    if line.path.startswith(UNPLACED):
        return unplaced(world, sender, grey)
    upload = world.read(2, PAGE_2, tps=tps, sender=sender, data=f"{tps}{who}".encode())
    by = who if line.whose == "own" and who in ("rina", "sri", "admin") else "budi"
    shown = shown_at(world, tps, by if verified else who or by)
    thing = Thing(tps, upload, reading_id(world, upload)[0], shown)
    if not verified:
        return thing
    answer = world.client(by).post(f"{thing.sheet}/verifications", json=verification_of(thing))
    correction = corrected_by(world, tps) if line.path.startswith("/corrections/") else ""
    return replace(thing, verification=answer.json()["verification"], correction=correction)


def corrected_by(world: World, tps: str) -> str:
    """A correction of a verified TPS, by a supervisor."""
    made = world.client("sri").post(f"/recap/gubernur/tps/{tps}/corrections", **CORRECTION)
    return str(made.json()["correction"])


def of_a_sample(world: World, line: Line, who: str | None, tps: str) -> Thing:
    """A sample of all stations that are verified so far; what is to be settled, `kiki` keyed."""
    sender = who if line.whose == "own" and who else "saksi-tps"
    world.app.dependency_overrides.pop(now_of, None)
    verify_at(world, tps, sender=sender)
    world.app.dependency_overrides[now_of] = when
    if line.path == "/certificates":
        return Thing(tps, "", "")
    if line.path.endswith("/draw"):
        return Thing(tps, "", "", sample=announced(world))
    with read_session(world.app.state.web.engine) as session:
        size = verified_count(session, "gubernur", when())
    thing = Thing(tps, "", "", sample=drawn(world, size))
    if line.path.endswith("/settle"):
        keyed(world, thing.sample, tps, world.reviewer("kiki"), paslon_1="X67")
    return thing


def unplaced(world: World, sender: str, grey: int) -> Thing:
    web = world.app.state.web
    data = png(300, 200, grey)
    with write_session(web.engine) as session:
        receipt = receive(
            session, web.photos, data, account=world.account_id(sender), tps=None, contest=None,
            file_name="asing.png", idempotency_key=None, now=NOW,
        )  # fmt: skip
        blobs = {"whole": web.photos.put(data)}
        problem = Unreadable("unknown_form", "no known form", "take a C.HASIL")
        photo = hashlib.sha256(data).hexdigest()
        save_reading(session, photo, None, problem, blobs, 0.1, NOW)
        session.commit()
    return Thing(FREE_TPS, receipt.upload_id, reading_id(world, receipt.upload_id)[0])


def asked(client: TestClient, line: Line, thing: Thing, other: str) -> Any:  # noqa: ANN401
    token = client.cookies["session"] if line.whose == "own" else other
    path = line.path.replace("{name:path}", "crop/paslon_1").format(
        upload_id=thing.upload, reading_id=thing.reading, verification=thing.verification,
        contest_id="gubernur", tps=thing.tps, form_id=KWK, wilayah="6411", kind="csv",
        login=name_of(token), token=thing.invite, transfer=thing.transfer,
        version=shell().version, name="phone.js", correction=thing.correction,
        sample=thing.sample, draft_id=thing.draft, position=0,
    )  # fmt: skip
    body = BODIES[line.path](thing) if line.method in WRITING and line.path in BODIES else {}
    return client.request(line.method, path, **body)
