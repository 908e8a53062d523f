"""Which workers give signs of life."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from digitizer.jobs.slots import dead_slots


@dataclass(frozen=True, slots=True)
class WorkerSign:
    """A worker: whether it lives, and when it last gave a sign, where that is known."""

    name: str
    alive: bool
    last: datetime | None


def worker_signs(data_dir: Path) -> tuple[WorkerSign, ...]:
    """Every worker of this machine, by name: one that lives holds its lock."""
    folder = data_dir / "workers"
    if not folder.is_dir():
        return ()
    with dead_slots(folder) as dead:
        names = {name.rpartition("-")[2]: name for name in dead}
    slots = sorted((path.stem for path in folder.glob("*.lock")), key=int)
    return tuple(WorkerSign(slot, slot not in names, None) for slot in slots)
