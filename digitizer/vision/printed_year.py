"""The year in a title, where it is too small or too blurred for a program that reads letters.

Forms of one family are printed alike for every election; the year alone tells them apart, and of
that often one digit. Each digit is compared with the ten that may stand in its place, drawn in the
same line, at the same size and as blurred as the line is. What fits clearly better than the digit
that is expected says that the page is another year's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import FormSpec, PageSpec, PrintedText
from digitizer.domain.geometry import Point, Rect, Size
from digitizer.domain.glyph import DIGITS
from digitizer.vision.blank import Draw
from digitizer.vision.confirm import Placed
from digitizer.vision.flatten import lattice
from digitizer.vision.sight import Sight
from digitizer.vision.titles import CAP_HEIGHT

YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b")

TOLD_APART: Final = (2, 3)
"""The digits of a year in which elections differ."""

DIGIT_PIXELS: Final = 14
"""Height of the digits at which they are compared."""

BLURS: Final = (0.7, 1.2, 1.8, 2.5, 3.3)
"""Standard deviations, in pixels, of the blurs that the line may have."""

SHIFT_PX: Final = 5
"""The line may lie so far beside its place."""

NUDGE_PX: Final = 1
"""And each digit so far beside its place in the line."""

LEGIBLE: Final = 0.6
"""Correlation of the line with its drawing below which nothing is said of its digits."""

FAINTEST: Final = 6.0
"""Grey levels (standard deviation) below which no line is seen at all."""

BETTER: Final = 0.04
"""One digit stands in the place of another when it correlates better by this much. On photos of the
page itself another digit gains 0.02 at the most, however blurred; on those of another year's, one
of the two gains at least 0.05."""

Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class YearLine:
    """A printed line that names a year.

    Attributes:
        rect: the part of the page that the line fills, with some paper around it.
        year: as printed.
        drawn: the line with each of the ten digits in all four places of the year.
        printed: the line as it is.
        columns: first and last column of each digit of the year.
    """

    rect: Rect
    year: str
    drawn: tuple[Grey, ...]
    printed: Grey
    columns: tuple[tuple[int, int], ...]


def other_year(sight: Sight, placed: Placed, draw: Draw) -> str | None:
    """The year that is printed on a page, when it is clearly not the one of its form.

    Args:
        sight: the photo.
        placed: where the page lies in it.
        draw: draws a page of a form.
    """
    for text in _dated(placed.candidate.page):
        line = year_line(text, draw)
        seen = _seen(sight, placed, line)
        year = _year_of(seen, line)
        if year is not None and year != line.year:
            return year
    return None


def _dated(page: PageSpec) -> Iterator[PrintedText]:
    return (text for texts in page.printed_titles for text in texts if YEAR.search(text.text))


@lru_cache(maxsize=64)
def year_line(text: PrintedText, draw: Draw) -> YearLine:
    """A line that names a year, drawn."""
    found = YEAR.search(text.text)
    if found is None:
        raise ValueError(f"found no year in {text.text!r}")
    scale = DIGIT_PIXELS / (CAP_HEIGHT * text.size)
    rect = _around(text)

    def drawn(line: str) -> Grey:
        here = replace(text, text=line, at=Point(text.at.x - rect.x, text.at.y - rect.y))
        page = PageSpec(1, Size(rect.width, rect.height), (), None, (), (), texts=(here,))
        picture = draw(FormSpec("line", line, 0, "", (page,), ()), 1, scale)
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.float32)

    start, end = found.span()
    digits = tuple(drawn(text.text[:start] + 4 * digit + text.text[end:]) for digit in DIGITS)
    return YearLine(rect, found.group(), digits, drawn(text.text), _columns(digits))


def _around(text: PrintedText) -> Rect:
    """The part of the page that a line of text may fill."""
    width = text.width or 0.7 * text.size * len(text.text)
    left = text.at.x - {"left": 0.0, "centre": width / 2, "right": width}[text.align]
    edge = 0.45 * text.size
    return Rect(left - edge, text.at.y - 1.2 * text.size, width + 2 * edge, 1.65 * text.size)


def _columns(digits: tuple[Grey, ...]) -> tuple[tuple[int, int], ...]:
    """Where each of the four digits stands: where the ten drawings differ, in four equal parts."""
    stack = np.stack(digits)
    differ = np.flatnonzero((stack.max(axis=0) - stack.min(axis=0)).max(axis=0) > 64)
    ends = np.linspace(differ[0], differ[-1] + 1, 5)
    return tuple((round(a), round(b)) for a, b in pairwise(ends.tolist()))


def _seen(sight: Sight, placed: Placed, line: YearLine) -> Grey:
    """The line in the photo laid flat at the size of the drawing, `SHIFT_PX` more on every side."""
    height, width = line.printed.shape
    scale = (width / line.rect.width, height / line.rect.height)
    size = (width + 2 * SHIFT_PX, height + 2 * SHIFT_PX)
    origin = (line.rect.x - SHIFT_PX / scale[0], line.rect.y - SHIFT_PX / scale[1])
    homography, mesh = placed.candidate.homography, placed.registered.mesh
    grid = lattice(homography, mesh, scale, size, origin)
    return sight.pyramid.sampled(grid, size).astype(np.float32)


def _year_of(seen: Grey, line: YearLine) -> str | None:
    """The year that is read; None where the line is not seen well enough to say."""
    if float(seen.std()) < FAINTEST:
        return None
    tried = [(*_best(seen, _blurred(line.printed, blur)), blur) for blur in BLURS]
    likeness, (left, top), blur = max(tried)
    if likeness < LEGIBLE:
        return None
    height = line.printed.shape[0]
    digits = list(line.year)
    for place in TOLD_APART:
        first, last = line.columns[place]
        around = seen[
            max(0, top - NUDGE_PX) : top + height + NUDGE_PX,
            max(0, left + first - NUDGE_PX) : left + last + NUDGE_PX,
        ]
        alike = [_best(around, _blurred(drawn, blur)[:, first:last])[0] for drawn in line.drawn]
        best = int(np.argmax(alike))
        if alike[best] > alike[int(digits[place])] + BETTER:
            digits[place] = DIGITS[best]
    return "".join(digits)


def _blurred(drawn: Grey, deviation: float) -> Grey:
    return np.asarray(cv2.GaussianBlur(drawn, (0, 0), deviation), np.float32)


def _best(seen: Grey, drawn: Grey) -> tuple[float, tuple[int, int]]:
    """The highest correlation of a drawing within a picture, and where: left and top."""
    found = cv2.matchTemplate(seen, drawn, cv2.TM_CCOEFF_NORMED)
    _, highest, _, (left, top) = cv2.minMaxLoc(found)
    return float(highest), (int(left), int(top))
