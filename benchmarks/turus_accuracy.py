"""How often turus and row sums come to the number that was drawn, on generated photos.

    python -m benchmarks.turus_accuracy [COUNT] [FIRST_SEED]

Every photo is a page with a tally, filled by a crew with habits of its own. A tally that a crew
left untouched says nothing, so reading nothing is right there.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import cv2
import numpy as np
from rich.progress import track

from benchmarks.processes import over
from benchmarks.read_as import read_as
from benchmarks.rows import Row, count, share
from digitizer.domain.form import FormSpec
from digitizer.domain.reading import Evidence, PageReading, Source
from digitizer.synth.camera import Shot, photograph
from digitizer.synth.entries import Entry, entries_for
from digitizer.synth.fill import fill_page
from digitizer.synth.hand import draw_hand
from digitizer.synth.sheet import box_side
from digitizer.synth.simulate import simulate_tps
from digitizer.synth.turus import draw_habit
from digitizer.synth.writer import Writer
from tests.synth import Tier, base_forms, draw

SURE: Final = 0.99
FIRST_SEED: Final = 61_000
PHOTOS: Final = 120
"""Of a tier; they show 330 tallies."""

WITNESSES: Final[tuple[tuple[Source, str], ...]] = (("tally", "turus"), ("rowsums", "row_sums"))


@dataclass(frozen=True, slots=True)
class TallyPage:
    """A photo of a page with turus, and what each of its tallies says."""

    name: str
    form: FormSpec
    page: int
    shot: Shot
    tally: dict[str, int | None]
    rowsums: dict[str, int | None]


@dataclass(frozen=True, slots=True)
class Read:
    """One witness of one field: what was drawn, and what was read with which probability.

    Attributes:
        located: whether its photo was. Where it was not, nothing is read, and that is not exact.
    """

    name: str
    source: Source
    truth: int | None
    value: int | None
    probability: float
    located: bool = True

    @property
    def exact(self) -> bool:
        return self.located and self.value == self.truth


def rows(tiers: tuple[Tier, ...] = ("easy", "medium"), photos: int = PHOTOS) -> list[Row]:
    """Exact counts, coverage and sure mistakes of each tier, with Wilson intervals."""
    found: list[Row] = []
    for tier in tiers:
        reads = read_tier(tier, photos)
        for source, name in WITNESSES:
            found += rows_of(f"{name}.{tier}", [read for read in reads if read.source == source])
    return found


def read_tier(tier: Tier, photos: int, first: int = FIRST_SEED) -> list[Read]:
    """What was read of every tally of so many photos."""
    made = over(partial(_read_photo, tier, first), range(photos))
    return [read for reads in track(made, f"turus, {tier}", photos) for read in reads]


def _read_photo(tier: Tier, first: int, index: int) -> list[Read]:
    return read_tallies(tally_page(tier, first, index))


def rows_of(name: str, reads: list[Read]) -> list[Row]:
    """The rows of one witness on one tier, over the fields of all photos."""
    said = [read for read in reads if read.value is not None]
    sure = [read for read in said if read.probability >= SURE]
    return [
        share(f"{name}.exact", sum(r.exact for r in reads), len(reads)),
        share(f"{name}.coverage", len(sure), sum(r.truth is not None for r in reads)),
        count(f"{name}.wrong", sum(r.value != r.truth for r in said), len(reads)),
        count(f"{name}.sure_and_wrong", sum(r.value != r.truth for r in sure), len(sure)),
    ]


def tally_pages(tier: Tier, photos: int, first: int = FIRST_SEED) -> Iterator[TallyPage]:
    """So many photos with turus, each made when it is asked for."""
    return (tally_page(tier, first, index) for index in range(photos))


def tally_page(tier: Tier, first: int, index: int) -> TallyPage:
    """A photo of one of the pages with turus, taken in turn; the same seed gives the same bytes."""
    pages = [(f, p.number) for f in base_forms() for p in f.pages if any(x.tally for x in p.fields)]
    form, page = pages[index % len(pages)]
    rng = np.random.default_rng([first + index, page])
    writer = Writer(draw_hand(rng), rng, draw_habit(rng))
    values = simulate_tps(form, rng, int(rng.integers(80, 300)))
    entries = entries_for(form, _with_noughts(form, values, rng), writer.hand.leading)
    here = {f.id: entries[f.id] for f in form.page(page).fields if f.id in entries}
    image = fill_page(form, page, here, writer)
    size = form.page(page).size
    shot = photograph(image, size, params=draw(tier, rng), rng=rng, box_mm=box_side(form))
    tallies = {name: e for name, e in here.items() if e.tally is not None}
    sums = {name: e for name, e in here.items() if e.row_sums is not None}
    return TallyPage(
        f"{tier}-{index:03d}-{form.id}-hal{page}",
        form,
        page,
        shot,
        {name: _turus(entry, writer) for name, entry in tallies.items()},
        {name: _sum(entry) for name, entry in sums.items()},
    )


def read_tallies(page: TallyPage) -> list[Read]:
    """What was read of a photo."""
    read = read_as(page.shot.jpeg, page.form.id, page.page)
    reading = None if read is None else read.reading
    drawn: tuple[tuple[Source, dict[str, int | None]], ...] = (
        ("tally", page.tally),
        ("rowsums", page.rowsums),
    )
    return [
        _read(page.name, reading, source, field, truth)
        for source, truths in drawn
        for field, truth in truths.items()
    ]


def _read(
    name: str, reading: PageReading | None, source: Source, field: str, truth: int | None
) -> Read:
    if reading is None:
        return Read(f"{name} {field}", source, truth, None, 0.0, located=False)
    evidence: Evidence | None = reading.fields[field].by(source)
    top = evidence.top if evidence is not None else None
    if top is None:
        return Read(f"{name} {field}", source, truth, None, 0.0)
    return Read(f"{name} {field}", source, truth, top.value, top.probability)


def _with_noughts(
    form: FormSpec, values: dict[str, int], rng: np.random.Generator
) -> dict[str, int]:
    """The values, now and then with a nought or a handful where a tally is kept."""
    few = {name for name, field in form.fields.items() if field.tally and rng.random() < 0.12}
    return {name: int(rng.integers(0, 12)) if name in few else v for name, v in values.items()}


def _turus(entry: Entry, writer: Writer) -> int | None:
    """The count a tally shows: of one nobody touched, none."""
    habit = writer.habit
    untouched = habit is not None and habit.rest_of_rows == "empty"
    return None if entry.tally == 0 and untouched else entry.tally


def _sum(entry: Entry) -> int | None:
    """The number the row sums come to: of rows left blank, none."""
    return entry.tally or None


def main() -> None:
    """Print the table and every tally that was not read exactly."""
    cv2.setNumThreads(1)
    photos = int(sys.argv[1]) if len(sys.argv) > 1 else PHOTOS
    first = int(sys.argv[2]) if len(sys.argv) > 2 else FIRST_SEED
    for tier in ("easy", "medium"):
        reads = read_tier(tier, photos, first)
        for source, name in WITNESSES:
            mine = [read for read in reads if read.source == source]
            for row in rows_of(f"{name}.{tier}", mine):
                print("{name:<32} {value:8.4f}  n {n}  {low:.4f} to {high:.4f}".format(**row))
            for read in mine:
                if not read.exact:
                    print("   ", read)


if __name__ == "__main__":
    main()
