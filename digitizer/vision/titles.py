"""Printed titles: cut their strips from a page laid flat, and read them in one go."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from digitizer.vision.ink import GreyImage
from digitizer.vision.photo import BgrImage
from digitizer.vision.tesseract import PrintReader, Word

CAP_HEIGHT: Final = 0.72
"""Of a capital letter, over the font size, in the fonts of the official forms and in ours."""

CAP_PIXELS: Final = 28
"""Height of capitals on the canvas; the program reads best at 20 to 40 (its own documentation)."""

LEAST_CAP_PIXELS: Final = 4.0
"""Below it no letter can be told from another, and enlarging makes none."""

MARGIN: Final = 14
"""White pixels around each strip on the canvas; print that touches an edge is not read."""


@dataclass(frozen=True, slots=True)
class Titles:
    """What was read in each strip, in the order of `PageSpec.titles`; () where nothing was."""

    strips: tuple[tuple[Word, ...], ...]

    @property
    def text(self) -> str:
        """All of it, for people and for logs."""
        return " | ".join(" ".join(word.text for word in strip) for strip in self.strips)


def read_titles(strips: Sequence[GreyImage], reader: PrintReader) -> Titles:
    """Read strips of printed lines by one call of the program; without it nothing is legible."""
    if not strips:
        return Titles(((),) * len(strips))
    canvas, tops = _paste(strips)
    read: list[list[Word]] = [[] for _ in strips]
    for word in reader.read(canvas):
        index = int(np.searchsorted(tops, word.y, side="right")) - 1
        read[max(index, 0)].append(replace(word, y=word.y - tops[max(index, 0)]))
    return Titles(tuple(tuple(words) for words in read))


def ready_strip(cut: BgrImage | GreyImage, cap_pixels: float) -> GreyImage:
    """A strip evenly lit, its capitals, now `cap_pixels` high, `CAP_PIXELS` high."""
    if cut.size == 0 or cap_pixels < LEAST_CAP_PIXELS:
        return np.full((1, 1), 255, np.uint8)
    grey = cut if cut.ndim == 2 else cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY)
    scale = CAP_PIXELS / cap_pixels
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    sized = np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=way), np.uint8)
    return _evenly_lit(sized)


def _evenly_lit(grey: GreyImage) -> GreyImage:
    """Paper white and print black, whatever the light: divided by the paper around each place."""
    reach = 2 * CAP_PIXELS + 1
    paper = cv2.dilate(cv2.medianBlur(grey, 5), np.ones((reach, reach), np.uint8))
    paper = cv2.blur(paper, (reach, reach))
    even = cv2.divide(grey, paper, scale=255)
    black = float(np.percentile(even, 2))
    stretched = (even.astype(np.float32) - black) * (255 / max(255 - black, 40.0))
    return np.asarray(np.clip(stretched, 0, 255), np.uint8)


def _paste(strips: Sequence[GreyImage]) -> tuple[GreyImage, list[int]]:
    """All strips below one another on white, and where each begins."""
    width = max(strip.shape[1] for strip in strips) + 2 * MARGIN
    tops = list(np.cumsum([0, *(strip.shape[0] + 2 * MARGIN for strip in strips)]))
    canvas = np.full((int(tops[-1]), width), 255, np.uint8)
    for strip, top in zip(strips, tops, strict=False):
        rows = slice(int(top) + MARGIN, int(top) + MARGIN + strip.shape[0])
        canvas[rows, MARGIN : MARGIN + strip.shape[1]] = strip
    return canvas, [int(top) for top in tops[:-1]]
