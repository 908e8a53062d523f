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

from prometheus_client import start_http_server
from sqlalchemy import Engine

from digitizer.errors import StoreUnavailable
from digitizer.jobs.reading import Desk, do_job, resettle_otherwise, set_aside
from digitizer.jobs.working import UNREACHED, Work, working
from digitizer.logs import set_up
from digitizer.metrics import REGISTRY
from digitizer.policies import load_policy
from digitizer.sandbox import Sandbox, import_path
from digitizer.settings import Settings, read_settings
from digitizer.store.engine import migrate, open_engine, read_session, write_session
from digitizer.store.line import rejoin, renew, unfinished
from digitizer.store.photos import PhotoStore
from digitizer.store.pieces import PieceStore
from digitizer.store.policy_notes import policy_in_force
from digitizer.store.transfers import forget_old_transfers, has_old_transfers

_log: Final = logging.getLogger(__name__)

SWEEP_SECONDS: Final = 15.0
"""How often a worker looks for what is not in the line: old transfers, another policy."""

RESTART_SECONDS: Final = 2.0
"""How long to wait before a dead worker is replaced, so that a broken one does not spin."""

STOP_SECONDS: Final = 120.0
"""How long a worker may take to finish its photo before it is killed; it is then read again."""

MOST_IDLE_S: Final = 30
"""A worker that stands still for so long within a transaction loses it, and the others its lock."""

MOST_CHILDREN: Final = 4
"""Children of one worker; each takes up to 350 MiB. More cores are for more workers."""

AWAY: Final = (*UNREACHED, StoreUnavailable)
"""What is raised while the database or the photos cannot be asked."""

Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""


def run_worker(
    settings: Settings, stop: threading.Event, *, sandbox: Sandbox | None = None
) -> None:
    """Read what waits and what comes, until `stop` is set; photos being read are finished.

    A store that is away for a while is waited for.
    """
    _tell_counters(settings)
    pieces = PieceStore.open(settings.photos)
    with _at_work(settings, sandbox or Sandbox(_children(spare=1))) as (desk, check):
        while True:
            check()
            try:
                _forget_old_transfers(desk.engine, pieces)
                if judges_as_the_web(desk):
                    resettle_otherwise(desk, stop.is_set)
            except AWAY as error:
                # Nothing of it was kept by half, and all of it is found again.
                _log.warning("the store does not answer; trying again", exc_info=error)
            if stop.wait(SWEEP_SECONDS):
                return


def run_pending(
    settings: Settings, progress: Progress | None = None, *, sandbox: Sandbox | None = None
) -> None:
    """Read what waits, and return when nothing does. Other workers may help meanwhile.

    What waits after an error is tried at once; what then fails three times is left in the line.
    """
    with _at_work(settings, sandbox or Sandbox(_children(spare=0))) as (desk, check):
        with write_session(desk.engine) as session:
            renew(session)
            session.commit()
        total = _left(desk.engine)
        while left := _left(desk.engine):
            check()
            total = max(total, left)
            if progress is not None:
                progress(total - left, total)
            time.sleep(0.1)
        if progress is not None:
            progress(total, total)


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
    settings = read_settings()
    set_up(settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    leash = threading.Thread(target=_stop_at_end_of_input, args=(stop,), daemon=True)
    leash.start()
    run_worker(settings, stop)


def _stop_at_end_of_input(stop: threading.Event) -> None:
    while os.read(0, 4096):
        pass  # nothing is ever sent; only the end has a meaning
    stop.set()


def _children(*, spare: int) -> int:
    """How many children suit this machine, leaving `spare` cores to the web."""
    return max(1, min(MOST_CHILDREN, len(os.sched_getaffinity(0)) - spare))


@contextmanager
def _at_work(settings: Settings, sandbox: Sandbox) -> Iterator[tuple[Desk, Callable[[], None]]]:
    engine = open_engine(settings.database, most_idle_s=MOST_IDLE_S)
    migrate(engine)
    with write_session(engine) as session:
        rejoin(session)
        session.commit()
    desk = Desk(
        engine, PhotoStore.open(settings.photos), sandbox.digest, load_policy(settings.policy_file)
    )
    work = Work(
        lambda job: do_job(desk, job),
        lambda job, reason: set_aside(desk, job.upload, reason),
        sandbox.abandon,
    )
    # One job more than there are children, so that none is idle while the line is looked at.
    folder = settings.data_dir / "workers"
    with sandbox, working(engine, folder, work, sandbox.workers + 1) as check:
        yield desk, check
    engine.dispose()


def _tell_counters(settings: Settings) -> None:
    """Answer whoever collects metrics; photos are read all the same where the port is taken."""
    if not settings.metrics_port:
        return
    try:
        start_http_server(settings.metrics_port, settings.host, REGISTRY)
    except OSError:
        _log.exception("no metrics", extra={"port": settings.metrics_port})


def judges_as_the_web(desk: Desk) -> bool:
    """Whether the thresholds of this worker are in force: two workers of two policies would settle
    each other's sheets for ever.
    """
    with read_session(desk.engine) as session:
        in_force = policy_in_force(session)
    if in_force in (None, desk.policy.key):
        return True
    _log.warning(
        "web and worker judge by two policies; give both the same DIGITIZER_POLICY_FILE",
        extra={"in_force": in_force, "policy": desk.policy.key},
    )
    return False


def _left(engine: Engine) -> int:
    with read_session(engine) as session:
        return unfinished(session)


def _forget_old_transfers(engine: Engine, pieces: PieceStore) -> None:
    """Photos whose senders never sent them whole take no room for ever."""
    now = datetime.now(UTC)
    with read_session(engine) as session:
        if not has_old_transfers(session, now):
            return
    with write_session(engine) as session:
        forget_old_transfers(session, pieces, now)
        session.commit()
