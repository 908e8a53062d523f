"""Workers as processes, on one machine and on several: killed, halted, stopped."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select, update

from digitizer.intake import accept
from digitizer.jobs import run_worker
from digitizer.jobs.working import Work, working
from digitizer.sandbox import Sandbox
from digitizer.store import line as store_line
from digitizer.store import workers
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import list_events, verify_chain
from digitizer.store.job_tables import JobRow, WorkerRow
from digitizer.store.line import Job, join_again, leave_line, line_length
from digitizer.store.readings import reading_of
from digitizer.store.tables import UploadRow
from digitizer.store.uploads import upload
from digitizer.store.workers import Worker, list_workers
from tests.conftest import ROOT
from tests.jobs.conftest import Office
from tests.jobs.stand_in import PROGRAM

PATIENCE = 60.0

Start = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(any_office: Office, tmp_path: Path) -> Iterator[Start]:
    """Start a worker with a data folder of its own by this name, as on another machine."""
    begun: list[subprocess.Popen[bytes]] = []

    def started(machine: str) -> subprocess.Popen[bytes]:
        given = {
            "DIGITIZER_DATA_DIR": str(tmp_path / machine),
            "DIGITIZER_DATABASE_URL": any_office.settings.database,
            "DIGITIZER_STORE_URL": any_office.settings.photos,
        }
        command = (sys.executable, "-m", "tests.jobs.worker_program")
        begun.append(subprocess.Popen(command, cwd=ROOT, env={**os.environ, **given}))
        return begun[-1]

    yield started
    for process in begun:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.wait()


def send(office: Office, *photos: bytes) -> list[str]:
    """Ids of the uploads of these photos."""
    with write_session(office.engine) as session:
        sent = [
            accept(
                session, office.photos, data, account=office.account, tps=None, contest=None,
                file_name="foto.jpg", idempotency_key=None, now=datetime.now(UTC),
            )
            for data in photos
        ]  # fmt: skip
        session.commit()
    return [receipt.upload_id for receipt in sent]


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"in vain waited for: {what}"
        time.sleep(0.05)


def line(office: Office) -> int:
    with read_session(office.engine) as session:
        return line_length(session)


def seen(office: Office) -> tuple[Worker, ...]:
    with read_session(office.engine) as session:
        return list_workers(session)


def at_hand(office: Office) -> int:
    return sum(worker.at_hand for worker in seen(office))


def kinds(office: Office) -> list[str]:
    with read_session(office.engine) as session:
        assert verify_chain(session) == ()
        return [event.kind for event in list_events(session) if event.kind.startswith("photo_")]


def silence(office: Office, worker: str) -> None:
    """Let as much time pass since the last sign of a worker as makes it dead."""
    with write_session(office.engine) as session:
        mine = WorkerRow.id == worker
        past = datetime.now(UTC) - 2 * workers.SILENCE
        session.exec(update(WorkerRow).where(mine).values(sign=past))  # type: ignore[arg-type]
        session.commit()


@pytest.mark.slow
def test_jobs_of_a_machine_that_is_gone_are_done_by_another(
    any_office: Office, start: Start
) -> None:
    send(any_office, b"sleep:1", b"two", b"three")
    victim = start("satu")
    until(lambda: at_hand(any_office) > 0, "a job at hand")
    victim.kill()
    victim.wait()
    (dead,) = seen(any_office)
    silence(any_office, dead.id)
    start("dua")
    until(lambda: line(any_office) == 0, "an empty line")
    assert kinds(any_office) == ["photo_unreadable"] * 3
    (other,) = seen(any_office)
    assert other.id != dead.id


@pytest.mark.slow
def test_a_halted_worker_that_comes_back_does_no_harm(any_office: Office, start: Start) -> None:
    send(any_office, b"sleep:1.5")
    halted = start("satu")
    until(lambda: at_hand(any_office) > 0, "a job at hand")
    halted.send_signal(signal.SIGSTOP)
    (silent,) = seen(any_office)
    silence(any_office, silent.id)
    start("dua")
    until(lambda: line(any_office) == 0, "an empty line")
    assert kinds(any_office) == ["photo_unreadable"]
    halted.send_signal(signal.SIGCONT)
    until(lambda: silent.id in {worker.id for worker in seen(any_office)}, "it gives a sign again")
    send(any_office, b"next")
    until(lambda: line(any_office) == 0, "an empty line")
    halted.terminate()
    assert halted.wait(PATIENCE) == 0
    assert kinds(any_office) == ["photo_unreadable"] * 2
    assert {worker.id for worker in seen(any_office)} != {silent.id}


@pytest.mark.slow
def test_a_worker_that_stops_finishes_what_it_has_begun_and_is_entered_no_more(
    any_office: Office, start: Start
) -> None:
    send(any_office, b"sleep:1", b"sleep:1.1", *(b"sleep:5.%d" % number for number in range(9)))
    worker = start("satu")
    until(lambda: at_hand(any_office) > 0, "a job at hand")
    begun = at_hand(any_office)
    worker.terminate()
    assert worker.wait(PATIENCE) == 0
    assert seen(any_office) == ()
    assert len(kinds(any_office)) == 11 - line(any_office) >= begun
    with read_session(any_office.engine) as session:
        jobs = session.exec(select(JobRow)).all()
    assert jobs
    assert {(job.worker, job.lost) for job in jobs} == {(None, 0)}


@pytest.mark.slow
def test_a_photo_that_kills_its_worker_is_set_aside_and_harms_no_other(
    any_office: Office, start: Start
) -> None:
    poison, *_ = uploads = send(any_office, b"parent:", b"one", b"two", b"three")
    deaths = 0
    while line(any_office):
        worker = start("satu")
        until(lambda: line(any_office) == 0 or worker.poll() is not None, "the end")  # noqa: B023
        deaths += line(any_office) > 0
        assert deaths <= 3
    assert deaths == 3
    assert problems(any_office, uploads) == [
        "the worker was lost each of 3 times it read it", *["stand-in"] * 3
    ]  # fmt: skip
    with write_session(any_office.engine) as session:
        assert join_again(session, poison, datetime.now(UTC))
        session.rollback()


def problems(office: Office, uploads: list[str]) -> list[str]:
    with read_session(office.engine) as session:
        stored = [reading_of(session, upload(session, id_).photo) for id_ in uploads]
    return [item.problem.message for item in stored if item is not None and item.problem]


def run(office: Office, work: Work, done: Callable[[], bool]) -> None:
    with working(office.engine, office.settings.data_dir / "workers", work, 2) as check:
        until(done, "the end of the work")
        check()


def test_a_fault_of_ours_is_tried_three_times_and_then_told(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_line, "FIRST_PAUSE", timedelta(milliseconds=10))
    tries: list[str] = []
    aside: list[str] = []
    broken, good = send(office, b"broken", b"good")

    def do(job: Job) -> None:
        tries.append(job.upload)
        if job.upload == broken:
            raise ZeroDivisionError("by what was read")
        finish(office, job)

    def set_aside(job: Job, reason: str) -> None:
        aside.append(reason)
        finish(office, job)

    run(office, Work(do, set_aside, lambda: None), lambda: line(office) == 0)
    assert (tries.count(broken), tries.count(good)) == (3, 1)
    assert aside == ["ZeroDivisionError: by what was read"]


def test_a_full_disk_is_no_fault_of_a_photo(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_line, "FIRST_PAUSE", timedelta(milliseconds=10))
    tries: list[str] = []
    send(office, b"a")

    def do(job: Job) -> None:
        tries.append(job.upload)
        if len(tries) < 5:
            raise OSError(28, "No space left on device")
        finish(office, job)

    def never(job: Job, reason: str) -> None:
        raise AssertionError(reason)

    run(office, Work(do, never, lambda: None), lambda: line(office) == 0)
    assert len(tries) == 5


def finish(office: Office, job: Job) -> None:
    with write_session(office.engine) as session:
        leave_line(session, job.upload)
        session.commit()


def test_a_job_whose_answer_was_lost_is_given_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that holds a job without knowing it, since the database went away as it took it."""
    monkeypatch.setattr("digitizer.jobs.working.SIGN_SECONDS", 0.3)
    send(office, b"a")
    done: list[str] = []

    def do(job: Job) -> None:
        done.append(job.upload)
        finish(office, job)

    with working(
        office.engine, office.settings.data_dir / "workers", Work(do, print, lambda: None), 1
    ):
        until(lambda: line(office) == 0, "the first")
        (me,) = seen(office)
        with write_session(office.engine) as session:
            (sent,) = session.exec(select(UploadRow.id)).all()
            session.add(JobRow(upload=sent, place=datetime.now(UTC), worker=me.id))
            session.commit()
        until(lambda: line(office) == 0, "the second")
    assert len(done) == 2


