"""Photos in pieces: cut anywhere and sent again, each arrives once and whole."""

import base64
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import uvicorn
from httpx import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from digitizer.store.engine import read_session, write_session
from digitizer.store.purging import purge
from digitizer.store.readings import save_reading
from digitizer.store.tables import EventRow, UploadRow
from tests.api.conftest import OTHER_TPS, TestClient, World
from tests.facts import NOW, PAGE_2, STATION, page_reading, png

PHOTO = png(60, 50)
SHA256 = hashlib.sha256(PHOTO).hexdigest()
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}


def metadata(**said: str) -> str:
    return ",".join(
        f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in said.items()
    )


def begin(client: TestClient, data: bytes = PHOTO, key: str = "k1", **said: str) -> Response:
    headers = {
        **TUS, "Upload-Length": str(len(data)),
        "Upload-Metadata": metadata(key=key, filename="a.png", **said),
    }  # fmt: skip
    answer: Response = client.post("/tus", headers=headers)
    return answer


def piece(client: TestClient, place: str, start: int, data: bytes) -> Response:
    answer: Response = client.patch(
        place, headers={**PIECE, "Upload-Offset": str(start)}, content=data
    )
    return answer


def uploads(world: World) -> list[UploadRow]:
    with read_session(world.app.state.web.engine) as session:
        return list(session.exec(select(UploadRow)).all())


def test_a_photo_in_three_pieces(world: World) -> None:
    client = world.client("saksi-tps")
    begun = begin(client, sha256=SHA256)
    assert (begun.status_code, begun.headers["Upload-Offset"]) == (201, "0")
    place = begun.headers["Location"]
    for start, end in ((0, 10), (10, 50), (50, len(PHOTO))):
        found = client.head(place, headers=TUS)
        assert found.headers["Upload-Offset"] == str(start)
        assert found.headers["Upload-Length"] == str(len(PHOTO))
        assert found.headers["Cache-Control"] == "no-store"
        answer = piece(client, place, start, PHOTO[start:end])
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(end))
    receipt = answer.headers["Content-Location"]
    digest = base64.b64encode(hashlib.sha256(PHOTO).digest()).decode()
    assert answer.headers["Repr-Digest"] == f"sha-256=:{digest}:"
    assert SHA256 in world.client("saksi-tps", page=True).get(receipt).text
    assert client.head(place, headers=TUS).headers["Content-Location"] == receipt
    (row,) = uploads(world)
    assert (row.photo, row.tps, row.file_name) == (SHA256, STATION.code, "a.png")
    assert world.app.state.web.photos.get(SHA256) == PHOTO
    assert world.app.state.web.counter.pieces.arrived(place.rpartition("/")[2]) == 0


def test_a_lost_answer_begins_nothing_twice(world: World) -> None:
    client = world.client("saksi-tps")
    place = begin(client).headers["Location"]
    piece(client, place, 0, PHOTO[:20])
    again = begin(client)
    assert (again.status_code, again.headers["Location"]) == (201, place)
    assert again.headers["Upload-Offset"] == "20"
    last = piece(client, place, 20, PHOTO[20:])
    # The answer to the last piece was lost, too.
    assert begin(client).headers["Content-Location"] == last.headers["Content-Location"]
    assert piece(client, place, 20, PHOTO[20:]).status_code == 409
    assert len(uploads(world)) == 1


def test_a_photo_sent_before_is_whole_at_once(world: World) -> None:
    client = world.client("saksi-tps")
    place = begin(client, sha256=SHA256).headers["Location"]
    receipt = piece(client, place, 0, PHOTO).headers["Content-Location"]
    again = begin(client, key="k2", sha256=SHA256)
    assert again.headers["Upload-Offset"] == str(len(PHOTO))
    assert again.headers["Content-Location"] == receipt
    # Only what one sent oneself, else a hash alone would be a photo.
    other = begin(world.client("saksi"), key="k2", sha256=SHA256, tps=STATION.code)
    assert other.headers["Upload-Offset"] == "0"
    assert "Content-Location" not in other.headers


