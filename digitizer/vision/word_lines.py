"""From the area of a number in words to its lines, each a strip of ink of one height."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.vision.ink import Ink, ink_of
from digitizer.vision.photo import BgrImage

HEIGHT: Final = 40
"""Height of a strip, in pixels."""

TEXT: Final = 26
"""So many of them the letters of a line take, capitals or those with ascenders."""

WIDEST: Final = 960
"""Of a strip, in pixels; a longer line is pressed together."""

NEAR: Final = 14
"""Paper farther than so many pixels of a strip from any ink is cut out: words may stand anywhere
in their line, and how far apart they stand says nothing."""

STEP: Final = 4
"""The width of a strip is a multiple of this: so many pixels are one frame of the network."""

FAINTEST: Final = 40
"""Ink less dark than this (of 255) is none: print that shines through, a watermark, noise."""

STRONG: Final = 0.38
"""Share of the darkest ink from which on a pixel tells where lines are."""

PALE: Final = 0.22
"""Share of it from which on a pixel may be of a letter: a pale pen beside black print."""

RULE: Final = 1.6
"""What runs straight across for so many heights of an area of one line is printed, not written."""

QUIET: Final = 0.10
"""Rows with less than this share of the ink of the fullest row lie between lines."""

LEAST_LINE: Final = 0.34
"""A band that is lower than this share of the tallest one is a dot or a tail, and no line."""

MARGIN: Final = (HEIGHT - TEXT) / 2 / TEXT
"""Around the letters of a line, as a share of their height."""


class Line(NamedTuple):
    """One line of letters.

    Attributes:
        rows: of the area that its letters take.
        strip: its ink, (`HEIGHT`, width), 0 for paper and 1 for the darkest ink.
    """

    rows: slice
    strip: NDArray[np.float32]


def word_lines(area: BgrImage) -> tuple[Line, ...]:
    """The lines of an area, top to bottom; none where nothing is written.

    Args:
        area: the picture of the area, with little around it.
    """
    grey = np.asarray(cv2.cvtColor(area, cv2.COLOR_BGR2GRAY), np.uint8)
    ink = _without_rules(ink_of(grey, reach=4 * grey.shape[0] | 1))
    darkest = float(np.quantile(ink, 0.997))
    if darkest < FAINTEST:
        return ()
    strong = ink >= STRONG * darkest
    return tuple(Line(rows, _strip(ink, strong, rows, darkest)) for rows in _bands(strong))


def _without_rules(ink: Ink) -> Ink:
    """The ink without printed lines, along which it is as pale as beside them."""
    height, width = ink.shape
    rules = np.zeros_like(ink)
    across, down = min(width, round(RULE * height)), max(3, round(0.9 * height))
    for size in ((across, 1), (1, down)):
        kernel = np.ones(size[::-1], np.uint8)
        rules = np.maximum(rules, cv2.morphologyEx(ink, cv2.MORPH_OPEN, kernel))
    return np.asarray(cv2.subtract(ink, rules), np.uint8)


def _bands(strong: NDArray[np.bool_]) -> Iterator[slice]:
    """Rows of each line of letters."""
    profile = strong.sum(axis=1).astype(np.float32)
    smooth = cv2.blur(profile[:, None], (1, 3))[:, 0]
    busy = np.flatnonzero(smooth > QUIET * smooth.max())
    if not len(busy):
        return
    cuts = np.flatnonzero(np.diff(busy) > 1)
    tops, ends = busy[np.r_[0, cuts + 1]], busy[np.r_[cuts, len(busy) - 1]] + 1
    least = LEAST_LINE * (ends - tops).max()
    for top, end in zip(tops, ends, strict=True):
        if end - top >= least:
            yield slice(int(top), int(end))


def _strip(ink: Ink, strong: NDArray[np.bool_], rows: slice, darkest: float) -> NDArray[np.float32]:
    """One line at the height that the network sees, from its first letter to its last."""
    tall = rows.stop - rows.start
    columns = np.flatnonzero(strong[rows].any(axis=0))
    margin = MARGIN * tall
    left, right = columns[0] - margin, columns[-1] + 1 + margin
    scale = TEXT / tall
    width = min(max(round((right - left) * scale), STEP), WIDEST)
    along = width / (right - left)
    top = rows.start - margin
    matrix = np.array([[along, 0, -left * along], [0, scale, -top * scale]])
    if scale < 1:
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), 0.4 / scale), np.uint8)
    strip = cv2.warpAffine(ink, matrix, (width, HEIGHT), flags=cv2.INTER_LINEAR)
    letters = strip[round((HEIGHT - TEXT) / 2) : round((HEIGHT + TEXT) / 2)]
    written = np.any(letters >= PALE * darkest, axis=0, keepdims=True).astype(np.uint8)
    near = cv2.dilate(written, np.ones((1, 2 * NEAR + 1), np.uint8))
    strip = strip[:, near.ravel() > 0]
    strip = np.pad(strip, ((0, 0), (0, -strip.shape[1] % STEP)))
    return np.asarray(np.minimum(strip / np.float32(darkest), 1.0), np.float32)
