"""Draw digit boxes on paper: the frame, the dotted guide, and ink of any kind in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.glyph import DIGITS
from digitizer.training.strokes import Stroke, digit

Mask = NDArray[np.float32]
"""(SIDE, SIDE) share of ink, 0 to 1."""

SIDE: Final = 96
"""Pixels of the square picture in which a box is drawn."""

SMALL: Final = (0.3, 0.68)
"""Heights of digits written small, as shares of the cell's."""

PEN: Final = (0.022, 0.11)
THIN_PEN: Final = (0.025, 0.06)
"""Widths of a marker and of a ball pen, as shares of the box's."""

GONE_OVER: Final = (0.94, 1.06)
BESIDE: Final = 0.02
"""How much wider or narrower a digit is when it is written over itself, and how far beside, as a
share of the picture (standard deviation)."""

_GUIDE_ROWS: Final = (0.0, 0.5, 1.0)
_GUIDE_COLUMNS: Final = (0.0, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Box:
    """An empty box: its picture, (SIDE, SIDE, 3) float 0-255, and where the box lies in it."""

    image: NDArray[np.float32]
    x: float
    y: float
    width: float
    height: float

    def showing(self, picture: NDArray[np.float32]) -> "Box":
        """The same box with ink already in it."""
        return Box(picture, self.x, self.y, self.width, self.height)


def empty_box(rng: np.random.Generator, *, framed: bool = False) -> Box:
    """A box as printed, with room around it for what a loose cut takes in.

    Now and then its lines are missing, unless it must be `framed`.
    """
    width = SIDE * rng.uniform(0.62, 0.76)
    height = width * rng.choice([1.0, rng.uniform(0.75, 1.3)], p=[0.6, 0.4])
    height = min(height, SIDE * 0.85)
    x, y = (SIDE - width) / 2 + rng.normal(0, 1), (SIDE - height) / 2 + rng.normal(0, 1)
    image = _paper(rng)
    box = Box(image, x, y, width, height)
    dark = rng.uniform(0.05, 0.6)
    print_mask = np.zeros((SIDE, SIDE), np.float32)
    sides = rng.choice(
        ["all", "thirds", "none"], p=[0.8, 0.2, 0.0] if framed else [0.8, 0.14, 0.06]
    )
    _frame(print_mask, box, max(1, round(width * rng.uniform(0.02, 0.07))), sides, rng)
    image *= (1 - (1 - dark) * print_mask)[:, :, None]
    if rng.random() < 0.5:
        image *= (1 - rng.uniform(0.1, 0.45) * _guide(box, rng))[:, :, None]
    return box


def empty_cell(rng: np.random.Generator) -> Box:
    """A cell of a printed table as A4 forms have it: tall or wide, its neighbours touching it."""
    across, down = ((0.5, 0.64), (0.74, 0.86)) if rng.random() < 0.6 else ((0.76, 0.88), (0.5, 0.7))
    width, height = SIDE * rng.uniform(*across), SIDE * rng.uniform(*down)
    x, y = (SIDE - width) / 2, (SIDE - height) / 2
    box = Box(_paper(rng), x, y, width, height)
    mask = np.zeros((SIDE, SIDE), np.float32)
    pen = max(1, round(SIDE * rng.uniform(0.01, 0.05)))
    # The border of a cut may show the lines of the cell, or stop short of some of them.
    sides = rng.random(4) < 0.8
    for at, shown in zip((y, y + height), sides[:2], strict=True):
        if shown:
            cv2.line(mask, (0, round(at)), (SIDE, round(at)), 1.0, pen)
    for at, shown in zip((x, x + width), sides[2:], strict=True):
        if shown:
            cv2.line(mask, (round(at), 0), (round(at), SIDE), 1.0, pen)
    box.image[:] *= (1 - (1 - rng.uniform(0.05, 0.5)) * mask)[:, :, None]
    return box


def put_ink(box: Box, mask: Mask, rng: np.random.Generator) -> NDArray[np.float32]:
    """The picture of the box with ink of a pen's colour laid over it."""
    kind = rng.choice(["blue", "black", "red"], p=[0.5, 0.47, 0.03])
    tone = {"blue": (150, 70, 45), "black": (45, 42, 42), "red": (60, 50, 170)}[kind]
    ink = np.array(tone, np.float32) * rng.uniform(0.5, 1.35) + rng.normal(0, 10, 3)
    # Ink that a person would not see either teaches nothing but to guess.
    cover = mask[:, :, None] * rng.uniform(0.62, 1.0)
    multiplied = box.image * np.clip(ink, 5, 200).astype(np.float32) / 255
    return np.asarray(box.image * (1 - cover) + multiplied * cover, np.float32)


def pen_mask(
    box: Box,
    strokes: Sequence[Stroke],
    rng: np.random.Generator,
    *,
    fill: tuple[float, float] = (0.45, 0.85),
    narrow: tuple[float, float] = (0.5, 0.9),
    lean: float = 0.12,
    pen: tuple[float, float] = PEN,
) -> Mask:
    """Ink of pen strokes placed in a box.

    Args:
        box: where to write.
        strokes: in the unit square.
        rng: the hand.
        fill: range of the glyph's height as a share of the box's.
        narrow: range of the glyph's width as a share of its height.
        lean: largest slant, as horizontal shift over height.
        pen: range of the stroke's width as a share of the box's width.
    """
    height = box.height * rng.uniform(*fill)
    width = min(height * rng.uniform(*narrow), box.width * 0.95)
    free_x, free_y = max(box.width - width, 0), max(box.height - height, 0)
    left = box.x + free_x * np.clip(rng.normal(0.5, 0.17), 0, 1)
    top = box.y + free_y * np.clip(rng.normal(0.5, 0.17), 0, 1)
    slant = rng.uniform(-lean, lean)
    mask = np.zeros((SIDE * 2, SIDE * 2), np.uint8)
    stroke_px = max(2, round(2 * box.width * np.exp(rng.uniform(*np.log(pen)))))
    for stroke in strokes:
        x = left + width * stroke[:, 0] + slant * height * (0.5 - stroke[:, 1])
        points = np.column_stack([x, top + height * stroke[:, 1]]) * 2
        points += rng.normal(0, 0.35, points.shape)
        curve = np.round(points * 8).astype(np.int32)[:, None]
        cv2.polylines(mask, [curve], False, 255, stroke_px, cv2.LINE_AA, 3)
    return _inked(mask, rng)


def small_digit_mask(box: Box, glyph: str, rng: np.random.Generator) -> Mask:
    """Ink of a digit in a free hand that leaves most of a cell empty."""
    shape = digit(glyph, rng, square=False)
    return pen_mask(box, shape, rng, fill=SMALL, lean=0.25, pen=THIN_PEN)


def digit_mask(box: Box, glyph: str, rng: np.random.Generator, *, squares: float = 0.4) -> Mask:
    """Ink of a digit drawn in a box, traced along the guide (a share of `squares`) or freely."""
    square = bool(rng.random() < squares)
    shape = digit(glyph, rng, square=square)
    if square:
        return pen_mask(box, shape, rng, fill=(0.55, 0.82), narrow=(0.5, 0.8), lean=0.05)
    return pen_mask(box, shape, rng, lean=0.2)


def traced_twice(mask: Mask, rng: np.random.Generator) -> Mask:
    """Ink that the writer went over once more, a little beside the first time."""
    scale_x, scale_y = rng.uniform(*GONE_OVER, 2)
    shift = rng.normal(0, BESIDE * SIDE, 2)
    middle = SIDE / 2
    place = np.array(
        [
            [scale_x, rng.normal(0, 0.03), middle * (1 - scale_x) + shift[0]],
            [0, scale_y, middle * (1 - scale_y) + shift[1]],
        ]
    )
    again = cv2.warpAffine(mask, place, (SIDE, SIDE))
    return np.asarray(np.maximum(mask, again * rng.uniform(0.5, 1.0)), np.float32)


def any_digit_mask(box: Box, rng: np.random.Generator) -> Mask:
    """Ink of a digit, any of the ten."""
    return digit_mask(box, DIGITS[int(rng.integers(10))], rng)


def picture_mask(
    box: Box,
    ink: NDArray[np.uint8],
    rng: np.random.Generator,
    fill: tuple[float, float] = (0.4, 0.85),
) -> Mask:
    """Ink of a digit given as a picture, 255 is full ink, placed in a box.

    Args:
        box: where to write.
        ink: the picture.
        rng: the hand.
        fill: range of the digit's height as a share of the box's.
    """
    rows, columns = np.flatnonzero(ink.max(axis=1) > 60), np.flatnonzero(ink.max(axis=0) > 60)
    tight = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height = 2 * box.height * rng.uniform(*fill)
    scale_x = height / tight.shape[0] * rng.uniform(0.8, 1.25)
    width = int(max(3, min(tight.shape[1] * scale_x, 2 * box.width * 0.9)))
    resized = cv2.resize(tight, (width, int(height)), interpolation=cv2.INTER_CUBIC)
    pen = _sharpened(np.asarray(resized, np.uint8), rng)
    mask = np.zeros((SIDE * 2, SIDE * 2), np.uint8)
    free_x, free_y = 2 * box.width - pen.shape[1], 2 * box.height - pen.shape[0]
    left = int(2 * box.x + max(free_x, 0) * np.clip(rng.normal(0.5, 0.17), 0, 1))
    top = int(2 * box.y + max(free_y, 0) * np.clip(rng.normal(0.5, 0.17), 0, 1))
    mask[top : top + pen.shape[0], left : left + pen.shape[1]] = pen
    return _inked(mask, rng)


def _sharpened(ink: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A digit of few pixels redrawn with a clean edge and a thinner or thicker pen."""
    soft = cv2.GaussianBlur(ink, (0, 0), max(0.8, ink.shape[0] / 40))
    level = rng.uniform(90, 170)
    edged = (soft.astype(np.float32) - level) * 6 + 128
    return np.asarray(np.clip(edged, 0, 255), np.uint8)


def _inked(mask: NDArray[np.uint8], rng: np.random.Generator) -> Mask:
    """Half-size share of ink, with a pen that sometimes runs dry."""
    small = cv2.resize(mask, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    if rng.random() < 0.3:
        patchy = cv2.resize(rng.uniform(0.4, 1.1, (9, 9)).astype(np.float32), (SIDE, SIDE))
        small *= np.clip(patchy, 0, 1)
    return np.asarray(small, np.float32)


def _paper(rng: np.random.Generator) -> NDArray[np.float32]:
    """Paper with grain and, now and then, a stain, a crease or writing showing through."""
    tone = rng.uniform(170, 250) + rng.normal(0, 4, 3)
    image = np.ones((SIDE, SIDE, 3), np.float32) * tone.astype(np.float32)
    if rng.random() < 0.5:
        coarse = rng.normal(0, rng.uniform(1, 6), (12, 12)).astype(np.float32)
        image += cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)[:, :, None]
    if rng.random() < 0.12:
        blot = np.zeros((SIDE, SIDE), np.float32)
        centre = tuple(int(v) for v in rng.integers(0, SIDE, 2))
        radius = int(rng.integers(3, 25))
        cv2.circle(blot, centre, radius, 1.0, -1)
        image *= (1 - rng.uniform(0.02, 0.1) * cv2.GaussianBlur(blot, (0, 0), 3))[:, :, None]
    if rng.random() < 0.1:
        ends = [tuple(int(v) for v in rng.integers(0, SIDE, 2)) for _ in range(2)]
        crease = np.zeros((SIDE, SIDE), np.float32)
        cv2.line(crease, ends[0], ends[1], 1.0, 2)
        image *= (1 - rng.uniform(-0.06, 0.1) * cv2.GaussianBlur(crease, (0, 0), 1))[:, :, None]
    return image


def _frame(
    mask: NDArray[np.float32], box: Box, pen: int, sides: str, rng: np.random.Generator
) -> None:
    """Draw the box's printed lines, all four or the top and bottom of touching thirds."""
    x0, y0 = round(box.x), round(box.y)
    x1, y1 = round(box.x + box.width), round(box.y + box.height)
    if sides == "all":
        cv2.rectangle(mask, (x0, y0), (x1, y1), 1.0, pen)
    elif sides == "thirds":
        cv2.line(mask, (0, y0), (SIDE, y0), 1.0, pen)
        cv2.line(mask, (0, y1), (SIDE, y1), 1.0, pen)
        for x in (x0, x1):
            if rng.random() < 0.75:
                cv2.line(mask, (x, y0), (x, y1), 1.0, max(1, pen // 2))


def _guide(box: Box, rng: np.random.Generator) -> NDArray[np.float32]:
    """The dotted 8 that C.HASIL prints in a box for the writer to trace (half the box wide)."""
    mask = np.zeros((SIDE, SIDE), np.float32)
    width, height = box.width * rng.uniform(0.42, 0.56), box.height * rng.uniform(0.68, 0.82)
    left, top = box.x + (box.width - width) / 2, box.y + (box.height - height) / 2
    dots = {(column, row) for column in np.linspace(0, 1, 6) for row in _GUIDE_ROWS}
    dots |= {(column, row) for column in _GUIDE_COLUMNS for row in np.linspace(0, 1, 9)}
    radius = max(1, round(box.width * rng.uniform(0.006, 0.016)))
    for column, row in dots:
        centre = (round(left + width * column), round(top + height * row))
        cv2.circle(mask, centre, radius, 1.0, -1, cv2.LINE_AA)
    return mask
