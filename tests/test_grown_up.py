"""One installation of many processes: PostgreSQL, a bucket, several web processes, a worker.

Everything is real and of this machine; the worker has a data folder of its own, as elsewhere.
"""

import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from digitizer.bundling import bundle
from digitizer.installation import Installation, open_installation
from digitizer.logs import FIELDS
from digitizer.proof.verify import verify_bundle
from digitizer.settings import Settings
from digitizer.store.accounts import add_account
from digitizer.store.elections import init_election, read_election_file
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import list_events, verify_chain
from digitizer.store.publication import publish
from digitizer.store.purging import purge
from digitizer.store.readings import reading_of
from digitizer.store.workers import list_workers
from tests.conftest import ROOT
from tests.databases import database_url, make_database
from tests.store.buckets import s3_server, use_bucket

pytestmark = pytest.mark.slow

PATIENCE = 120.0
PASSWORD = "kata sandi percobaan"
PHOTO = ROOT / "samples" / "photos" / "6411032001001-hal2.jpg"
TUS = {"Tus-Resumable": "1.0.0", "Accept": "application/json"}


@dataclass(frozen=True)
class GrownUp:
    """The installation, and the addresses of its two web servers."""

    installation: Installation
    one: str
    two: str

    def client(self, base: str) -> httpx.Client:
        return httpx.Client(base_url=base, headers={"Accept": "application/json"}, timeout=30)

    def signed_in(self, name: str = "saksi") -> tuple[httpx.Client, httpx.Client]:
        """Clients of both servers; who signed in at the first is known at the second."""
        one, two = self.client(self.one), self.client(self.two)
        answer = one.post("/login", data={"username": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        two.cookies.update(one.cookies)
        return one, two


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    *arguments: str, env: dict[str, str], log: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A `digitizer` process that is stopped gently at the end, and must end well."""
    command = (sys.executable, "-m", "digitizer", *arguments)
    with nullcontext() if log is None else log.open("wb") as stderr:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, stderr=stderr)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        finally:
            process.kill()


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"in vain waited for: {what}"
        time.sleep(0.1)


def answers(base: str) -> bool:
    try:
        return httpx.get(f"{base}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def world(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GrownUp]:
    """Two servers, one of two processes, that started at once on a database without a table."""
    folder, name = tmp_path_factory.mktemp("web"), f"dewasa_{uuid4().hex}"
    make_database(postgres_url, name)
    with pytest.MonkeyPatch.context() as patch, s3_server() as endpoint:
        settings = Settings(
            data_dir=folder,
            database_url=database_url(postgres_url, name),
            store_url=use_bucket(patch, endpoint),
        )
        env = {
            "DIGITIZER_DATA_DIR": str(settings.data_dir),
            "DIGITIZER_DATABASE_URL": settings.database,
            "DIGITIZER_STORE_URL": settings.photos,
        }
        ports = free_port(), free_port()
        one, two = (f"http://127.0.0.1:{port}" for port in ports)
        elsewhere = {**env, "DIGITIZER_DATA_DIR": str(tmp_path_factory.mktemp("worker"))}
        serve = ("serve", "--no-worker", "--port")
        with (
            running(*serve, str(ports[0]), "--processes", "2", env=env, log=folder / "one.log"),
            running(*serve, str(ports[1]), env=env),
            running("work", env=elsewhere),
        ):
            until(lambda: answers(one) and answers(two), "both servers")
            installation = open_installation(settings)
            with write_session(installation.engine) as session:
                file = read_election_file(ROOT / "samples/election.toml")
                init_election(session, file, "system", datetime.now(UTC))
                for account in ("saksi", "lain"):
                    add_account(session, account, "witness", PASSWORD, now=datetime.now(UTC))
                add_account(session, "rina", "reviewer", PASSWORD, now=datetime.now(UTC))
                session.commit()
            yield GrownUp(installation, one, two)
            installation.engine.dispose()


def events(world: GrownUp, kind: str) -> int:
    with read_session(world.installation.engine) as session:
        return sum(event.kind == kind for event in list_events(session))


def send_in_pieces(first: httpx.Client, second: httpx.Client, data: bytes, key: str) -> str:
    """Send half of a photo to one server and the rest to the other; gives its upload."""
    said = base64.b64encode(key.encode()).decode()
    announced = {**TUS, "Upload-Length": str(len(data)), "Upload-Metadata": f"key {said}"}
    place = first.post("/tus", headers=announced).headers["Location"]
    half = len(data) // 2
    for client, start, piece in ((first, 0, data[:half]), (second, half, data[half:])):
        assert client.head(place, headers=TUS).headers["Upload-Offset"] == str(start)
        sent = {**TUS, "Upload-Offset": str(start)}
        sent["Content-Type"] = "application/offset+octet-stream"
        answer = client.patch(place, headers=sent, content=piece)
        assert answer.status_code == 204, answer.text
    return str(answer.headers["Content-Location"]).rpartition("/")[2]


def test_every_process_of_a_server_logs_fields_and_no_words(world: GrownUp) -> None:
    """Nothing but lines of JSON, whichever process of the two answered."""
    with world.client(world.one) as client:
        asked = {client.get("/").headers["X-Request-ID"] for _ in range(20)}
    log = world.installation.settings.data_dir / "one.log"

    def lines() -> list[dict[str, object]]:
        return [json.loads(line) for line in log.read_text().splitlines()]

    until(lambda: asked <= {line.get("request") for line in lines()}, "every request in the log")
    assert all(set(line) <= FIELDS.keys() for line in lines())


def asked_for_the_start(base: str) -> float:
    """How often a server says that its first screen was asked for."""
    families = text_string_to_metric_families(httpx.get(f"{base}/metrics").text)
    return sum(
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == "digitizer_request_seconds_count" and sample.labels["route"] == "/"
    )


def test_the_processes_of_a_server_count_together(world: GrownUp) -> None:
    before = asked_for_the_start(world.one)
    for _ in range(20):  # each on a connection of its own, which either process may take
        httpx.get(world.one)
    until(lambda: asked_for_the_start(world.one) == before + 20, "all that was counted")
    assert {asked_for_the_start(world.one) for _ in range(10)} == {before + 20}
    assert "digitizer_build_info" in httpx.get(f"{world.one}/metrics").text


def test_processes_that_start_at_once_are_one_node(world: GrownUp) -> None:
    assert events(world, "node_created") == 1
    assert events(world, "policy_noted") == 1
    assert events(world, "lot_drawn") == 2


def test_a_photo_is_sent_to_two_servers_read_elsewhere_seen_at_both_and_leaves_with_proof(
    world: GrownUp, tmp_path: Path
) -> None:
    installation = world.installation
    upload = send_in_pieces(*world.signed_in(), PHOTO.read_bytes(), "foto-1")
    until(lambda: events(world, "photo_read") == 1, "a reading")
    with read_session(installation.engine) as session:
        (sent,) = list_events(session, kind="upload_accepted")
        stored = reading_of(session, str(sent.payload["photo"]))
        (worker,) = list_workers(session)
    assert stored is not None
    assert not worker.silent
    for client in world.signed_in("rina"):
        assert client.get(f"/receipts/{upload}").status_code == 200
        picture = client.get(f"/pictures/{stored.id}/public")
        assert picture.content == installation.photos.get(stored.blobs["public"])
    path = tmp_path / "bukti.zip"
    with path.open("w+b") as file:
        bundle(
            installation.engine, installation.photos, installation.settings.data_dir, file,
            with_photos=True, now=datetime.now(UTC),
        )  # fmt: skip
    assert verify_bundle(path).faults == ()


def test_what_is_purged_is_gone_from_the_bucket(world: GrownUp) -> None:
    installation = world.installation
    first, second = world.signed_in("lain")
    data = b"no picture at all"
    send_in_pieces(first, second, data, "foto-2")
    until(lambda: events(world, "photo_unreadable") == 1, "a verdict")
    photo = installation.photos.put(data)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with write_session(installation.engine) as session:
        plan = purge(
            session, installation.photos, tomorrow, unverified=True, actor="system",
            now=datetime.now(UTC),
        )  # fmt: skip
        session.commit()
    assert photo in plan.photos
    assert not any(installation.photos.has(gone) for gone in plan.photos)


def test_whoever_guesses_passwords_waits_at_every_server(world: GrownUp) -> None:
    clients = world.client(world.one), world.client(world.two)
    wrong = {"username": "rina", "password": "salah sekali"}
    statuses = [clients[number % 2].post("/login", data=wrong).status_code for number in range(5)]
    assert set(statuses) == {401}
    for client in clients:
        assert client.post("/login", data=wrong).status_code == 429


def test_a_photo_that_comes_to_all_servers_at_once_is_taken_in_once(world: GrownUp) -> None:
    before = events(world, "upload_accepted")
    with ThreadPoolExecutor(8) as pool:
        sent = [
            pool.submit(client.post, "/photos", files={"files": ("a.jpg", b"sama", "image/jpeg")})
            for client in world.signed_in("lain") * 4
        ]
    assert sorted(item.result().status_code for item in sent) == [200] * 7 + [201]
    assert events(world, "upload_accepted") == before + 1


def test_an_hour_has_one_head_whichever_server_is_asked(world: GrownUp) -> None:
    with write_session(world.installation.engine) as session:
        past = datetime.now(UTC) - timedelta(minutes=1)
        publish(session, past, actor="system", now=datetime.now(UTC))
        session.commit()
    hours = datetime.now(UTC).hour
    with ThreadPoolExecutor(8) as pool:
        asked = [
            pool.submit(httpx.get, f"{base}/recap/gubernur", timeout=30)
            for base in (world.one, world.two) * 4
        ]
    assert {item.result().status_code for item in asked} == {200}
    assert events(world, "head_published") == 1 or datetime.now(UTC).hour != hours
    with read_session(world.installation.engine) as session:
        assert verify_chain(session) == ()
