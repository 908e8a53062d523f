"""A few warm children, each replaced when it dies or takes too long.

A plain subprocess with two pipes rather than `multiprocessing`: the child starts with a clean
environment, shares no lock and no semaphore that a kill could leave held, and its death is an end
of file, which no wait can miss.
"""

import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self, TypeVar, cast

from digitizer.errors import SandboxError
from digitizer.forms import own_files
from digitizer.metrics import CHILDREN_REPLACED
from digitizer.sandbox.frames import READY, BrokenFrame, read_frame, write_forms

_log: Final = logging.getLogger(__name__)

TRIES: Final = 3
"""A request that costs this many children is given up, so that it stops no other."""

PATIENCE: Final = 3.0
"""So many times its processor time an answer may take by the clock: a machine may be busy, and an
intact photo is not to be called too large for what else is done beside it."""

START_SECONDS: Final = 120.0
"""How long forms and model may take to load on a busy machine."""

Answer = TypeVar("Answer")


class Children:
    """Processes that answer. Safe to ask from as many threads as there are `workers`.

    Args:
        workers: children; each holds what it has loaded.
        memory_mib: address space of one child, its libraries included.
        seconds: processor time for one answer.
        patience: by the clock it may take so many times that.
        program: the interpreter's arguments that start a child; memory and seconds follow them.
    """

    def __init__(
        self,
        workers: int,
        *,
        memory_mib: int,
        seconds: float,
        patience: float,
        program: Sequence[str],
    ) -> None:
        self.memory_mib = memory_mib
        self.seconds = seconds
        self._clock_seconds = patience * seconds
        self._command = (sys.executable, "-P", *program, str(memory_mib), str(seconds))
        self._idle: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(workers):
            self._idle.put(None)
        self.workers = workers
        self._running: set[_Child] = set()
        self._abandoned = False

    def ask(self, exchange: Callable[[BinaryIO, BinaryIO], Answer]) -> Answer:
        """What a child answers; blocks until one is free.

        Args:
            exchange: sends the request on one pipe and takes the answer from the other.

        Raises:
            Lost: `TRIES` children died of it or ran out of memory or time.
            SandboxError: a child does not even start, or all were abandoned; that is no fact about
                the request.
        """
        child = self._idle.get()
        try:
            for _ in range(TRIES):
                self._refuse_abandoned()
                child = self._ready(child)
                try:
                    return child.ask(exchange, self._clock_seconds)
                except (BrokenFrame, BrokenPipeError):
                    self._running.discard(child)
                    end = child.end()
                    child = None
                    CHILDREN_REPLACED.inc()
                    _log.warning(
                        "reading process lost",
                        extra={"reason": "late" if end.late else f"status {end.status}"},
                    )
        finally:
            self._idle.put(child)
        self._refuse_abandoned()
        raise Lost(end.status, late=end.late)

    def _ready(self, child: "_Child | None") -> "_Child":
        """A child that runs and knows the forms of now: this one, or a new one."""
        forms = own_files()
        if child is not None and child.alive and child.forms == forms:
            return child
        if child is not None:
            self._running.discard(child)
            child.end()
        child = _Child(self._command, forms)
        self._running.add(child)
        self._refuse_abandoned()  # while it started
        return child

    def _refuse_abandoned(self) -> None:
        if self._abandoned:
            raise SandboxError("reading was abandoned", "it is tried again by itself")

    def abandon(self) -> None:
        """End every child at once; whoever waits for an answer is told that there is none."""
        self._abandoned = True
        for child in list(self._running):
            child.kill()

    def close(self) -> None:
        """End every child; call it when no thread is in `ask`."""
        for _ in range(self.workers):
            child = self._idle.get()
            if child is not None:
                child.end()
            self._idle.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Lost(Exception):
    """A request cost every child that was given it.

    Attributes:
        status: exit status of the last (minus the signal).
        late: whether it was ended for taking too long.
    """

    def __init__(self, status: int, *, late: bool) -> None:
        super().__init__(f"children ended with status {status}")
        self.status = status
        self.late = late


class _End:
    """How a child ended: its exit status (minus the signal), and whether it was too late."""

    __slots__ = ("late", "status")

    def __init__(self, status: int, *, late: bool) -> None:
        self.status = status
        self.late = late


class _Child:
    """One running child. A timer kills it when it is late, and every read then ends at once."""

    def __init__(self, command: Sequence[str], forms: Mapping[str, str]) -> None:
        self.forms = forms
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
        )
        self._requests = cast(BinaryIO, self._process.stdin)
        self._answers = cast(BinaryIO, self._process.stdout)
        self._late = False
        try:
            with self._deadline(START_SECONDS):
                write_forms(self._requests, forms)
                ready = read_frame(self._answers)
        except (BrokenFrame, BrokenPipeError):
            ready = None
        if ready != READY:
            raise SandboxError(
                f"the reading process did not start (status {self.end().status})",
                "see the log above for its reason; `digitizer doctor` checks forms and model",
            )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, exchange: Callable[[BinaryIO, BinaryIO], Answer], seconds: float) -> Answer:
        with self._deadline(seconds):
            return exchange(self._requests, self._answers)

    def end(self) -> _End:
        """Stop the child if it still runs, and say how it ended."""
        for pipe in (self._requests, self._answers):
            try:
                pipe.close()
            except BrokenPipeError:
                continue  # unsent bytes to a child that is gone
        try:
            status = self._process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        return _End(status, late=self._late)

    def kill(self) -> None:
        """Stop the child, whatever it does."""
        self._process.kill()

    def _deadline(self, seconds: float) -> "_Deadline":
        return _Deadline(seconds, self._kill_late)

    def _kill_late(self) -> None:
        self._late = True
        self.kill()


class _Deadline:
    """Calls `late` unless left within `seconds`."""

    def __init__(self, seconds: float, late: Callable[[], None]) -> None:
        self._timer = threading.Timer(seconds, late)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


def _environment() -> dict[str, str]:
    """What a child may know: where the code is, and that it has one thread; no setting, no key."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": import_path(),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        # Every further arena of the allocator reserves address space, which is what is limited.
        "MALLOC_ARENA_MAX": "1",
    }


def import_path() -> str:
    """Where this process imports from, for children that shall run the very same code."""
    return os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path)
