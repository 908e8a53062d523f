"""Stable names for worker processes, and knowing which of their owners are dead.

What a worker died with goes back to the line at once when one of the same name starts, or when
another on the same data folder sees that it is dead. Each worker of a data folder holds one
numbered lock file; the kernel lets go of it the moment the process dies, however it dies, so a lock
that can be taken belongs to nobody who still works. Of workers elsewhere only their silence tells.
"""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

from digitizer.errors import StoreError
from digitizer.store.engine import make_own_folder

SLOTS: Final = 64
"""Workers that one data folder may have at the same time."""


@contextmanager
def own_slot(folder: Path) -> Iterator[str]:
    """Hold the first free slot of `folder` and give its name, the same after every restart.

    Raises:
        StoreError: all slots are taken.
    """
    machine = _machine(folder)
    for number in range(SLOTS):
        descriptor = _lock(folder / f"{number}.lock")
        if descriptor is not None:
            try:
                yield f"{machine}-{number}"
            finally:
                os.close(descriptor)
            return
    raise StoreError(f"found {SLOTS} workers on {folder}", "stop some of them")


@contextmanager
def dead_slots(folder: Path) -> Iterator[tuple[str, ...]]:
    """Names of slots whose owners are dead; nobody can take them while this lasts."""
    machine = _machine(folder)
    held: dict[str, int] = {}
    try:
        for path in folder.glob("*.lock"):
            descriptor = _lock(path)
            if descriptor is not None:
                held[f"{machine}-{path.stem}"] = descriptor
        yield tuple(held)
    finally:
        for descriptor in held.values():
            os.close(descriptor)


def _lock(path: Path) -> int | None:
    """A descriptor that holds the lock, or None when a living process has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _machine(folder: Path) -> str:
    """A name for this data folder alone, since several machines may share one database.

    It is random, behind the name of the machine, which people know.
    """
    # A worker on a machine of its own makes the data folder itself.
    make_own_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    path = folder / "machine"
    if not path.exists():
        unfinished = folder / f".machine-{uuid4().hex}"
        unfinished.write_text(f"{socket.gethostname()}-{uuid4().hex[:12]}")
        try:
            os.link(unfinished, path)
        except FileExistsError:
            pass  # another worker was first, and its name is the one that counts
        finally:
            unfinished.unlink()
    return path.read_text()
