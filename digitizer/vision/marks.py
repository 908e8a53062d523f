"""Read filled bubbles: from the ink of each column to what it may say, and never a default digit.

Each bubble is empty, filled, or marked in some other way (ticked, ringed, crossed by another
stroke). Each page has its own darkness of a filled bubble, found on the page with all columns
together. What a column says follows by Bayes' rule; nothing is decided here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from digitizer.domain.glyph import BLANK, DIGITS, UNREADABLE
from digitizer.vision.bubble_ink import ColumnInk, Floats, measure_columns
from digitizer.vision.ink import GreyImage
from digitizer.vision.photo import BgrImage
from digitizer.vision.segment import Cell

PRIOR_NONE: Final = 0.3
PRIOR_ONE: Final = 0.67
"""About so many columns have no bubble filled, and just one: a number has two or three digits."""

EXTRA: Final = 0.015
MARKED: Final = 0.003
"""Prior odds that a bubble is filled beside another, and that it is marked in some other way."""

STRAY_SHARE: Final = 1 / 3
STRAY_KEEPS: Final = 0.8
"""A mark less dark than this share of the filled bubbles may be a stroke from elsewhere; beside a
filled bubble it leaves the digit so likely."""

RAREST: Final = 1e-10
"""No density is taken for less, so that products over ten bubbles stay within a float's range."""

LEVELS: Final = np.linspace(0.06, 0.92, 44)
"""Darkness that filled bubbles may have on a page, from a light pencil to a marker."""

INTENDED_FROM: Final = 0.15
"""A bubble no darker than this may as well be crossed by a stroke from elsewhere, however dark the
page's others are."""

ORDINARY_FROM: Final = 0.4
ORDINARY_SHARE: Final = 0.85
"""Pens and markers blacken bubbles to 0.44 to 0.84 (3,000 columns of generated photos)."""

LEVEL_SPREAD: Final = (0.02, 0.08)
"""Scale of the spread of filled bubbles on one page: a constant and a share of the level."""

DARKER: Final = 0.1
"""So many are darker than the page's others without a limit: one blackened where others tick."""

EMPTY_SPREAD: Final = 0.005
LIGHTER_SPREAD: Final = 0.05
"""Least scale of the spread of empty bubbles on the darker side (0.004 in the middle of generated
photos, 0.037 at most), and on the lighter: what is lighter than its paper holds no ink."""

AROUND_SPREAD: Final = (0.006, 0.02)
"""The same for the ink outside the ring of an empty bubble and of a filled one."""

MARK_RANGE: Final = (1.3, 0.5)
"""Other marks are as likely anywhere over this range of fill and of ink outside the ring."""

RINGS_AT: Final = 0.45
RINGS_SOFTNESS: Final = 0.03
"""Correlation with printed rings at which a column is as likely in its place as not, and by which
the odds grow e-fold. In place: 0.59 and more; a third of a row beside: 0.45 and less."""

DEPTH_AT: Final = 0.45
DEPTH_SOFTNESS: Final = 0.04
"""The same for each bubble's depth of print: below it a reflection may have burnt a filled bubble
out. Bubbles in sight: 0.74 and more but for one in a thousand; burnt out as if empty: 0.4."""

PROBABLE_AT_BEST: Final = 0.9995
"""No column is surer than this; a smudge that looks filled is always possible."""


@dataclass(frozen=True, slots=True)
class ColumnScores:
    """What one column of ten bubbles may say; the probabilities sum to 1.

    Attributes:
        filled: probability that exactly this digit's bubble is filled, 0 to 9.
        none: that no bubble is.
        several: that more than one is.
        smudged: that there is other ink, or that the column is not seen well enough to tell.
    """

    filled: tuple[float, ...]
    none: float
    several: float
    smudged: float

    @property
    def ranked(self) -> tuple[tuple[str, float], ...]:
        """Glyphs with probabilities, most likely first.

        A digit, `_` for none, `?` for several or smudged.
        """
        pairs = [*zip(DIGITS, self.filled, strict=True), (BLANK, self.none)]
        pairs.append((UNREADABLE, self.several + self.smudged))
        return tuple(sorted(pairs, key=lambda pair: -pair[1]))

    @property
    def top(self) -> str:
        """The most likely glyph; `?` where nothing reaches one half."""
        glyph, probability = self.ranked[0]
        return glyph if probability >= 0.5 else UNREADABLE


UNSEEN: Final = ColumnScores((0.0,) * 10, 0.0, 0.0, 1.0)
"""Of a column that the photo cuts off, or that may be another place of the page."""


def bubble_scores(cells: Sequence[Cell], ink_grey: float) -> Mapping[tuple[str, int], ColumnScores]:
    """Scores of every bubble column of a page, by field and decimal place.

    Args:
        cells: the page's bubble cells, in any order.
        ink_grey: grey level of black print on this page.
    """
    columns: dict[tuple[str, int], list[Cell]] = {}
    for cell in sorted(cells, key=lambda cell: cell.row):
        columns.setdefault((cell.field, cell.place), []).append(cell)
    scores = dict.fromkeys(columns, UNSEEN)
    seen = [key for key, column in columns.items() if all(c.whole and c.found for c in column)]
    if not seen:
        return scores
    size = columns[seen[0]][0].image.shape[1::-1]
    grey = [[_grey(cell.image, size) for cell in columns[key]] for key in seen]
    ink = measure_columns(np.array(grey, np.uint8), ink_grey)
    return scores | dict(zip(seen, column_scores(ink), strict=True))


