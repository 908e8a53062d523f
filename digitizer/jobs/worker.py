"""A worker: a process that reads what waits, on its own or as a child of the web server."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from digitizer.jobs.engine import Line, prepare, working
from digitizer.jobs.reading import Desk, read_upload, resettle_otherwise, set_aside
from digitizer.policies import load_policy
from digitizer.sandbox import Sandbox, import_path
from digitizer.settings import Settings, read_settings
from digitizer.store.engine import migrate, open_engine, read_session, write_session
from digitizer.store.photos import PhotoStore
from digitizer.store.pieces import PieceStore
from digitizer.store.sheets import queue
from digitizer.store.transfers import forget_old_transfers, has_old_transfers

SWEEP_SECONDS: Final = 15.0
"""How often a worker looks for jobs that were lost or set aside."""

RESTART_SECONDS: Final = 2.0
"""How long to wait before a dead worker is replaced, so that a broken one does not spin."""

STOP_SECONDS: Final = 120.0
"""How long a worker may take to finish its photo before it is killed; it is then read again."""

MOST_CHILDREN: Final = 4
"""Children of one worker; each takes about 170 MiB. More cores are for more workers."""

AWAY: Final = (OperationalError, PoolTimeout)
"""What is raised while the database cannot be asked."""

_log: Final = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""


def run_worker(
    settings: Settings, stop: threading.Event, *, sandbox: Sandbox | None = None
) -> None:
    """Read what waits and what comes, until `stop` is set; photos being read are finished.

    A database that is away for a while is waited for.
    """
    pieces = PieceStore.open(settings.photos)
    with _line(settings, sandbox or Sandbox(_children(spare=1))) as (desk, line):
        while True:
            try:
                _sweep(desk, line)
                _forget_old_transfers(desk.engine, pieces)
                resettle_otherwise(desk, stop.is_set)
            except AWAY as error:
                # Nothing of it was kept by half, and all of it is found again.
                _log.warning("the database does not answer; trying again", exc_info=error)
            if stop.wait(SWEEP_SECONDS):
                return


def run_pending(
    settings: Settings, progress: Progress | None = None, *, sandbox: Sandbox | None = None
) -> None:
    """Read what waits, and return when nothing does. Other workers may help meanwhile."""
    with _line(settings, sandbox or Sandbox(_children(spare=0))) as (desk, line):
        _sweep(desk, line)
        total = line.length()
        while left := line.length():
            total = max(total, left)
            if progress is not None:
                progress(total - left, total)
            time.sleep(0.1)
        if progress is not None:
            progress(total, total)
        _record_set_aside(desk, line)


@contextmanager
def worker_process(settings: Settings) -> Iterator[None]:
    """A worker in a child process, replaced when it dies and stopped gently at the end.

    The child holds the reading end of a pipe from this process, and stops when that ends: so it
    outlives neither a clean stop nor a kill of its parent.
    """
    leaving = threading.Event()
    child = start_worker_process(settings)

    def watch() -> None:
        nonlocal child
        while not leaving.wait(RESTART_SECONDS):
            if child.poll() is not None:
                child = start_worker_process(settings)

    watcher = threading.Thread(target=watch, name="worker-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        leaving.set()
        watcher.join()
        stop_worker_process(child)


def start_worker_process(settings: Settings) -> subprocess.Popen[bytes]:
    """Start a worker with these settings. `SIGTERM`, or the end of its input, stops it gently."""
    given = {
        f"DIGITIZER_{name.upper()}": str(value)
        for name, value in settings.model_dump(mode="json").items()
        if value is not None
    }
    return subprocess.Popen(
        (sys.executable, "-P", "-m", "digitizer.jobs"),
        stdin=subprocess.PIPE,
        env={**os.environ, **given, "PYTHONPATH": import_path()},
    )


def stop_worker_process(child: subprocess.Popen[bytes]) -> None:
    """Let a worker finish its photo and wait for it; kill it when that takes too long."""
    if child.poll() is None:
        child.terminate()
    try:
        child.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdin is not None:
        child.stdin.close()


def main() -> None:
    """Entry of `python -m digitizer.jobs`, the child of a web server."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    leash = threading.Thread(target=_stop_at_end_of_input, args=(stop,), daemon=True)
    leash.start()
    run_worker(read_settings(), stop)


def _stop_at_end_of_input(stop: threading.Event) -> None:
    while os.read(0, 4096):
        pass  # nothing is ever sent; only the end has a meaning
    stop.set()


def _children(*, spare: int) -> int:
    """How many children suit this machine, leaving `spare` cores to the web."""
    return max(1, min(MOST_CHILDREN, len(os.sched_getaffinity(0)) - spare))


@contextmanager
def _line(settings: Settings, sandbox: Sandbox) -> Iterator[tuple[Desk, Line]]:
    engine = open_engine(settings.database)
    migrate(engine)
    prepare(engine)
    folder = settings.data_dir / "workers"
    desk = Desk(
        engine, PhotoStore.open(settings.photos), sandbox.digest, load_policy(settings.policy_file)
    )
    # One job more than there are children, so that none is idle while the line is looked at.
    workers = sandbox.workers + 1
    with sandbox, working(engine, folder, lambda id_: read_upload(desk, id_), workers) as line:
        yield desk, line
    engine.dispose()


def _sweep(desk: Desk, line: Line) -> None:
    """Find what would else wait for ever.

    Jobs of dead workers go back in the line; photos that cost workers their lives are recorded as
    unreadable; and when the line is empty, uploads that still wait (their job failed three times on
    a full disk or an unreachable store, or was lost with a restored backup) get a new job.
    """
    line.take_over()
    _record_set_aside(desk, line)
    if line.length() == 0:
        with read_session(desk.engine) as session:
            waiting = [row.upload for row in queue(session, state="waiting", limit=1000)]
        for upload_id in waiting:
            if upload_id is not None:
                line.add(upload_id)


def _forget_old_transfers(engine: Engine, pieces: PieceStore) -> None:
    """Photos whose senders never sent them whole take no room for ever."""
    now = datetime.now(UTC)
    with read_session(engine) as session:
        if not has_old_transfers(session, now):
            return
    with write_session(engine) as session:
        forget_old_transfers(session, pieces, now)
        session.commit()


def _record_set_aside(desk: Desk, line: Line) -> None:
    for upload_id in line.set_aside():
        set_aside(desk, upload_id)
