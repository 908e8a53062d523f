"""Workers killed with SIGKILL while they read: every photo is read, and read once."""

import subprocess
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from digitizer.domain.policy import Policy
from digitizer.intake import accept
from digitizer.jobs import resettle, run_pending, start_worker_process, stop_worker_process
from digitizer.sandbox import Sandbox
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import list_events, verify_chain
from digitizer.store.line import line_length
from digitizer.store.readings import reading_of
from digitizer.store.sheets import queue, queue_counts, sheet
from tests.jobs.conftest import SAMPLES, Office, office
from tests.jobs.stand_in import PROGRAM

__all__ = ["office"]

PHOTOS = 20
PATIENCE = 150.0


def upload(office: Office, photos: dict[str, bytes]) -> list[str]:
    """Upload photos by name, the TPS being the first 13 characters of a name."""
    accepted = []
    for name, data in photos.items():
        with write_session(office.engine) as session:
            receipt = accept(
                session,
                office.photos,
                data,
                account=office.account,
                tps=name[:13] if name[:13].isdigit() else None,
                contest=None,
                file_name=name,
                idempotency_key=None,
                now=datetime.now(UTC),
            )
            session.commit()
        accepted.append(receipt.photo)
    return accepted


def events(office: Office) -> Counter[str]:
    with read_session(office.engine) as session:
        return Counter(event.kind for event in list_events(session))


def read_so_far(office: Office) -> int:
    found = events(office)
    return found["photo_read"] + found["photo_unreadable"]


def wait_until(office: Office, count: int, worker: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while read_so_far(office) < count:
        assert worker.poll() is None, "the worker ended by itself"
        assert time.monotonic() < end, f"{read_so_far(office)} photos read, needed {count}"
        time.sleep(0.02)


@pytest.mark.slow
def test_twenty_photos_are_read_once_though_their_worker_is_killed(office: Office) -> None:
    paths = sorted((SAMPLES / "photos").glob("*.jpg"))[:PHOTOS]
    photos = upload(office, {path.name: path.read_bytes() for path in paths})
    assert len(set(photos)) == PHOTOS

    for count, pause in ((1, 0.0), (6, 0.15), (12, 0.3)):
        worker = start_worker_process(office.settings)
        wait_until(office, count, worker)
        time.sleep(pause)
        worker.kill()
        worker.wait()
    worker = start_worker_process(office.settings)
    wait_until(office, PHOTOS, worker)
    stop_worker_process(worker)
    assert worker.returncode == 0

    found = events(office)
    assert found["upload_accepted"] == PHOTOS
    assert found["photo_read"] + found["photo_unreadable"] == PHOTOS
    with read_session(office.engine) as session:
        assert line_length(session) == 0
        assert verify_chain(session) == ()
        assert queue_counts(session)["waiting"] == 0
        for photo in photos:
            stored = reading_of(session, photo)
            assert stored is not None
            assert all(office.photos.verify(blob) for blob in stored.blobs.values())
    assert_sheets_are_what_their_readings_say(office)


def assert_sheets_are_what_their_readings_say(office: Office) -> None:
    with write_session(office.engine) as session:
        rows = [row for row in queue(session, limit=1000) if row.form is not None]
        assert rows
        for row in rows:
            assert row.contest is not None
            assert row.tps is not None
            assert row.form is not None
            key = (row.contest, row.tps.code, row.form)
            before = sheet(session, *key)
            resettle(session, *key, datetime.now(UTC), Policy())
            after = sheet(session, *key)
            assert before is not None
            assert after is not None
            assert (before.verdict, before.values, before.readings) == (
                after.verdict,
                after.values,
                after.readings,
            )
        session.rollback()


def test_a_photo_that_kills_every_child_stops_no_other(office: Office) -> None:
    photos = upload(office, {"a": b"good one", "b": b"crash:", "c": b"memory:", "d": b"good two"})
    sandbox = Sandbox(2, program=PROGRAM)
    run_pending(office.settings, sandbox=sandbox)
    with read_session(office.engine) as session:
        found = [reading_of(session, photo) for photo in photos]
        rows = {row.photo: row for row in queue(session, state="unreadable")}
    problems = [item.problem.problem for item in found if item is not None and item.problem]
    assert problems == ["no_form", "not_an_image", "too_large", "no_form"]
    assert set(rows) == set(photos)
    assert all(office.photos.verify(photo) for photo in photos)
    assert read_so_far(office) == len(photos)


def test_a_worker_stops_when_the_process_that_started_it_is_gone(office: Office) -> None:
    worker = start_worker_process(office.settings)
    assert worker.stdin is not None
    worker.stdin.close()
    assert worker.wait(60) == 0