@pytest.mark.parametrize("key", ["k1", "k2"])
@pytest.mark.parametrize("how", ["purged", "lost"])
def test_a_photo_whose_bytes_are_gone_is_not_said_to_be_here(
    world: World, key: str, how: str
) -> None:
    """The phone deletes its own copy when it is told that the server holds the photo."""
    web, client = world.app.state.web, world.client("saksi-tps")
    place = begin(client, sha256=SHA256).headers["Location"]
    receipt = piece(client, place, 0, PHOTO).headers["Content-Location"]
    if how == "lost":
        web.photos.remove(SHA256)
    else:
        purge_all(world)
    found = [begin(client, key=key, sha256=SHA256)]
    place = found[0].headers["Location"]
    found.append(client.head(place, headers=TUS))
    for answer in found:
        assert answer.headers["Upload-Offset"] == "0"
        assert not {"Content-Location", "Repr-Digest"} & {*answer.headers}
    last = [piece(client, place, 0, PHOTO[:20]), piece(client, place, 20, PHOTO[20:])][-1]
    assert last.headers["Content-Location"] == receipt
    assert web.photos.get(SHA256) == PHOTO
    assert client.head(place, headers=TUS).headers["Content-Location"] == receipt
    assert len(uploads(world)) == 1
    with read_session(web.engine) as session:
        kinds = [row.kind for row in session.exec(select(EventRow))]
    assert kinds.count("original_returned") == (how == "purged")


def test_bytes_that_another_upload_brought_back_are_here_for_all(world: World) -> None:
    client = world.client("saksi-tps")
    place = begin(client, sha256=SHA256).headers["Location"]
    receipt = piece(client, place, 0, PHOTO).headers["Content-Location"]
    purge_all(world)
    world.client("saksi").post("/photos", files={"files": ("a.png", PHOTO)})
    assert begin(client, key="k2", sha256=SHA256).headers["Content-Location"] == receipt


def purge_all(world: World) -> None:
    """Remove the original of the photo, which was read."""
    web = world.app.state.web
    with write_session(web.engine) as session:
        save_reading(session, SHA256, page_reading(SHA256, 2, PAGE_2), None, {}, 0.1, NOW)
        gone = purge(
            session, web.photos, datetime.now(UTC) + timedelta(days=1), unverified=True,
            actor="system", now=datetime.now(UTC),
        )  # fmt: skip
        session.commit()
    assert gone.photos == (SHA256,)


@pytest.mark.parametrize("key", ["k1", "k2"])
def test_a_photo_of_which_another_round_is_named_is_sent_anew(world: World, key: str) -> None:
    """Else its sender would be told that it arrived, and the round would stay the first one."""
    client = world.client("saksi-tps")
    place = begin(client, sha256=SHA256, contest="gubernur").headers["Location"]
    first = piece(client, place, 0, PHOTO).headers["Content-Location"]
    begun = begin(client, key=key, sha256=SHA256, contest="presiden")
    assert begun.headers["Upload-Offset"] == "0"
    assert "Content-Location" not in begun.headers
    place = begun.headers["Location"]
    second = piece(client, place, 0, PHOTO).headers["Content-Location"]
    assert second != first
    assert sorted(str(row.contest) for row in uploads(world)) == ["gubernur", "presiden"]
    # The answer was lost; and the first statement is made once more.
    again = begin(client, key=key, sha256=SHA256, contest="presiden")
    assert again.headers["Content-Location"] == second
    before = begin(client, key="k3", sha256=SHA256, contest="gubernur")
    assert before.headers["Content-Location"] == first
    assert len(uploads(world)) == 2


@pytest.mark.parametrize("told", [True, False])
def test_a_photo_of_which_another_tps_is_named_is_sent_anew(world: World, told: bool) -> None:
    """Whether its sender could compute the sha256 or not."""
    client = world.client("saksi")

    def named(**said: str) -> Response:
        return begin(client, PHOTO, "k1", **(said | {"sha256": SHA256} if told else said))

    place = named(tps=STATION.code, contest="gubernur").headers["Location"]
    first = piece(client, place, 0, PHOTO).headers["Content-Location"]
    begun = named(tps=OTHER_TPS)
    assert begun.headers["Upload-Offset"] == "0"
    assert "Content-Location" not in begun.headers
    second = piece(client, place, 0, PHOTO).headers["Content-Location"]
    assert second != first
    kept = {(row.tps, row.contest) for row in uploads(world)}
    assert kept == {(STATION.code, "gubernur"), (OTHER_TPS, None)}
    # The answer was lost; and whoever names none says nothing new.
    for again in (named(tps=OTHER_TPS), named()):
        assert again.headers["Content-Location"] == second
    assert len(uploads(world)) == 2