def _grey(image: BgrImage, size: Sequence[int]) -> GreyImage:
    """A bubble's cell in grey, at the (width, height) that the page's bubbles have."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, tuple(size)), np.uint8)


def column_scores(ink: ColumnInk) -> tuple[ColumnScores, ...]:
    """What the columns of one page say, from their ink, each with the others' help.

    Sums over the levels that filled bubbles may have, each weighed by how well it explains all
    columns of the page.
    """
    said = _said(ink)
    likelihood = said.sum(axis=2)
    weight = np.log(likelihood).sum(axis=1) + np.log(_level_prior())
    weight = np.exp(weight - weight.max())
    posterior = np.einsum("l,lco->co", weight / weight.sum(), said / likelihood[..., None])
    seen = _logistic((ink.rings - RINGS_AT) / RINGS_SOFTNESS)
    seen *= np.prod(_logistic((ink.depth - DEPTH_AT) / DEPTH_SOFTNESS), axis=1)
    posterior *= PROBABLE_AT_BEST * seen[:, None]
    posterior[:, -1] += 1 - posterior.sum(axis=1)
    return tuple(
        ColumnScores(tuple(row[:10]), row[10], row[11], max(0.0, row[12]))
        for row in posterior.tolist()
    )


def _said(ink: ColumnInk) -> Floats:
    """Joint likelihood of each level, column and outcome: ten digits, none, several, smudged.

    All are relative to the likelihood that all ten bubbles are empty.
    """
    spread = max(EMPTY_SPREAD, _scale(ink.fill))
    outside = max(AROUND_SPREAD[0], _scale(ink.around))
    empty = _bell(ink.fill, _sided(ink.fill, spread)) / spread
    empty *= _bell(ink.around, _sided(ink.around, outside)) / outside
    level = LEVELS[:, None, None]
    width = LEVEL_SPREAD[0] + LEVEL_SPREAD[1] * level
    darkness = (1 - DARKER) * _bell(ink.fill - level, width) / width
    darkness += DARKER * (ink.fill > level) / (1 - level)
    filled = darkness * _bell(ink.around, AROUND_SPREAD[1]) / AROUND_SPREAD[1] / empty
    marked = MARKED / (MARK_RANGE[0] * MARK_RANGE[1]) / empty
    stray = marked * (ink.fill < STRAY_SHARE * level) * MARK_RANGE[0] / (STRAY_SHARE * level)

    one = PRIOR_ONE / 10 * filled
    others = _others(1 + marked)[None]
    beside = _others(1 + marked + stray) - others
    digits = one * (1 + STRAY_KEEPS * beside)
    intended = 1 - np.exp(-((ink.fill / INTENDED_FROM) ** 2))
    several = np.prod(1 + EXTRA * filled, axis=2) - 1 - EXTRA * filled.sum(axis=2)
    several = np.maximum(several, 0)
    smudged = PRIOR_NONE * (np.prod(1 + marked, axis=1)[None] - 1)
    smudged = smudged + (one * (others - 1 + (1 - STRAY_KEEPS) * beside)).sum(axis=2)
    smudged += (digits * (1 - intended)).sum(axis=2)
    none = np.full_like(several, PRIOR_NONE)
    return np.concatenate([digits * intended, np.stack([none, several, smudged], axis=2)], axis=2)


def _others(factors: Floats) -> Floats:
    """For each bubble the product of the factors of the nine others."""
    return np.asarray(np.prod(factors, axis=-1, keepdims=True) / factors, np.float64)


def _logistic(odds: Floats) -> Floats:
    """The probability of logarithmic odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -50, 50))), np.float64)


def _bell(distance: Floats, scale: Floats | float) -> Floats:
    """Student's density with 10 degrees of freedom, about 0.39 in its middle.

    Its tails are as heavy as the few odd bubbles of generated photos ask for.
    """
    return np.maximum(0.389 * (1 + (distance / scale) ** 2 / 10) ** -5.5, RAREST)


def _sided(values: Floats, darker: float) -> Floats:
    """The scale of the spread on either side of none."""
    return np.where(values < 0, max(darker, LIGHTER_SPREAD), darker)


def _scale(values: Floats) -> float:
    """The scale of their spread that a few filled bubbles do not move (1.4826 MAD)."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def _level_prior() -> Floats:
    ordinary = LEVELS >= ORDINARY_FROM
    share = np.where(ordinary, ORDINARY_SHARE, 1 - ORDINARY_SHARE)
    return np.asarray(share / np.where(ordinary, ordinary.sum(), (~ordinary).sum()), np.float64)
