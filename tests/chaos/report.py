"""docs/chaos.md: what was done, how often, and what was found."""

import os
import platform
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tests.chaos.audit import Counted
from tests.chaos.world import KINDS, World
from tests.conftest import ROOT

PATH: Final = ROOT / "docs" / "chaos.md"
MENDED: Final = (
    "a worker ended when the database was away at its next look at the line; it waits now",
    "each of a hundred photos of one page of one TPS held everybody up, for a minute at last; they "
    "are asked about together now",
)
"""What these tests found in the product, and is held by a test of its own since."""

COLUMNS: Final = tuple(f"{database}, {store}" for database, store in KINDS)


@dataclass(frozen=True, slots=True)
class Total:
    """What one installation went through."""

    kind: str
    deaths: int
    receipts: int
    verifications: int
    refusals: int
    untold: int
    counted: Counted | None


@dataclass
class Book:
    """Everything that was tried."""

    times: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[tuple[str, str, str]] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)

    def add(self, name: str, kind: str, times: int, fault: str) -> None:
        """Note that something was tried, and what was wrong after it, if anything."""
        self.times[name, kind] += times
        if fault:
            self.faults.append((name, kind, fault.partition("\n")[0]))

    def close(self, made: World, counted: Counted | None) -> None:
        """Note what an installation went through in all."""
        ledger = made.ledger
        untold = sum(not code for _, code in ledger.refusals)
        self.totals.append(
            Total(
                f"{made.database}, {made.store}", made.deaths, len(ledger.receipts),
                len(ledger.verifications), len(ledger.refusals), untold, counted,
            )
        )  # fmt: skip

    def summary(self) -> str:
        """In one line."""
        return f"{sum(self.times.values())} failures, {len(self.faults)} of them with a fault"


def write(book: Book) -> None:
    """Write docs/chaos.md."""
    PATH.write_text("\n".join(_lines(book)) + "\n")


def _lines(book: Book) -> Iterator[str]:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    yield "# What was killed, and what was lost\n"
    yield (
        f"Written by `make chaos` on {machine}, load {os.getloadavg()[2]:.0f}. {book.summary()}."
        " Every process is real: `digitizer serve --no-worker`, `digitizer work`, single commands,"
        " PostgreSQL, an S3 server (moto). A process is struck at an exact step by a module on its"
        " `PYTHONPATH` that wraps functions, or at a random moment; always by SIGKILL. Phones send"
        " by both ways and try again under the same key; reviewers send the same confirmation until"
        " it is answered.\n"
    )
    yield (
        "After each: every receipt names a photo that is in the store, whole by its SHA-256, and"
        " was read or waits; every confirmation and correction that was answered is in the history,"
        " once; no photo is there twice and none was read twice; the recap is what a recount"
        " finds; every chain holds; the tables are what the history tells; a file that has its"
        " name is whole and noted; no process outlives its parent; no job stays in the line.\n"
    )
    yield "## What was found\n"
    yield from _found(book)
    yield "\n## What they went through\n"
    yield (
        "| database, photos | killed | receipts | confirmations | refused for now (5xx) | of these"
        " without a word | uploads kept | photos given up with their workers | events |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for total in book.totals:
        found = total.counted
        kept = f"{found.uploads} | {found.set_aside} | {found.events}" if found else "? | ? | ?"
        yield (
            f"| {total.kind} | {total.deaths} | {total.receipts} | {total.verifications}"
            f" | {total.refusals} | {total.untold} | {kept} |"
        )
    yield "\n## How often\n"
    yield "| step | killed | " + " | ".join(COLUMNS) + " |"
    yield "|---|---|" + "---|" * len(COLUMNS)
    names = dict.fromkeys(name for name, _ in book.times)
    for name in (item for item in names if " | " in item):
        counts = (str(book.times.get((name, kind), "")) for kind in COLUMNS)
        yield f"| {name} | " + " | ".join(counts) + " |"
    yield "\n| what else | where | times |"
    yield "|---|---|---|"
    for (name, kind), times in book.times.items():
        if " | " not in name:
            yield f"| {name} | {kind} | {times} |"


def _found(book: Book) -> Iterator[str]:
    if not book.faults:
        yield "Nothing was lost, doubled or miscounted."
    for name, kind, fault in book.faults:
        yield f"- **{name.replace(' | ', ', ')}** ({kind}): {fault}"
    yield "\nFound before and mended: " + "; ".join(MENDED) + "."
