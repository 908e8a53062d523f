"""Workers as processes: they tell how far they are, are replaced when they die, and come back."""

import os
import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import delete

from digitizer.intake import accept
from digitizer.jobs import run_pending, run_worker, worker, worker_process
from digitizer.sandbox import Sandbox
from digitizer.store.engine import read_session, write_session
from digitizer.store.job_tables import JobRow
from digitizer.store.line import line_state
from digitizer.store.queues import queue_counts
from tests.jobs.conftest import Office
from tests.jobs.stand_in import PROGRAM


def upload(office: Office, *photos: bytes) -> None:
    with write_session(office.engine) as session:
        for data in photos:
            accept(
                session, office.photos, data, account=office.account, tps=None, contest=None,
                file_name="foto.jpg", idempotency_key=None, now=datetime.now(UTC),
            )  # fmt: skip
        session.commit()


def waiting(office: Office) -> int:
    with read_session(office.engine) as session:
        return queue_counts(session)["waiting"]


def workers(office: Office) -> list[int]:
    """Processes that work for this installation, by the data folder in their environment."""
    wanted = f"DIGITIZER_DATA_DIR={office.settings.data_dir}".encode()
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def wait_for_worker(office: Office, *, other_than: int = 0) -> int:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for pid in workers(office):
            if pid != other_than:
                return pid
        time.sleep(0.05)
    raise AssertionError("no worker came")


def test_pending_photos_are_read_with_progress_and_then_it_returns(office: Office) -> None:
    steps: list[tuple[int, int]] = []
    upload(office, b"a", b"b", b"c")
    run_pending(
        office.settings,
        lambda done, total: steps.append((done, total)),
        sandbox=Sandbox(program=PROGRAM),
    )
    assert waiting(office) == 0
    assert steps[-1] == (3, 3)
    assert steps == sorted(steps)
    assert {total for _, total in steps} == {3}


def test_a_worker_waits_for_a_database_that_is_away(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()
    rounds: list[str] = []

    def gone_once(*_: object) -> None:
        rounds.append("round")
        if len(rounds) == 1:
            raise OperationalError("SELECT 1", {}, Exception("the server is gone"))
        stop.set()

    monkeypatch.setattr(worker, "SWEEP_SECONDS", 0.01)
    monkeypatch.setattr(worker, "_forget_old_transfers", gone_once)
    run_worker(office.settings, stop, sandbox=Sandbox(program=PROGRAM))
    assert len(rounds) == 2


def test_photos_that_failed_wait_and_are_tried_again(office: Office) -> None:
    upload(office, b"a")
    broken = Sandbox(program=("-c", "raise SystemExit(3)"))
    run_pending(office.settings, sandbox=broken)
    with read_session(office.engine) as session:
        state = line_state(session)
    assert (waiting(office), state.waiting, state.failing) == (1, 1, 1)
    assert state.reason.startswith("SandboxError: the reading process did not start (status 3)")
    run_pending(office.settings, sandbox=Sandbox(program=PROGRAM))
    assert waiting(office) == 0


def test_photos_that_came_in_without_a_job_get_one(office: Office) -> None:
    upload(office, b"a")
    with write_session(office.engine) as session:
        session.exec(delete(JobRow))
        session.commit()
    run_pending(office.settings, sandbox=Sandbox(program=PROGRAM))
    assert waiting(office) == 0


@pytest.mark.slow
def test_a_dead_worker_is_replaced_and_the_last_one_stops(office: Office) -> None:
    upload(office, b"no image")
    with worker_process(office.settings):
        first = wait_for_worker(office)
        os.kill(first, signal.SIGKILL)
        wait_for_worker(office, other_than=first)
        end = time.monotonic() + 60
        while waiting(office) and time.monotonic() < end:
            time.sleep(0.1)
        assert waiting(office) == 0
    assert workers(office) == []