def test_a_photo_that_was_moved_since_is_whole_as_it_was_announced(world: World) -> None:
    client = world.client("saksi")
    place = begin(client, tps=STATION.code, sha256=SHA256).headers["Location"]
    receipt = piece(client, place, 0, PHOTO).headers["Content-Location"]
    moved = world.client("rina").post(
        f"/uploads/{receipt.rpartition('/')[2]}/assign", data={"tps": OTHER_TPS}
    )
    assert moved.status_code == 303
    again = begin(client, tps=STATION.code, sha256=SHA256)
    assert again.headers["Content-Location"] == receipt
    assert len(uploads(world)) == 1


def test_a_form_of_the_browser_names_another_round(world: World) -> None:
    client = world.client("saksi-tps")
    said = []
    for contest in ("gubernur", "presiden", "presiden"):
        answer = client.post(
            "/photos", files={"files": ("a.png", PHOTO)},
            data={"contest": contest, "idempotency_key": "k"},
        )  # fmt: skip
        said += [(answer.status_code, answer.json()["receipts"][0]["status"])]
    assert said == [(201, "accepted"), (201, "accepted"), (200, "already")]


def test_the_key_of_another_photo_is_refused(world: World) -> None:
    client = world.client("saksi-tps")
    begin(client)
    answer = begin(client, PHOTO + b"more")
    assert (answer.status_code, answer.json()["code"]) == (409, "key_used")


def test_a_photo_that_arrives_damaged_begins_anew(world: World) -> None:
    client = world.client("saksi-tps")
    place = begin(client, sha256=SHA256).headers["Location"]
    piece(client, place, 0, PHOTO[:20])
    answer = piece(client, place, 20, b"\0" * (len(PHOTO) - 20))
    assert (answer.status_code, answer.json()["code"]) == (460, "checksum_mismatch")
    assert uploads(world) == []
    assert client.head(place, headers=TUS).headers["Upload-Offset"] == "0"
    assert piece(client, place, 0, PHOTO).headers["Content-Location"]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Offset": "5"}, 409, "wrong_offset"),
        ({"Upload-Offset": "0", "Content-Type": "image/png"}, 422, "bad_request"),
        ({"Upload-Offset": "-1"}, 422, "bad_request"),
        ({"Upload-Offset": "0", "Tus-Resumable": "0.2"}, 412, "tus_version"),
    ],
)
def test_a_piece_that_does_not_fit(
    world: World, headers: dict[str, str], status: int, code: str
) -> None:
    client = world.client("saksi-tps")
    place = begin(client).headers["Location"]
    answer = client.patch(place, headers={**PIECE, **headers}, content=PHOTO[:9])
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert client.head(place, headers=TUS).headers["Upload-Offset"] == "0"


def test_more_bytes_than_announced(world: World) -> None:
    client = world.client("saksi-tps")
    place = begin(client).headers["Location"]
    answer = piece(client, place, 0, PHOTO + b"more")
    assert (answer.status_code, answer.json()["code"]) == (409, "key_used")
    assert uploads(world) == []


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Length": str(31 << 20)}, 413, "too_large"),
        ({"Upload-Length": "0"}, 422, "bad_request"),
        ({"Upload-Length": "many"}, 422, "bad_request"),
        ({"Upload-Metadata": metadata(filename="a.png")}, 422, "bad_request"),
        ({"Upload-Metadata": "key ***"}, 422, "bad_request"),
        ({"Upload-Metadata": metadata(key="k", sha256="F00")}, 422, "bad_request"),
        ({"Upload-Metadata": metadata(key="k", tps="6411032001999")}, 422, "unknown_tps"),
        ({"Upload-Metadata": metadata(key="k", contest="rt")}, 422, "unknown_contest"),
        ({"Upload-Metadata": metadata(key="k", tps=OTHER_TPS)}, 403, "not_allowed"),
    ],
)
def test_what_is_announced_wrongly(
    world: World, headers: dict[str, str], status: int, code: str
) -> None:
    given = {**TUS, "Upload-Length": "9", "Upload-Metadata": metadata(key="k"), **headers}
    answer = world.client("saksi-tps").post("/tus", headers=given)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_photo_given_up_is_forgotten(world: World) -> None:
    client = world.client("saksi-tps")
    place = begin(client).headers["Location"]
    piece(client, place, 0, PHOTO[:20])
    assert client.delete(place, headers=TUS).status_code == 204
    assert client.head(place, headers=TUS).status_code == 404
    assert begin(client).headers["Upload-Offset"] == "0"


