"""A disk that is full, for real where this machine lets us mount a small one."""

import errno
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from tests.chaos.people import Doing, Unanswered
from tests.chaos.processes import Process
from tests.chaos.scenarios import UPLOADED, VERIFIED
from tests.chaos.world import World, world

SIZE_MIB: Final = 96
KIB: Final = 1024
FULL_S: Final = 3.0


class Disk(Protocol):
    """Somewhere that can be full.

    Attributes:
        folder: on it; None where there is no disk of our own.
        kind: in words, for the report.
    """

    folder: Path | None
    kind: str

    def fill(self, writers: Sequence[Process], left: int) -> None:
        """Leave these processes room for so many bytes."""

    def empty(self, writers: Sequence[Process]) -> None:
        """Make room."""


class SmallDisk:
    """A file system in memory of `SIZE_MIB`."""

    kind = f"a file system of {SIZE_MIB} MiB"

    def __init__(self, folder: Path) -> None:
        self.folder: Path | None = folder
        self._filler = folder / "filler"

    def fill(self, writers: Sequence[Process], left: int) -> None:
        stat = os.statvfs(self._filler.parent)
        room = stat.f_bavail * stat.f_frsize - left
        del writers  # whoever they are, they share it
        with self._filler.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                while room >= size:
                    try:
                        file.write(b"\0" * size)
                    except OSError as error:
                        assert error.errno == errno.ENOSPC
                        return
                    room -= size

    def empty(self, writers: Sequence[Process]) -> None:
        del writers
        self._filler.unlink(missing_ok=True)


class NoLargerFiles:
    """Where nothing can be mounted: the kernel lets these processes write no file further."""

    kind = "no file may grow (RLIMIT_FSIZE), since nothing can be mounted here"
    folder: Path | None = None

    def fill(self, writers: Sequence[Process], left: int) -> None:
        for process in writers:
            limits = (left, resource.RLIM_INFINITY)
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limits)

    def empty(self, writers: Sequence[Process]) -> None:
        self.fill(writers, resource.RLIM_INFINITY)


@contextmanager
def disk() -> Iterator[Disk]:
    """A disk of our own."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-disk-"))
    mounted = subprocess.run(
        ("mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m,mode=0755", "none", str(folder)),
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        folder.rmdir()
        yield NoLargerFiles()
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(("umount", "--lazy", str(folder)), check=True)
        folder.rmdir()


@contextmanager
def on_a_disk(*, forks: bool) -> Iterator[tuple[World, Disk]]:
    """An installation with all that it keeps on a disk of its own."""
    with disk() as small:
        data = small.folder / "data" if small.folder else None
        with world("sqlite", "file", forks=forks, data=data) as made:
            yield made, small


def full(made: World, small: Disk, left: int) -> None:
    """Let everything meet a disk with so many bytes left; then make room."""
    made.send(UPLOADED, 1)
    small.fill(made.running(), left)
    meanwhile = [
        Doing(lambda: made.send(UPLOADED, 1)),
        Doing(lambda: made.send(UPLOADED, 2, pieces=True, other=True)),
        Doing(lambda: made.reviewer.confirm(VERIFIED)),
        Doing(lambda: made.supervisor.download("/exports/gubernur.csv")),
    ]
    end = time.monotonic() + FULL_S
    while time.monotonic() < end:
        _look(made)
        time.sleep(0.2)
    small.empty(made.running())
    for doing in meanwhile:
        doing.done()


def _look(made: World) -> None:
    """What is kept can be read, whatever is full."""
    try:
        answer = made.supervisor.ask("GET", "/queue")
    except Unanswered as error:
        raise AssertionError(f"the queue can not be read: {error}") from error
    assert answer.status_code == 200, answer.text
