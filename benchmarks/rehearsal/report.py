"""What a rehearsal says, as rows and as a part of docs/benchmarks.md."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.fuzz_report import machine, table, write_part
from benchmarks.process_memory import MIB
from benchmarks.recap_speed import TPS
from benchmarks.rehearsal.country import pages
from benchmarks.rehearsal.steps import (
    LOOK_S,
    PEOPLE,
    REVIEWERS,
    WEB_PROCESSES,
    WORKERS,
    Pixels,
    Quarter,
)
from benchmarks.rows import Row, as_any, number

ROOT: Final = Path(__file__).resolve().parent.parent.parent
PAGE: Final = ROOT / "docs" / "benchmarks.md"
ROWS: Final = ROOT / "benchmarks" / "rehearsal.json"
INTRO: Final = """# Benchmarks

Each part is written by the command that it names, on the machine that it names. What depends on the
machine least is a ratio within one run.
"""
DAY_S: Final = 86_400
GIB: Final = 1 << 30
FORM_S: Final = 15
"""So long a person looks at a form, which nobody measured on this machine."""


@dataclass(frozen=True, slots=True)
class Found:
    """All that a rehearsal measured."""

    scale: float
    set_up_s: float
    quarters: Sequence[Quarter]
    pixels: Pixels
    faults: Sequence[str]


def keep(found: Found) -> None:
    """Write rows and report."""
    ROWS.write_text(json.dumps(as_any(rows_of(found)), indent=1) + "\n")
    write_part("rehearsal", described(found), PAGE, INTRO)


def rows_of(found: Found) -> list[Row]:
    """The rows of the last quarter, in which the store is largest."""
    last, pixels = found.quarters[-1], found.pixels
    return [
        _p95("rehearsal.accept_p95_ms", last.accept_ms),
        number("rehearsal.accepted_per_s", last.photos / last.accept_s, last.photos, "1/s"),
        number("rehearsal.settled_per_s", last.photos / last.read_s, last.photos, "1/s"),
        _p95("rehearsal.open_p95_ms", last.reviewed.opened_ms),
        _p95("rehearsal.confirm_p95_ms", last.reviewed.confirmed_ms),
        _p95("rehearsal.open_beside_workers_p95_ms", pixels.reviewed.opened_ms),
        _p95("rehearsal.confirm_beside_workers_p95_ms", pixels.reviewed.confirmed_ms),
        number("rehearsal.recap_page_ms", max(last.recap_ms), len(last.recap_ms), "ms"),
        number("rehearsal.photo_cpu_s", pixels.cpu_s / pixels.photos, pixels.photos, "s"),
        number("rehearsal.photo_mib", pixels.stored / pixels.photos / MIB, pixels.photos, "MiB"),
        number("rehearsal.tps_kib", _bytes_a_tps(found) / 1024, _tps(found), "KiB"),
        number("rehearsal.faults", len(found.faults), 1, "count"),
    ]


def described(found: Found) -> str:
    """The part of the report."""
    pixels = found.pixels
    quarters = [
        ["", *(f"quarter {place}" for place, _ in enumerate(found.quarters, 1))],
        ["TPS", *(f"{item.tps:,}" for item in found.quarters)],
        ["photo taken in, median / p95", *(_ms(item.accept_ms) for item in found.quarters)],
        ["photos taken in a second", *(f"{i.photos / i.accept_s:.0f}" for i in found.quarters)],
        ["photos read without pixels and settled a second",
         *(f"{item.photos / item.read_s:.0f}" for item in found.quarters)],
        ["form opened, median / p95", *(_ms(i.reviewed.opened_ms) for i in found.quarters)],
        ["form confirmed, median / p95", *(_ms(i.reviewed.confirmed_ms) for i in found.quarters)],
        ["forms confirmed a second",
         *(f"{len(i.reviewed.confirmed_ms) / i.review_s:.1f}" for i in found.quarters)],
        ["page of the recap, worst of four levels",
         *(f"{max(item.recap_ms):.0f} ms" for item in found.quarters)],
        ["database", *(f"{item.database / MIB:.0f} MiB" for item in found.quarters)],
    ]  # fmt: skip
    return f"""## The nation, rehearsed

