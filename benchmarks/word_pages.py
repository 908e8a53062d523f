"""Photos of pages whose numbers are also in words, in hands that no model was trained on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.read_as import read_as
from digitizer.domain.form import FormSpec
from digitizer.domain.geometry import Rect
from digitizer.domain.number_words import number_in_words
from digitizer.pipeline import ReadPage
from digitizer.synth.camera import Shot, photograph
from digitizer.synth.entries import entries_for
from digitizer.synth.fill import fill_page
from digitizer.synth.hand import draw_hand
from digitizer.synth.sheet import box_side
from digitizer.synth.simulate import simulate_tps
from digitizer.synth.strokes import Image, Pen
from digitizer.synth.writer import Writer
from digitizer.training.word_hands import font_files, write_words
from digitizer.training.word_texts import Written, cased
from tests.synth import Tier, base_forms, draw

FIRST_SEED: Final = 91_000
LEFT_OUT: Final = 0.1
"""So often a crew writes no words."""

TALLEST_MM: Final = 11.0
ONE_LINE: Final = 11
"""Letters that always go on one line."""


@dataclass(frozen=True, slots=True)
class WordPage:
    """A photo, and the number of every area for words; None where nothing was written."""

    name: str
    form: FormSpec
    page: int
    shot: Shot
    truth: Mapping[str, int | None]


@lru_cache(maxsize=1)
def unseen_fonts(folder: Path) -> tuple[Path, ...]:
    """The fonts to measure with."""
    return font_files(folder, "unseen")


def word_page(folder: Path, tier: Tier, index: int) -> WordPage:
    """A photo of one of the pages with words, taken in turn; the same index gives the same one."""
    pages = [(f, p.number) for f in base_forms() for p in f.pages if any(x.words for x in p.fields)]
    form, number = pages[index % len(pages)]
    rng = np.random.default_rng([FIRST_SEED + index, number])
    writer = Writer(draw_hand(rng), rng)
    values = simulate_tps(form, rng, int(rng.integers(80, 300)))
    entries = entries_for(form, values, writer.hand.leading)
    page = form.page(number)
    here = {f.id: replace(entries[f.id], words=None) for f in page.fields if f.id in entries}
    image = fill_page(form, number, here, writer)
    scale = image.shape[1] / page.size.width
    font = unseen_fonts(folder)[int(rng.integers(len(unseen_fonts(folder))))]
    truth: dict[str, int | None] = {}
    for field in page.fields:
        if field.words is not None and field.id in here:
            left_out = bool(rng.random() < LEFT_OUT)
            truth[field.id] = None if left_out else values[field.id]
            if not left_out:
                _write(image, field.words, values[field.id], (font,), writer.pen, scale, rng)
    shot = photograph(image, page.size, params=draw(tier, rng), rng=rng, box_mm=box_side(form))
    return WordPage(f"{tier}-{index:03d}-{form.id}-hal{number}", form, number, shot, truth)


def read_word_page(page: WordPage) -> ReadPage | None:
    """What was read of a photo; None where it was not located."""
    return read_as(page.shot.jpeg, page.form.id, page.page)


def _write(
    image: Image,
    area: Rect,
    number: int,
    fonts: Sequence[Path],
    pen: Pen,
    scale: float,
    rng: np.random.Generator,
) -> None:
    """The number in words into its area, in one line or two, in place."""
    words = cased(number_in_words(number).split(), rng)
    two = area.height > 0.18 * area.width and sum(map(len, words)) > ONE_LINE
    half = -(-len(words) // 2)
    lines = [words[:half], words[half:]] if two else [words]
    pitch = area.height * scale / len(lines)
    tall = min(0.62 * pitch, TALLEST_MM * scale)
    for row, line in enumerate(lines):
        mask = write_words(Written(" ".join(line), ""), fonts, rng)
        size = min(tall / mask.shape[0], 0.94 * area.width * scale / mask.shape[1])
        resized = cv2.resize(mask, None, fx=size, fy=size, interpolation=cv2.INTER_AREA)
        small = np.asarray(resized, np.float32)
        high, wide = small.shape
        free = area.width * scale - wide
        left = round(area.x * scale + free * float(rng.uniform(0.02, 0.5)))
        top = round(area.y * scale + row * pitch + (pitch - high) * float(rng.uniform(0.3, 0.7)))
        _lay(image[top : top + high, left : left + wide], small, pen)


def _lay(there: Image, mask: NDArray[np.float32], pen: Pen) -> None:
    """Ink darkens what lies below it."""
    tint = 1 - np.array(pen.colour, np.float32) / 255
    inked = there * (1 - mask[: there.shape[0], : there.shape[1], None] * pen.density * tint)
    there[:] = np.clip(inked + 0.5, 0, 255).astype(np.uint8)