def test_what_the_server_knows(world: World) -> None:
    answer = world.client("saksi-tps").options("/tus")
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == str(30 << 20)


def test_photos_on_their_way_count_for_the_quota(world: World) -> None:
    web = world.app.state.web
    object.__setattr__(web.counter.quotas, "account", 2)
    client = world.client("saksi-tps")
    place = begin(client, key="k1").headers["Location"]
    begin(client, png(61, 50), key="k2")
    refused = begin(client, png(62, 50), key="k3")
    assert (refused.status_code, refused.json()["code"]) == (429, "quota")
    assert int(refused.headers["Retry-After"]) > 0
    # What was announced within the quota is taken in.
    assert piece(client, place, 0, PHOTO).status_code == 204


def test_a_photo_that_must_wait_is_kept_and_taken_in_later(world: World) -> None:
    web = world.app.state.web
    client = world.client("saksi-tps")
    place = begin(client).headers["Location"]
    client.post("/photos", files=[("files", ("b.png", png(61, 50)))])
    object.__setattr__(web.counter.quotas, "account", 1)
    assert piece(client, place, 0, PHOTO).status_code == 429
    found = client.head(place, headers=TUS)
    assert found.headers["Upload-Offset"] == str(len(PHOTO))
    assert "Content-Location" not in found.headers
    object.__setattr__(web.counter.quotas, "account", 9)
    assert piece(client, place, len(PHOTO), b"").headers["Content-Location"]


def test_the_history_tells_an_upload_once(world: World) -> None:
    client = world.client("saksi-tps")
    place = begin(client).headers["Location"]
    piece(client, place, 0, PHOTO)
    with read_session(world.app.state.web.engine) as session:
        kinds = [row.kind for row in session.exec(select(EventRow))]
    assert kinds.count("upload_accepted") == 1


@given(cuts=st.lists(st.integers(0, len(PHOTO)), max_size=6))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_cut_anywhere_it_arrives_once_and_whole(world: World, cuts: list[int]) -> None:
    client = world.client("saksi-tps")
    key = secrets.token_hex(16)
    data = PHOTO + key.encode()
    before = len(uploads(world))
    place = begin(client, data, key=key).headers["Location"]
    for end in (*sorted(cuts), len(data)):
        start = int(client.head(place, headers=TUS).headers["Upload-Offset"])
        answer = piece(client, place, start, data[start:end])
        assert answer.headers["Upload-Offset"] == str(max(start, end))
    assert len(uploads(world)) == before + 1
    assert world.app.state.web.photos.get(hashlib.sha256(data).hexdigest()) == data


@pytest.fixture
def served(world: World) -> Iterator[int]:
    """The application on a real port."""
    server = uvicorn.Server(uvicorn.Config(world.app, port=0, log_level="warning"))
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join()
    listening.close()


def test_what_came_before_a_connection_was_cut_is_kept(world: World, served: int) -> None:
    client = world.client("saksi-tps")
    data = bytes(range(256)) * 4000
    place = begin(client, data, sha256=hashlib.sha256(data).hexdigest()).headers["Location"]
    head = (
        f"PATCH {place} HTTP/1.1\r\nHost: 127.0.0.1\r\nTus-Resumable: 1.0.0\r\n"
        f"Cookie: session={client.cookies['session']}\r\nUpload-Offset: 0\r\n"
        f"Content-Type: application/offset+octet-stream\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", served)) as line:
        line.sendall(head.encode() + data[:300_000])
        time.sleep(0.2)
    offset = 0
    for _ in range(100):
        offset = int(client.head(place, headers=TUS).headers["Upload-Offset"])
        if offset:
            break
        time.sleep(0.05)
    assert offset == 300_000
    assert piece(client, place, offset, data[offset:]).headers["Content-Location"]
    assert len(uploads(world)) == 1
