"""Who may read metrics, and what they say."""

import re
import threading
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine
from sqlmodel import Session

from digitizer.api import standings
from digitizer.api.app import create_app
from digitizer.api.standings import Standings
from digitizer.errors import StoreUnavailable
from digitizer.store.backups import Backup, note_backup
from digitizer.store.engine import read_session, write_session
from digitizer.store.overview import Hour, Overview, hours_of, overview_of
from digitizer.store.photos import PhotoStore
from tests.api.conftest import TestClient, World
from tests.conftest import ROOT
from tests.facts import NOW, PAGE_2, STATION
from tests.store.build import A, later, person, send
from tests.store.conftest import empty_engine, engine, photos

__all__ = ["empty_engine", "engine", "photos"]

TOKEN = "panjang-dan-acak"


def local(world: World) -> TestClient:
    """Whoever asks on this machine."""
    return TestClient(world.app, client=("127.0.0.1", 50000))


def samples(text: str) -> dict[str, float]:
    return {
        f"{sample.name}{sorted(sample.labels.values()) or ''}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_only_this_machine_or_the_token_may_read(world: World) -> None:
    with_token = create_app(world.settings.model_copy(update={"metrics_token": TOKEN}))
    far, near = ("198.51.100.7", 1), ("::1", 1)
    shown = {"Authorization": f"Bearer {TOKEN}"}
    forwarded = {"X-Forwarded-For": "198.51.100.7"}
    asked = [
        (world.app, near, {}, 200),
        (world.app, far, {}, 403),
        (world.app, near, forwarded, 403),
        (world.app, far, shown, 403),
        (world.app, far, {"Authorization": "Bearer "}, 403),
        (with_token, far, shown, 200),
        (with_token, near, {**forwarded, **shown}, 200),
        (with_token, far, {"Authorization": "Bearer x"}, 403),
        (with_token, far, {"Authorization": TOKEN}, 403),
    ]
    for app, client, headers, status in asked:
        answer = TestClient(app, client=client).get("/metrics", headers=headers)
        assert answer.status_code == status, (client, headers)


def test_what_came_in_and_what_became_of_it(world: World) -> None:
    world.read(2, PAGE_2)
    world.client("rina").get("/nowhere")
    text = local(world).get("/metrics").text
    found = samples(text)
    assert found["digitizer_uploads_total"] == 1
    assert found["digitizer_readings['read']"] == 1
    assert found["digitizer_waiting"] == 0
    assert found["digitizer_recap_counted['gubernur']"] == 0
    assert found["digitizer_recap_expected['gubernur']"] > 0
    assert found["digitizer_workers"] == 0
    assert found["digitizer_refused_total['not_found']"] >= 1
    assert found["digitizer_request_seconds_count['404', 'GET', 'none']"] >= 1
    assert found["digitizer_disk_free_bytes"] > 0
    assert STATION.code not in text


def test_labels_do_not_grow_with_what_strangers_send(world: World) -> None:
    client = world.client("rina")
    before = len(samples(local(world).get("/metrics").text))
    for number in range(20):
        client.get(f"/x{number}")
        client.get(f"/receipts/{number}")
        client.request(f"M{number}", f"/static/{number}")
    after = samples(local(world).get("/metrics").text)
    assert len(after) - before < 60
    assert not any("/x" in name or "M1" in name for name in after)


def test_ready_asks_the_database_and_the_photo_store(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = world.client(None)
    assert client.get("/readyz").json()["status"] == "ok"

    def gone() -> None:
        raise StoreUnavailable("the bucket does not answer", "see the network")

    with monkeypatch.context() as patch:
        patch.setattr(world.app.state.web.photos, "reach", gone)
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
        assert answer.headers["Retry-After"] == "30"
        assert client.get("/healthz").status_code == 200
    folder = world.settings.data_dir
    (folder / "digitizer.sqlite3").rename(folder / "gone")
    world.app.state.web.engine.dispose()
    (folder / "digitizer.sqlite3").mkdir()
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    (folder / "digitizer.sqlite3").rmdir()
    (folder / "gone").rename(folder / "digitizer.sqlite3")


def test_what_the_store_says_of_itself(engine: Engine, photos: PhotoStore) -> None:
    with write_session(engine) as session:
        sender = person(session, "saksi", "witness")
        for number, minutes in enumerate((0, 5, 90)):
            send(session, photos, b"photo %d" % number, sender, A, now=later(minutes))
        session.commit()
    with read_session(engine) as session:
        found = overview_of(session)
        hours = hours_of(session, later(95), 3)
    assert (found.uploads, found.line.length, found.line.oldest) == (3, 3, later(0))
    assert (found.readings, found.sheets) == ({"read": 0, "unreadable": 0}, {})
    assert found.coverage["gub"] == (0, 5)
    assert found.database_bytes > 0
    assert (found.backup, found.head) == (None, None)
    assert [(hour.start, hour.sent, hour.read) for hour in hours] == [
        (datetime(2024, 11, 27, 9, tzinfo=UTC), 2, 0),
        (datetime(2024, 11, 27, 10, tzinfo=UTC), 0, 0),
        (datetime(2024, 11, 27, 11, tzinfo=UTC), 1, 0),
    ]


def test_hours_that_are_over_are_counted_once(engine: Engine, photos: PhotoStore) -> None:
    with write_session(engine) as session:
        sender = person(session, "saksi", "witness")
        for number, minutes in enumerate((0, 5, 35, 90)):
            send(session, photos, b"photo %d" % number, sender, A, now=later(minutes))
        session.commit()
    with read_session(engine) as session:
        first = hours_of(session, later(35), 3)
        over = {hour.start: hour for hour in first[:-1]}
        said = {first[1].start: Hour(first[1].start, 77, 7)}
        assert hours_of(session, later(95), 3, over) == hours_of(session, later(95), 3)
        assert [hour.sent for hour in hours_of(session, later(35), 3, {**over, **said})] == [
            0, 77, 1
        ]  # fmt: skip


def test_the_store_is_looked_at_once_however_many_ask(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def counted(session: Session) -> Overview:
        looks.append(1)
        return overview_of(session)

    monkeypatch.setattr(standings, "overview_of", counted)
    seen = [world.app.state.web.standings.now() for _ in range(10)]
    assert len(looks) == 1
    assert all(item is seen[0] for item in seen)
    monkeypatch.setattr(standings, "KEPT_S", 0.0)
    monkeypatch.setattr(standings, "REST", 0.0)
    asked = Standings(world.settings, world.app.state.web.engine)
    first = asked.now()
    assert asked.now() is first  # the next is taken beside
    for thread in threading.enumerate():
        if thread.name == "standing":
            thread.join()
    assert asked.now() is not first


def test_the_docs_list_what_is_told(world: World) -> None:
    with write_session(world.app.state.web.engine) as session:
        note_backup(session, Backup(NOW, NOW, "0" * 64, 1, 0))
        session.commit()
    told = {
        family.name
        for family in text_string_to_metric_families(local(world).get("/metrics").text)
        if family.name.startswith("digitizer")
    }
    page = (ROOT / "docs" / "running.md").read_text()
    assert set(re.findall(r"^\| `(digitizer_\w+)` \|", page, re.MULTILINE)) == told