`make rehearsal SCALE={found.scale:g}` on {machine()}: PostgreSQL, {WEB_PROCESSES} web processes,
{WORKERS} workers, the senders and {REVIEWERS} reviewers who never pause, all on one machine.
{_tps(found):,} of {TPS:,} TPS with {len(pages())} pages each come in a quarter at a time. What
stands on each paper is invented, what would be read of it is drawn from how real boxes are read;
everything else is the product: intake, jobs, settling, the desk over HTTP, the recap.
{_outcome(found)}

{table(quarters[0], quarters[1:])}

In the last quarter the workers also read {pixels.photos} photos of 12 megapixels:
{pixels.photos / pixels.seconds:.2f} photos a second, {pixels.cpu_s / pixels.photos:.2f} s of
processor each; a photo of {pixels.sent / pixels.photos / MIB:.1f} MiB is kept with its pictures in
{pixels.stored / pixels.photos / MIB:.1f} MiB. Meanwhile {PEOPLE} people were at the desk, who look
at a form for {LOOK_S:g} s: opened in {_ms(pixels.reviewed.opened_ms)}, confirmed in
{_ms(pixels.reviewed.confirmed_ms)} (median / p95 of
{len(pixels.reviewed.confirmed_ms)} forms).

### On paper: the country in a day

From a run of fewer than 10,000 TPS these say little: most of its time is the start of processes.

{_paper(found)}
"""


def _outcome(found: Found) -> str:
    if found.faults:
        return f"**Amiss: {'; '.join(found.faults)}.**"
    return (
        "Nothing was amiss: every number is in the recap as the paper says, the recap is what a "
        "recount finds, the chain holds, nothing waits."
    )


def _paper(found: Found) -> str:
    last, pixels = found.quarters[-1], found.pixels
    photos = TPS * len(pages())
    cores = photos * pixels.cpu_s / pixels.photos / DAY_S
    # Whoever writes waits for the chain: one after the other, whatever the number of machines.
    line_s = TPS / last.tps * (last.accept_s + last.read_s)
    review_s = TPS * last.review_s / len(last.reviewed.confirmed_ms)
    people = TPS * FORM_S / DAY_S
    rows = [
        ["photos to look at", f"{photos:,}"],
        ["cores that do nothing else, for 24 hours", f"{cores:.0f}"],
        ["taking in and settling all of them, one database, as fast as here",
         f"{line_s / 3600:.1f} h"],
        ["confirming all forms, as fast as here", f"{review_s / 3600:.1f} h"],
        [f"people at the desk around the clock, {FORM_S} s a form, one reader each",
         f"{people:.0f}"],
        ["photos and pictures", f"{photos * pixels.stored / pixels.photos / 1e12:.1f} TB"],
        ["database", f"{TPS * _bytes_a_tps(found) / GIB:.0f} GiB"],
        ["setting up the election", f"{TPS / _tps(found) * found.set_up_s / 60:.1f} min"],
    ]  # fmt: skip
    return table(["what", "needs"], rows)


def _tps(found: Found) -> int:
    return sum(item.tps for item in found.quarters)


def _bytes_a_tps(found: Found) -> float:
    """What a TPS adds: the later quarters, since an empty database has a size too."""
    first, *_, last = found.quarters
    return (last.database - first.database) / sum(item.tps for item in found.quarters[1:])


def _p95(name: str, times: Sequence[float]) -> Row:
    return number(name, float(np.percentile(times, 95)), len(times), "ms")


def _ms(times: Sequence[float]) -> str:
    median, p95 = np.percentile(times, [50, 95])
    return f"{median:.0f} / {p95:.0f} ms"
