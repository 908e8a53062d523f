"""How well bubble columns are read on photos of the generated tiers, and on the screen photos.

Two kinds of generated photos, apart: forms filled as crews are told to, and forms on which half of
the columns carry a mark of another kind (`ODD`), where `?` is often the best answer.
"""

import csv
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from rich.progress import track

from benchmarks.photos_accuracy import KWK, PPWP
from benchmarks.processes import over
from benchmarks.rows import Row, as_any, count, share
from digitizer.domain.form import FormSpec
from digitizer.domain.glyph import DIGITS, UNREADABLE
from digitizer.errors import PhotoError
from digitizer.forms import load_form, load_forms
from digitizer.pipeline import atlas_of
from digitizer.synth.bubbles import BubbleFill
from digitizer.synth.camera import photograph
from digitizer.synth.fill import fill_page
from digitizer.synth.sheet import box_side
from digitizer.synth.strokes import Stroke, draw_strokes
from digitizer.synth.writer import Writer
from digitizer.vision.locate import locate_page
from digitizer.vision.marks import ColumnScores, bubble_scores
from digitizer.vision.photo import decode_photo
from digitizer.vision.rectify import rectify
from digitizer.vision.segment import segment
from digitizer.vision.tones import tones_of
from tests.synth import Tier, draw, filling, made_photo

PHOTOS: Final = 375
"""Of a tier; they show 3,000 columns, as many as give 99.9 % an interval that says something."""

ODD_PHOTOS: Final = 75

SURE: Final = 0.99

FIRST_SEED: Final[dict[Tier, int]] = {"easy": 610_000, "medium": 620_000, "hard": 630_000}
"""None of these forms was used to choose the numbers of `digitizer.vision.marks`."""

Column = tuple[str, int]
"""Field and decimal place, as `bubble_scores` names them."""


@dataclass(frozen=True, slots=True)
class BubblePhoto:
    """A photo of a page with bubbles.

    Attributes:
        truth: what is marked in each column: a digit, `_` for nothing, `?` for more than a digit.
        kinds: how each is marked.
    """

    data: bytes
    form: str
    page: int
    truth: Mapping[Column, str]
    kinds: Mapping[Column, str]


NOT_SEEN: Final = ColumnScores((0.0,) * len(DIGITS), none=0.0, several=0.0, smudged=1.0)


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """One column of a photo: what is marked, how, and what was read.

    Attributes:
        located: whether its photo was. Where it was not, nobody can tell, and that is not right.
    """

    truth: str
    kind: str
    scores: ColumnScores
    located: bool = True

    @property
    def right(self) -> bool:
        return self.located and self.scores.top == self.truth

    @property
    def sure_and_wrong(self) -> bool:
        glyph, probability = self.scores.ranked[0]
        return probability >= SURE and glyph not in {self.truth, UNREADABLE}


def filled_photo(tier: Tier, seed: int) -> BubblePhoto:
    """A photo of a form filled as told: of three seeds two are PPWP and one KWK."""
    form = _form(seed)
    made = made_photo(form.id, 2, tier, seed)
    truth = {
        (field.id, field.place(index)): glyph
        for field in form.page(2).fields
        if field.bubbles
        for index, glyph in enumerate(made.entries[field.id].bubbles or "")
    }
    return BubblePhoto(made.shot.jpeg, form.id, 2, truth, dict.fromkeys(truth, "told"))


ODD: Final[tuple[BubbleFill, ...]] = (
    "light", "half", "tick", "cross", "ring", "scratched",
)  # fmt: skip


def odd_photo(tier: Tier, seed: int) -> BubblePhoto:
    """A photo on which half of the columns carry other marks."""
    form = _form(seed)
    page = form.page(2)
    entries, writer = filling(form, seed)
    here = {f.id: replace(entries[f.id], bubbles=None) for f in page.fields if f.id in entries}
    image = fill_page(form, 2, here, writer)
    truth, kinds, strokes = _marked(form, writer)
    draw_strokes(image, image.shape[1] / page.size.width, strokes, writer.pen, writer.rng)
    rng = np.random.default_rng([seed, 3])
    shot = photograph(image, page.size, params=draw(tier, rng), rng=rng, box_mm=box_side(form))
    return BubblePhoto(shot.jpeg, form.id, 2, truth, kinds)


