"""Official results of a whole nation held against ours: 823,236 TPS, twelve numbers a side.

The tallies are those of `recap_speed`. The other side is written as JSON Lines in the KPU's shape,
with planted differences and TPS that are not published; it is imported, counted against what was
planted, and then the pages are asked for and one TPS after the other is verified anew.
"""

import json
import random
import re
import sys
import time
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from sqlalchemy import Engine

from benchmarks.recap_speed import (
    CONTEST,
    DATABASES,
    FIELDS,
    TPS,
    Nation,
    best_ms,
    nation,
    unchanged_ms,
    verify_anew,
    widest,
)
from digitizer.domain.comparison_sum import ComparisonSum
from digitizer.official import Asked, import_file
from digitizer.official.exporting import export_comparison
from digitizer.store.comparisons import comparison_of
from digitizer.store.elections import get_contest
from digitizer.store.engine import read_session

with warnings.catch_warnings():
    # The client says at import that it would rather have another HTTP library.
    warnings.simplefilter("ignore")

PASLON: Final = {"1000001": 1, "1000002": 2, "1000003": 3}
DIFFERING: Final = 0.02
UNPUBLISHED: Final = 0.01


@dataclass(frozen=True, slots=True)
class CompareSpeed:
    """What was measured on one database.

    Attributes:
        import_s: reading, keeping and comparing the file, `import_mib` more memory at its height.
        page_ms: of each level, the time of its page, of the worst list on it.
        update_ms: a new version of a tally, with its recap and its comparison.
        export_s: every difference as a CSV.
    """

    database: str
    import_s: float
    import_mib: float
    page_ms: dict[str, float]
    unchanged_ms: float
    update_ms: list[float]
    export_s: float


def measure(made: Nation) -> CompareSpeed:
    """Import, check, ask and verify, in a store whose recap was measured before."""
    console = Console(stderr=True)
    file = made.folder / "kpu.jsonl"
    with console.status(f"{made.database}: writing what is published"):
        planted = write_published(file, made.numbers())
    before = peak_mib(anew=True)
    with console.status(f"{made.database}: importing"):
        import_s = imported_s(made.engine, file)
    import_mib = peak_mib() - before
    check(made.engine, planted, len(made.codes))
    pages = pages_ms(made)
    unchanged = unchanged_ms(made.client(), f"/compare/{CONTEST}")
    updates = verify_anew(made, version=3)
    export_s = exported_s(made.engine, made.folder / "selisih.csv")
    return CompareSpeed(made.database, import_s, import_mib, pages, unchanged, updates, export_s)


def write_published(file: Path, numbers: Iterable[tuple[str, Mapping[str, int]]]) -> ComparisonSum:
    """What is published of each TPS; gives how many of them were changed or left out."""
    lot = random.Random(2025)
    differing = unpublished = 0
    with file.open("w", encoding="utf-8") as lines:
        for code, values in numbers:
            told = dict(values)
            drawn_at = lot.random()
            if drawn_at < DIFFERING:
                differing += 1
                told[lot.choice(FIELDS)] += lot.randint(1, 90)
            said: dict[str, Any] = {
                "chart": {theirs: told[f"paslon_{ours}"] for theirs, ours in PASLON.items()},
                "administrasi": {
                    name: value for name, value in told.items() if not name.startswith("paslon")
                },
            }
            if drawn_at > 1 - UNPUBLISHED:
                unpublished += 1
                said = {"chart": None, "administrasi": None}
            row = {"mode": "hhcw", "tungsura": said, "images": ["hal-1.jpg", "hal-2.jpg"],
                   "psu": None, "ts": "2024-02-15 06:00:00", "status_suara": True,
                   "status_adm": True}  # fmt: skip
            lines.write(json.dumps({code: row}) + "\n")
    return ComparisonSum(differing=differing, only_ours=unpublished)


def imported_s(engine: Engine, file: Path) -> float:
    """Seconds of one import."""
    with read_session(engine) as session:
        contest = get_contest(session, CONTEST)
    asked = Asked(contest, "pengukuran", PASLON, "system", datetime.now(UTC))
    started = time.perf_counter()
    with file.open("rb") as opened:
        import_file(engine, asked, opened, file.name)
    return time.perf_counter() - started


def check(engine: Engine, planted: ComparisonSum, tps: int) -> None:
    """Whether exactly what was planted is found.

    Raises:
        ValueError: it is not.
    """
    with read_session(engine) as session:
        found = comparison_of(session, get_contest(session, CONTEST))
    counts = (found.expected, found.differing, found.only_ours, found.equal)
    needed = (tps, planted.differing, planted.only_ours,
              tps - planted.differing - planted.only_ours)  # fmt: skip
    if counts != needed:
        raise ValueError(f"the comparison counts {counts}, needed {needed}")


def pages_ms(made: Nation) -> dict[str, float]:
    """Of each level the time of its page, with the list that takes longest."""
    client = made.client()
    return {
        level: max(
            best_ms(client, f"/compare/{CONTEST}/{area}".rstrip("/") + f"?show={show}")
            for show in ("differing", "only_ours")
        )
        for level, area in widest(made.engine).items()
    }


def exported_s(engine: Engine, output: Path) -> float:
    """Seconds of one export."""
    started = time.perf_counter()
    with output.open("wb") as file:
        export_comparison(engine, CONTEST, file, actor="system", now=datetime.now(UTC))
    return time.perf_counter() - started


def peak_mib(*, anew: bool = False) -> float:
    """The most memory that this process had, MiB; `anew` begins with what it has now."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5", "utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("utf-8"))
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    for name in DATABASES:
        with nation(name, int(sys.argv[1]) if len(sys.argv) > 1 else TPS) as country:
            print(measure(country), flush=True)
