"""Memory of processes as the kernel counts it, looked at while they work (Linux)."""

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

EVERY_SECONDS: Final = 0.1
KIB: Final = 1024
MIB: Final = 1 << 20


def resident(pid: int) -> tuple[int, int]:
    """Bytes in memory now and at most so far; (0, 0) of a process that is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0
    sizes = {name: rest for name, _, rest in (line.partition(":") for line in lines)}
    if "VmRSS" not in sizes:  # it has ended and waits to be buried
        return 0, 0
    return tuple(int(sizes[name].split()[0]) * KIB for name in ("VmRSS", "VmHWM"))  # type: ignore[return-value]


def children_of(pid: int) -> frozenset[int]:
    """Ids of the processes that this one started and that are not buried yet."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found |= {int(word) for word in (task / "children").read_text().split()}
        except (FileNotFoundError, ProcessLookupError):
            continue  # a thread that has ended meanwhile
    return frozenset(found)


class MemoryWatch:
    """Looks at a process and its children, but for some, until left.

    Attributes:
        own: bytes of the process itself, one entry a look.
        peaks: most bytes of every child that was ever seen, by its id.
        grown: bytes of the largest child, one entry a look.
    """

    def __init__(self, pid: int = 0, *, but: frozenset[int] = frozenset()) -> None:
        self.pid = pid or os.getpid()
        self.but = but
        self.own: list[int] = []
        self.peaks: dict[int, int] = {}
        self.grown: list[int] = []
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory-watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._leaving.wait(EVERY_SECONDS):
            self.own.append(resident(self.pid)[0])
            sizes: Mapping[int, tuple[int, int]] = {
                child: resident(child) for child in children_of(self.pid) - self.but
            }
            for child, (_, peak) in sizes.items():
                self.peaks[child] = max(self.peaks.get(child, 0), peak)
            self.grown.append(max((now for now, _ in sizes.values()), default=0))


def quarters(sizes: list[int]) -> tuple[int, ...]:
    """The median of every quarter of a series: what grows without end grows in each."""
    step = max(1, len(sizes) // 4)
    parts = [sorted(sizes[start : start + step]) for start in range(0, 4 * step, step)]
    return tuple(part[len(part) // 2] if part else 0 for part in parts)
