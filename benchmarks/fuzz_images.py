"""Twenty thousand hostile files through the real sandbox: none may cost more than a child.

python -m benchmarks.fuzz_images [--count N] [--seed N] [--write]
python -m benchmarks.fuzz_images --seed 1 --make 4711 -o FILE       one file of the series again
"""

import argparse
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, get_args

from rich.progress import track

from benchmarks.fuzz_bases import intact
from benchmarks.fuzz_mutations import mutant
from benchmarks.fuzz_report import machine, table, write_part
from benchmarks.process_memory import MIB, MemoryWatch, children_of, quarters
from digitizer.domain.outcome import PhotoOutcome
from digitizer.errors import DigitizerError, PhotoProblem
from digitizer.sandbox import PATIENCE, Sandbox

COUNT: Final = 20_000
WORKERS: Final = 2
MEMORY_MIB: Final = 1200
SECONDS: Final = 60.0
MOST_SECONDS: Final = 2 * PATIENCE * SECONDS + 60.0
"""For one file: two children that are late, and starting others."""

MOST_PARENT_MIB: Final = 300
"""More than before the first file."""

MOST_GROWTH: Final = 1.25
"""The last quarter of a run against the third, when all that is kept has been drawn once: more
would be memory that is never given back."""

SLOWEST: Final = 10


@dataclass(frozen=True, slots=True)
class Told:
    """What the sandbox said of one file, as its code and variant, and how long it took."""

    number: int
    base: str
    mutation: str
    code: str
    seconds: float
    failure: str = ""


@dataclass(slots=True)
class Run:
    """A whole run; `failures` in words, empty when all was as it should be."""

    seed: int
    told: list[Told] = field(default_factory=list)
    seconds: float = 0.0
    lost: int = 0
    peak_child: int = 0
    peak_parent: int = 0
    parent_growth: int = 0
    quarters: tuple[int, ...] = ()
    failures: list[str] = field(default_factory=list)


def fuzz(seed: int, count: int, workers: int = WORKERS) -> Run:
    """Send so many files through a sandbox of the usual limits, and an intact one after them."""
    run = Run(seed)
    started = time.perf_counter()
    with (
        Sandbox(workers, memory_mib=MEMORY_MIB, seconds=SECONDS) as sandbox,
        MemoryWatch(but=children_of(os.getpid())) as watch,
        ThreadPoolExecutor(workers) as pool,
    ):
        before = list(pool.map(sandbox.digest, [intact()] * workers))
        found = pool.map(partial(one, sandbox, seed), range(count))
        run.told = list(track(found, f"seed {seed}", count, disable=not sys.stderr.isatty()))
        after = list(pool.map(sandbox.digest, [intact()] * workers))
    run.seconds = time.perf_counter() - started
    run.lost = len(watch.peaks) - workers
    run.peak_child = max(watch.peaks.values())
    run.peak_parent = max(watch.own)
    run.parent_growth = run.peak_parent - watch.own[0]
    run.quarters = quarters(watch.grown)
    run.failures = list(_failures(run, before, after))
    return run


def one(sandbox: Sandbox, seed: int, number: int) -> Told:
    """One file of the series, and what became of it."""
    made = mutant(seed, number)
    name = (number, made.base, made.mutation)
    started = time.perf_counter()
    try:
        outcome = sandbox.digest(made.data)
    except (DigitizerError, OSError, ValueError, RuntimeError, LookupError, TypeError) as error:
        return Told(*name, "error", time.perf_counter() - started, repr(error))
    return Told(*name, code_of(outcome), time.perf_counter() - started)


def code_of(outcome: PhotoOutcome) -> str:
    """`read`, or the code of the problem with its variant."""
    if outcome.problem is None:
        return "read"
    variant = outcome.problem.numbers.get("variant", "")
    return f"{outcome.problem.problem} {variant}".strip()


def _failures(run: Run, before: list[PhotoOutcome], after: list[PhotoOutcome]) -> Iterator[str]:
    known = {"read", *get_args(PhotoProblem)}
    for told in run.told:
        what = f"{told.number} ({told.base}, {told.mutation})"
        if told.failure:
            yield f"{what}: {told.failure}"
        elif told.code.split()[0] not in known:
            yield f"{what}: code {told.code} is not documented"
        if told.seconds > MOST_SECONDS:
            yield f"{what}: took {told.seconds:.0f} s, at most {MOST_SECONDS:.0f} are allowed"
    if any(item != before[0] or item.reading is None for item in (*before, *after)):
        yield "an intact photo is no longer read as it was"
    if run.peak_child > MEMORY_MIB * MIB:
        yield f"a child held {run.peak_child / MIB:.0f} MiB, at most {MEMORY_MIB} are allowed"
    if run.parent_growth > MOST_PARENT_MIB * MIB:
        yield f"the parent grew by {run.parent_growth / MIB:.0f} MiB, at most {MOST_PARENT_MIB}"
    if run.quarters[3] > MOST_GROWTH * run.quarters[2]:
        yield f"children grew from {run.quarters[2] / MIB:.0f} to {run.quarters[3] / MIB:.0f} MiB"


def report(run: Run) -> str:
    """The run as Markdown."""
    counts = Counter(told.code for told in run.told)
    slowest = sorted(run.told, key=lambda told: -told.seconds)[:SLOWEST]
    dead = [told for told in run.told if told.code.endswith((" reader", " memory", " seconds"))]
    median = statistics.median(told.seconds for told in run.told)
    head = ("number", "base", "mutation", "outcome", "seconds")
    numbers = [
        ("files", f"{len(run.told)}"),
        ("files a second", f"{len(run.told) / run.seconds:.1f}"),
        ("median, longest", f"{median * 1000:.0f} ms, {slowest[0].seconds:.1f} s"),
        ("children lost and replaced", run.lost),
        ("most memory of a child, of the parent",
         f"{run.peak_child / MIB:.0f} MiB, {run.peak_parent / MIB:.0f} MiB"),
        ("median of the larger child in each quarter of the run",
         ", ".join(f"{size / MIB:.0f}" for size in run.quarters) + " MiB"),
        ("an intact photo before and after", "read alike"),
        ("not as it should be", len(run.failures)),
    ]  # fmt: skip
    parts = [
        f"## Pictures\n\nSeed {run.seed}; {machine()}, shared with other work. Every file can be "
        f"made again: `python -m benchmarks.fuzz_images --seed {run.seed} --make NUMBER -o FILE`.",
        table(("what", "found"), numbers),
        table(("outcome", "files"), counts.most_common()),
        "Slowest:\n\n"
        + table(("number", "base", "mutation", "outcome", "seconds"), _rows(slowest)),
    ]
    if dead:
        parts.append("Set aside, as they cost two children each:\n\n" + table(head, _rows(dead)))
    if run.failures:
        parts.append("Failures:\n\n" + "\n".join(f"- {line}" for line in run.failures))
    return "\n\n".join(parts)


def _rows(told: list[Told]) -> list[tuple[object, ...]]:
    return [
        (item.number, item.base, item.mutation, item.code, f"{item.seconds:.1f}") for item in told
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="write docs/fuzz.md")
    parser.add_argument("--make", type=int, help="only make the file of this number")
    parser.add_argument("-o", type=Path, default=Path("mutant.bin"))
    given = parser.parse_args()
    if given.make is not None:
        given.o.write_bytes(mutant(given.seed, given.make).data)
        return
    run = fuzz(given.seed, given.count)
    body = report(run)
    print(body)
    if given.write:
        write_part("pictures", body)
    sys.exit(1 if run.failures else 0)


if __name__ == "__main__":
    main()
