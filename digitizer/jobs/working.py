"""A worker's hands: take jobs from the line, do them side by side, and give signs of life.

Whatever becomes of a worker, each of its jobs is done or goes back to the line: done with the
transaction that keeps what was done; back at once when the worker stops or is seen to have died by
its siblings on the same data folder; and after `SILENCE` when its whole machine is gone.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from digitizer import __version__
from digitizer.errors import DigitizerError
from digitizer.jobs.slots import dead_slots, own_slot
from digitizer.store.engine import read_session, write_session
from digitizer.store.line import (
    TRIES,
    Job,
    give_back,
    has_suspect,
    has_work,
    put_back,
    take_jobs,
    take_suspect,
)
from digitizer.store.workers import (
    begin_work,
    bury,
    clock,
    dead_workers,
    end_work,
    give_sign,
)

_log: Final = logging.getLogger(__name__)

POLL_SECONDS: Final = 0.3
"""How long a photo may wait for a free worker to look; `make bench` says what looking costs."""

SIGN_SECONDS: Final = 10.0
"""Between two signs of life."""

DRAIN_SECONDS: Final = 90.0
"""How long a stopping worker may finish what it has begun."""

UNREACHED: Final = (OperationalError, InterfaceError, InternalError, PoolTimeout)
"""The database cannot be asked just now, or ended a transaction that stood still."""

PASSING: Final = (*UNREACHED, DigitizerError, OSError)
"""No fault of a photo: its job is tried until it is done, however often that may be."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker does with a job.

    Attributes:
        do: reads the photo and takes the job out of the line, in one transaction. It may run twice
            and must then leave what one time leaves.
        set_aside: does the same for a photo that cannot be read, with the reason, in English.
        abandon: ends whatever `do` waits for, when a stopping worker can wait no longer.
    """

    do: Callable[[Job], None]
    set_aside: Callable[[Job, str], None]
    abandon: Callable[[], None]


@contextmanager
def working(engine: Engine, folder: Path, work: Work, hands: int) -> Iterator[Callable[[], None]]:
    """Do jobs, `hands` at a time, until left; what was begun is then finished.

    Gives what is to be called now and then: it raises whatever has ended the work early.

    Args:
        engine: the database that holds the line.
        folder: for the lock files of the workers of this machine.
        work: what to do.
        hands: jobs at a time.
    """
    with own_slot(folder) as name:
        shift = _Shift(engine, folder, name, work, hands)
        shift.begin()
        try:
            yield shift.check
        finally:
            shift.end()


class _Shift:
    """One worker from its start to its end."""

    def __init__(self, engine: Engine, folder: Path, name: str, work: Work, hands: int) -> None:
        self._engine = engine
        self._folder = folder
        self._me = (name, socket.gethostname(), __version__)
        self._work = work
        self._hands = hands
        self._held: dict[str, Job] = {}
        self._turn = threading.Lock()  # between the line and what is held
        self._woken = threading.Event()
        self._leaving = threading.Event()
        self._left = threading.Event()
        self._pool = ThreadPoolExecutor(hands, thread_name_prefix="job")
        self._duties = ThreadPoolExecutor(2, thread_name_prefix="duty")
        self._duty: list[Future[None]] = []

    def begin(self) -> None:
        """Enter this worker and begin."""
        with write_session(self._engine) as session:
            begin_work(session, *self._me)
            session.commit()
        self._look_after_others()
        self._duty = [self._duties.submit(do) for do in (self._take_turns, self._give_signs)]

    def check(self) -> None:
        """Raise what has ended the work early, if anything has."""
        for duty in self._duty:
            if duty.done():
                duty.result()

    def end(self) -> None:
        """Take no more jobs, finish those at hand within the limit, give back the rest.

        Signs of life are given until then, lest others take over what is being finished.
        """
        self._leaving.set()
        late = time.monotonic() + DRAIN_SECONDS
        while not self._is_done() and time.monotonic() < late:
            time.sleep(POLL_SECONDS / 3)
        self._left.set()
        self._duties.shutdown()
        try:
            with write_session(self._engine) as session:
                end_work(session, self._me[0])
                session.commit()
        except UNREACHED as error:
            _log.error("cannot say that this worker stops; others will notice", exc_info=error)
        if self._held:
            self._work.abandon()
        self._pool.shutdown()

    def _is_done(self) -> bool:
        """Whether nothing is taken any more and nothing is at hand."""
        return self._duty[0].done() and not self._held

    def _take_turns(self) -> None:
        while not self._leaving.is_set():
            self._woken.clear()
            try:
                with self._turn:
                    taken = self._take()
                    self._held |= {job.upload: job for job in taken}
            except UNREACHED as error:
                _log.error("the line cannot be reached", exc_info=error)
                taken = ()
                self._leaving.wait(SIGN_SECONDS / 5)
            for job in taken:
                self._pool.submit(self._work.do, job).add_done_callback(partial(self._finish, job))
            if not taken:
                self._woken.wait(POLL_SECONDS)

    def _take(self) -> tuple[Job, ...]:
        free = self._hands - len(self._held)
        if free < 1 or any(job.lost for job in list(self._held.values())):
            return ()
        with read_session(self._engine) as session:
            now = clock(session)
            if not has_work(session, now):
                return ()
            suspect = has_suspect(session, now)
        if suspect and self._held:
            return ()  # it is read with nothing beside it, so hands must be empty first
        with write_session(self._engine) as session:
            give_sign(session, *self._me)
            taken = take_suspect(session, self._me[0], now) if suspect else ()
            taken = taken or take_jobs(session, self._me[0], free, now)
            session.commit()
        return taken

    def _finish(self, job: Job, future: Future[None]) -> None:
        error = future.exception()
        try:
            if error is not None:
                self._fail(job, error)
        except UNREACHED as unreached:
            _log.error(
                "job cannot be put back yet", exc_info=unreached, extra={"upload": job.upload}
            )
        finally:
            # By now the same upload may be at hand once more.
            if self._held.get(job.upload) is job:
                del self._held[job.upload]
            self._woken.set()

    def _fail(self, job: Job, error: BaseException) -> None:
        _log.error("job failed", exc_info=error, extra={"upload": job.upload})
        reason = f"{type(error).__name__}: {error}"
        if job.failed + 1 >= TRIES and not isinstance(error, PASSING):
            self._work.set_aside(job, reason)
            return
        with write_session(self._engine) as session:
            put_back(session, job, self._me[0], reason, clock(session))
            session.commit()

    def _give_signs(self) -> None:
        while not self._left.wait(SIGN_SECONDS):
            try:
                self._look_after_mine()
                self._look_after_others()
            except UNREACHED as error:
                _log.error("no sign of life could be given", exc_info=error)

    def _look_after_mine(self) -> None:
        """Say that this worker lives, and give back what it holds without knowing it.

        That is left behind when an answer of the database was lost.
        """
        with self._turn, write_session(self._engine) as session:
            give_sign(session, *self._me)
            give_back(session, self._me[0], but=tuple(self._held))
            session.commit()

    def _look_after_others(self) -> None:
        """Put the jobs of dead workers back in the line."""
        with dead_slots(self._folder) as seen:
            with read_session(self._engine) as session:
                dead = dead_workers(session, seen)
            if dead:
                with write_session(self._engine) as session:
                    bury(session, dead, seen)
                    session.commit()
