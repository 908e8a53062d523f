"""Processes of the product as they run anywhere, each of which can be killed like any other."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

import psutil

from tests.conftest import ROOT

SABOTEUR: Final = Path(__file__).resolve().parent / "saboteur"
PATIENCE_S: Final = 60.0


class Launcher(Protocol):
    """Starts the `digitizer` command."""

    def start(self, argv: Sequence[str], environment: Mapping[str, str], log: Path) -> "Process":
        """A process with these arguments, and these variables on top of ours."""

    def close(self) -> None:
        """End what was needed to start processes."""


class Process:
    """One process of the product."""

    def __init__(self, pid: int, log: Path) -> None:
        self.pid = pid
        self.log = log
        self._status: int | None = None
        self._ended = threading.Event()

    def end(self, status: int) -> None:
        """Note that it ended."""
        self._status = status
        self._ended.set()

    @property
    def status(self) -> int | None:
        """Its exit status, negative where a signal ended it; None while it runs."""
        return self._status

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; harmless when it is gone."""
        if self._status is None:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    def wait(self, seconds: float = PATIENCE_S) -> int:
        """Its exit status once it ended.

        Raises:
            TimeoutError: it did not end; the message has the end of its log.
        """
        if not self._ended.wait(seconds) or self._status is None:
            raise TimeoutError(f"process {self.pid} did not end\n{self.last_words()}")
        return self._status

    def kill(self) -> int:
        """End it by SIGKILL, as the kernel does when memory is short."""
        self.send(signal.SIGKILL)
        return self.wait()

    def last_words(self) -> str:
        """The end of what it printed."""
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""


class Commands:
    """Starts `python -m digitizer` as a person would."""

    def start(self, argv: Sequence[str], environment: Mapping[str, str], log: Path) -> Process:
        with log.open("ab") as lines:
            child = subprocess.Popen(
                (sys.executable, "-m", "digitizer", *argv),
                env={**os.environ, "PYTHONPATH": str(SABOTEUR), **environment},
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=lines, stderr=lines,
            )  # fmt: skip
        process = Process(child.pid, log)
        watch = threading.Thread(target=lambda: process.end(child.wait()), daemon=True)
        watch.start()
        return process

    def close(self) -> None:
        return


class Forks:
    """Starts the command by forking a process that has imported it: see `zygote`."""

    def __init__(self, places: Mapping[str, str], log: Path) -> None:
        self._started: list[int] = []
        self._running: dict[int, Process] = {}
        self._news = threading.Condition()
        self._zygote = subprocess.Popen(
            (sys.executable, "-m", "tests.chaos.zygote"),
            env={**os.environ, "PYTHONPATH": str(SABOTEUR), **places},
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log.open("ab"),
        )  # fmt: skip
        threading.Thread(target=self._listen, daemon=True).start()

    def start(self, argv: Sequence[str], environment: Mapping[str, str], log: Path) -> Process:
        order = {"argv": list(argv), "environment": dict(environment), "log": str(log)}
        assert self._zygote.stdin is not None
        with self._news:
            self._zygote.stdin.write(json.dumps(order).encode() + b"\n")
            self._zygote.stdin.flush()
            if not self._news.wait_for(lambda: bool(self._started), PATIENCE_S):
                raise TimeoutError("the zygote forked nothing")
            process = Process(self._started.pop(), log)
            self._running[process.pid] = process
            self._news.notify_all()
        return process

    def close(self) -> None:
        assert self._zygote.stdin is not None
        self._zygote.stdin.close()
        self._zygote.wait()

    def _listen(self) -> None:
        assert self._zygote.stdout is not None
        for line in self._zygote.stdout:
            fact = json.loads(line)
            with self._news:
                if "started" in fact:
                    self._started.append(fact["started"])
                    self._news.notify_all()
                    continue
                # Whoever asked for it may not have been told yet that it began.
                while fact["ended"] not in self._running:
                    self._news.wait()
                self._running.pop(fact["ended"]).end(fact["status"])


def kill_tree(pid: int) -> None:
    """End a process and all below it by SIGKILL."""
    try:
        process = psutil.Process(pid)
        every = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for one in every:
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(every, PATIENCE_S)


def orphans(since: float) -> list[int]:
    """Readers of photos of this checkout, started since then, whose worker is gone."""
    found = []
    for process in psutil.process_iter(("pid", "ppid", "cmdline", "create_time")):
        line = process.info["cmdline"] or []
        reads = line[:1] == [sys.executable] and any("digitizer.sandbox" in word for word in line)
        if reads and process.info["ppid"] == 1 and process.info["create_time"] > since:
            found.append(process.info["pid"])
    return found


def wait_until(what: str, is_so: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    """Return when `is_so()` holds.

    Raises:
        TimeoutError: it does not after `seconds`.
    """
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.02)