def _marked(
    form: FormSpec, writer: Writer
) -> tuple[dict[Column, str], dict[Column, str], list[Stroke]]:
    """One digit marked in every column, in half of them in an odd way; what, how, and the ink."""
    truth: dict[Column, str] = {}
    kinds: dict[Column, str] = {}
    strokes: list[Stroke] = []
    for field in form.page(2).fields:
        for index, column in enumerate(field.bubbles):
            digit, other = writer.rng.choice(10, 2, replace=False).tolist()
            odd = writer.rng.random() < 0.5
            kind = ODD[writer.rng.integers(len(ODD))] if odd else writer.hand.bubble_fill
            place = field.id, field.place(index)
            truth[place] = DIGITS[digit]
            kinds[place] = kind if odd else "told"
            strokes += writer.bubble(column[digit], kind)
            if odd and kind == "scratched":
                truth[place] = UNREADABLE
                strokes += writer.bubble(column[other])
    return truth, kinds, strokes


def screen_photo(dev_data: Path) -> BubblePhoto:
    """The screen photo of a filled PPWP page 2; never real paper."""
    name = "ppwp_2024_screen/pilpres-2024-hal2.jpg"
    folder = dev_data / "photos"
    truth: dict[Column, str] = {}
    for line in csv.DictReader((folder / "labels_dev.csv").open(encoding="utf-8")):
        field, _, kind = line["field"].partition(".")
        if line["file"] == name and kind == "bubbles":
            spec = load_form(PPWP).fields[field]
            written = enumerate(line["value_as_written"])
            truth |= {(field, spec.place(index)): glyph for index, glyph in written}
    return BubblePhoto((folder / name).read_bytes(), PPWP, 2, truth, dict.fromkeys(truth, "told"))


def read_columns(photo: BubblePhoto) -> list[ReadColumn]:
    """Every column of a photo as `read_page` would read it; open where it is not located."""
    try:
        picture = decode_photo(photo.data)
        location = locate_page(picture, atlas_of(tuple(load_forms())))
    except PhotoError:
        return _unseen(photo)
    if (location.form.id, location.page.number) != (photo.form, photo.page):
        return _unseen(photo)
    page = rectify(picture, location)
    cells = [cell for cell in segment(page) if cell.source == "bubbles"]
    scores = bubble_scores(cells, tones_of(page).black)
    return [
        ReadColumn(glyph, photo.kinds[place], scores[place]) for place, glyph in photo.truth.items()
    ]


def _unseen(photo: BubblePhoto) -> list[ReadColumn]:
    """The columns of a photo that is not located."""
    return [
        ReadColumn(glyph, photo.kinds[at], NOT_SEEN, located=False)
        for at, glyph in photo.truth.items()
    ]


def read_made(make: Callable[[Tier, int], BubblePhoto], tier: Tier, seed: int) -> list[ReadColumn]:
    """The columns of one photo made for it."""
    return read_columns(make(tier, seed))


def read_tier(
    make: Callable[[Tier, int], BubblePhoto], tier: Tier, photos: int
) -> list[ReadColumn]:
    """The columns of so many photos."""
    seeds = range(FIRST_SEED[tier], FIRST_SEED[tier] + photos)
    made = over(partial(read_made, make, tier), seeds)
    return [column for columns in track(made, f"bubbles, {tier}", photos) for column in columns]


def measure(dev_data: Path | None, photos: int = PHOTOS, odd: int = ODD_PHOTOS) -> list[Row]:
    """Rows for `make accuracy`; about a photo a second."""
    rows: list[Row] = []
    tiers: tuple[Tier, ...] = ("easy", "medium")
    for tier in tiers:
        rows += rows_of(f"bubbles.{tier}", read_tier(filled_photo, tier, photos))
    if dev_data is not None:
        rows += rows_of("bubbles.screen", read_columns(screen_photo(dev_data)))
    for tier in tiers:
        found = read_tier(odd_photo, tier, odd)
        for kind in ("told", *ODD):
            here = [column for column in found if column.kind == kind]
            rows += rows_of(f"bubbles.odd_{tier}.{kind}", here)
    return rows


def rows_of(name: str, read: Sequence[ReadColumn]) -> list[Row]:
    """Shares with Wilson intervals, and the count of what was surely read and is wrong."""
    tops = Counter(column.scores.top for column in read)
    return [
        share(f"{name}.right", sum(column.right for column in read), len(read)),
        share(f"{name}.open", tops[UNREADABLE], len(read)),
        count(f"{name}.sure_and_wrong", sum(c.sure_and_wrong for c in read), len(read)),
    ]


def _form(seed: int) -> FormSpec:
    return load_form(KWK if seed % 3 == 2 else PPWP)


if __name__ == "__main__":
    cv2.setNumThreads(1)
    for row in as_any(measure(None)):
        print(row)