def test_a_worker_that_finishes_what_it_has_begun_is_not_taken_for_dead(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digitizer.jobs.working.SIGN_SECONDS", 0.1)
    send(office, b"a")
    begun, finishing = threading.Event(), threading.Event()

    def do(job: Job) -> None:
        begun.set()
        assert finishing.wait(PATIENCE)
        finish(office, job)

    stop = threading.Event()
    work = threading.Thread(target=run, args=(office, Work(do, print, stop.set), begun.is_set))
    work.start()
    until(begun.is_set, "a job at hand")
    time.sleep(0.5)  # by now it leaves
    (before,) = seen(office)
    until(lambda: seen(office)[0].sign > before.sign, "a sign of life")
    finishing.set()
    work.join(PATIENCE)
    assert (seen(office), line(office), stop.is_set()) == ((), 0, False)


def test_a_worker_that_can_wait_no_longer_gives_back_what_it_has_begun(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digitizer.jobs.working.DRAIN_SECONDS", 0.2)
    send(office, b"sleep:50")
    stop = threading.Event()
    work = threading.Thread(
        target=run_worker, args=(office.settings, stop),
        kwargs={"sandbox": Sandbox(1, program=PROGRAM)},
    )  # fmt: skip
    work.start()
    until(lambda: at_hand(office) == 1, "a job at hand")
    time.sleep(0.5)  # until its child has started
    stop.set()
    work.join(PATIENCE)
    assert not work.is_alive()
    assert kinds(office) == []
    with read_session(office.engine) as session:
        (job,) = session.exec(select(JobRow)).all()
    assert (job.worker, job.lost, job.failed) == (None, 0, 0)
