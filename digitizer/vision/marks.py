"""Read filled bubbles: how dark each is against the page, and what that says of its column."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from digitizer.domain.glyph import BLANK, DIGITS, UNREADABLE
from digitizer.vision.photo import BgrImage
from digitizer.vision.segment import BUBBLE_MARGIN, Cell

FILLED_AT: Final = 0.25
"""Extra darkness at which a bubble is as likely filled as not; see `column_scores`."""

SOFTNESS: Final = 0.025
"""Extra darkness by which the odds of being filled grow e-fold."""

FOUND_RINGS: Final = 6
"""A column of which fewer rings are found may be another place of the page: nothing is said."""

PROBABLE_AT_BEST: Final = 0.9995
"""No column is surer than this; a smudge that looks filled is always possible."""


@dataclass(frozen=True, slots=True)
class ColumnScores:
    """What one column of ten bubbles may say; the probabilities sum to 1.

    Attributes:
        filled: probability that exactly this digit's bubble is filled, 0 to 9.
        none: that no bubble is.
        unclear: that several are, or that one cannot tell.
    """

    filled: tuple[float, ...]
    none: float
    unclear: float

    @property
    def ranked(self) -> tuple[tuple[str, float], ...]:
        """Glyphs with probabilities, most likely first: a digit, `_` for none, `?` for unclear."""
        pairs = [*zip(DIGITS, self.filled, strict=True), (BLANK, self.none)]
        pairs.append((UNREADABLE, self.unclear))
        return tuple(sorted(pairs, key=lambda pair: -pair[1]))

    @property
    def top(self) -> str:
        """The most likely glyph; `?` where nothing reaches one half."""
        glyph, probability = self.ranked[0]
        return glyph if probability >= 0.5 else UNREADABLE


def fill_score(cell: BgrImage, ink_grey: float) -> float:
    """Mean darkness inside a bubble: 0 as the paper around it, 1 as the print of the page.

    Args:
        cell: a bubble with its margin.
        ink_grey: grey level of black print on this page.
    """
    grey = cv2.cvtColor(cell, cv2.COLOR_BGR2GRAY).astype(np.float64)
    height, width = grey.shape
    y, x = np.mgrid[:height, :width]
    radius = min(height, width) / 2 / (1 + 2 * BUBBLE_MARGIN)
    away = np.hypot(x - (width - 1) / 2, y - (height - 1) / 2) / radius
    paper = float(np.percentile(grey[away > 1.05], 75))
    inside = float(grey[away < 0.8].mean())
    return (paper - inside) / max(paper - ink_grey, 20.0)


def bubble_scores(cells: Sequence[Cell], ink_grey: float) -> Mapping[tuple[str, int], ColumnScores]:
    """Scores of every bubble column of a page, by field and decimal place.

    Args:
        cells: the page's bubble cells, in any order.
        ink_grey: grey level of black print on this page.
    """
    dark = {(cell.field, cell.place, cell.row): fill_score(cell.image, ink_grey) for cell in cells}
    seen = {(cell.field, cell.place): True for cell in cells}
    unseen = {(cell.field, cell.place) for cell in cells if not cell.whole}
    rings = Counter((cell.field, cell.place) for cell in cells if cell.found)
    unseen |= {column for column in seen if rings[column] < FOUND_RINGS}
    by_digit = [[score for (*_, row), score in dark.items() if row == digit] for digit in range(10)]
    empty = [float(np.median(scores)) if scores else 0.0 for scores in by_digit]
    return {
        column: UNCLEAR
        if column in unseen
        else column_scores([dark[(*column, digit)] for digit in range(10)], empty)
        for column in seen
    }


UNCLEAR: Final = ColumnScores((0.0,) * 10, 0.0, 1.0)


def column_scores(dark: Sequence[float], empty: Sequence[float]) -> ColumnScores:
    """What a column says, from the darkness of its bubbles.

    Args:
        dark: `fill_score` of the bubbles 0 to 9.
        empty: the same of an empty bubble with that digit printed in it.

    A bubble's odds of being filled are logistic in its extra darkness over an empty one. Where the
    whole column is darker than empty ones (a shadow, dirt), its own middle counts as empty.
    """
    extra = np.asarray(dark) - np.asarray(empty)
    extra = extra - float(np.median(extra))
    filled = [1 / (1 + math.exp(-(value - FILLED_AT) / SOFTNESS)) for value in extra]
    none = math.prod(1 - p for p in filled)
    only = [
        p * math.prod(1 - other for j, other in enumerate(filled) if j != i)
        for i, p in enumerate(filled)
    ]
    clear = [share * PROBABLE_AT_BEST for share in (*only, none)]
    return ColumnScores(tuple(clear[:10]), clear[10], max(0.0, 1 - sum(clear)))
