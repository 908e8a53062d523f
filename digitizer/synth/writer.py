"""One person's handwriting on a form: glyphs, marks, turus and words as strokes."""

import textwrap
from typing import Final, Literal

import numpy as np

from digitizer.domain.geometry import Rect, bounding_rect
from digitizer.domain.glyph import BLANK, CROSS, DASH, DIGITS, UNREADABLE
from digitizer.synth import glyphs
from digitizer.synth.bubbles import BubbleFill, bubble_pulls
from digitizer.synth.glyphs import Points
from digitizer.synth.hand import Hand
from digitizer.synth.strokes import (
    Pen,
    Stroke,
    kept_inside,
    shape_curves,
    wander,
    warp,
)
from digitizer.synth.turus import TurusHabit, strike_lines, tally_lines

LETTER_PITCH: Final = 0.82
LINE_PITCH: Final = 1.35
"""From letter to letter and from line to line, in heights of a capital."""

OddInk = Literal["overwritten", "scribble", "corrected"]

OVERWRITTEN: Final = ("25", "46", "04", "34", "26", "52", "48", "73", "37", "49", "94", "62")
"""Pairs of digits of which neither hides in the other, as a 3 does in an 8."""


class Writer:
    """Turns glyphs, bubbles, turus and words into strokes on the page, in one hand.

    All rectangles and strokes are in page millimetres; ink stays within the rectangle it is given.
    """

    def __init__(
        self, hand: Hand, rng: np.random.Generator, habit: TurusHabit | None = None
    ) -> None:
        """One hand; without a habit its turus are the neat ones of the shipped samples."""
        self.hand = hand
        self.rng = rng
        self.habit = habit

    @property
    def pen(self) -> Pen:
        return self.hand.pen

    def glyph(self, glyph: str, box: Rect, *, guided: bool = False) -> list[Stroke]:
        """One character of `ALPHABET` in a digit box; `_` leaves it empty, `?` is odd ink.

        Raises:
            ValueError: `glyph` is not in the alphabet.
        """
        if glyph == BLANK:
            return []
        if glyph == CROSS:
            return self._cross(box)
        if glyph == DASH:
            return self._dash(box)
        if glyph == UNREADABLE:
            kinds: tuple[OddInk, ...] = ("overwritten", "scribble", "corrected")
            return self.odd(kinds[self.rng.integers(len(kinds))], box)
        if len(glyph) == 1 and glyph in DIGITS:
            return self._digit(glyph, box, guided=guided)
        raise ValueError(f"glyph {glyph!r} cannot be written; needed a digit, X, -, _ or ?")

    def odd(self, kind: OddInk, box: Rect) -> list[Stroke]:
        """Ink that nobody can name with certainty."""
        pair = OVERWRITTEN[self.rng.integers(len(OVERWRITTEN))]
        if kind == "overwritten":
            return self._digit(pair[0], box) + self._digit(pair[1], box)
        if kind == "corrected":
            # Fluid over a digit and nothing written on it yet.
            cover = self._zigzag(box.grown(-box.width * 0.3), 4, box.width * 0.13, fluid=True)
            return [*self._digit(pair[0], box), cover]
        return [self._zigzag(box.grown(-box.width * 0.2), 9, self.pen.width * 1.3)]

    def bubble(self, circle: Rect, fill: BubbleFill | None = None) -> list[Stroke]:
        """A marked circle; by habit, or as asked."""
        pulls = bubble_pulls(fill or self.hand.bubble_fill, circle, self.pen.width, self.rng)
        return [self._stroke(pull.points, pull.width) for pull in pulls]

    def turus(self, cells: tuple[tuple[Rect, ...], ...], count: int) -> list[Stroke]:
        """Tally strokes, five a cell, row by row: four upright and the fifth across, or by habit.

        Raises:
            ValueError: the cells have no room for `count` strokes.
        """
        flat = [cell for row in cells for cell in row]
        if count > 5 * len(flat):
            raise ValueError(f"{count} turus need more than {len(flat)} cells of five")
        if self.habit is not None:
            lines = tally_lines(cells, count, self.habit, self.rng)
            return [self._stroke(line) for line in lines]
        strokes: list[Stroke] = []
        for index in range(-(-count // 5)):
            strokes += self._five(flat[index], min(5, count - 5 * index))
        return strokes

    def strike(self, rows: tuple[tuple[Rect, ...], ...]) -> list[Stroke]:
        """Unused tally rows struck out: one long Z, or what the habit says."""
        if self.habit is not None:
            return [self._stroke(line) for line in strike_lines(rows, self.habit, self.rng)]
        if not rows:
            return []
        area = bounding_rect(rect for row in rows for rect in row)
        inner = area.grown(-min(2.5, area.height * 0.15))
        return self._shape(glyphs.LETTERS["Z"], inner, noise=0.006)

    def words(self, text: str, area: Rect, *, height: float = 8.5) -> list[Stroke]:
        """Capitals of at most `height` mm in the upper part of `area`, on as few lines as fit.

        Raises:
            ValueError: the text holds a character this hand cannot write.
        """
        digits = {d: glyphs.NORMAL_DIGITS[d][self._allograph(d)] for d in DIGITS}
        shapes = {**glyphs.LETTERS, **digits}
        if unknown := sorted({c for c in text.upper() if c != " " and c not in shapes}):
            raise ValueError(f"no letter shape for {unknown} in {text!r}")
        lines, size = _wrapped(text.upper(), area, height)
        strokes: list[Stroke] = []
        for row, line in enumerate(lines):
            for column, letter in enumerate(line):
                if letter == " ":
                    continue
                x = area.x + 2 + column * LETTER_PITCH * size
                y = area.y + (area.height - len(lines) * LINE_PITCH * size) * 0.4
                y += (row * LINE_PITCH + self.rng.normal(0, 0.03)) * size
                slot = Rect(x, y, size * 0.62, size)
                # A marker's tip would close small letters; crews then write lightly.
                width = min(self.pen.width, 0.12 * size)
                noise = self.hand.shape_noise
                strokes += self._shape(shapes[letter], slot, noise=noise, width=width)
        return strokes

    def signature(self, area: Rect) -> list[Stroke]:
        """A scribble that is nobody's name, so that tests can prove it is painted out."""
        count = int(self.rng.integers(9, 15))
        x = np.linspace(0.1, 0.9, count) + self.rng.normal(0, 0.05, count)
        y = 0.5 + self.rng.normal(0, 0.2, count)
        loops = " ".join(f"{100 * a:.1f},{100 * b:.1f}" for a, b in zip(x, y, strict=True))
        return self._shape(loops, area.grown(-min(area.width, area.height) * 0.18), noise=0.02)

    def _digit(self, digit: str, box: Rect, *, guided: bool = False) -> list[Stroke]:
        square = guided and self.hand.square
        shapes = (glyphs.SQUARE_DIGITS if square else glyphs.NORMAL_DIGITS)[digit]
        shape = shapes[self._allograph(digit) % len(shapes)]
        # The printed guide covers 0.49 x 0.78 of the box.
        width, height = (0.49, 0.76) if square else (self.hand.width, self.hand.height)
        if digit == "1" and not square:
            width *= 0.55
        slot = self._slot(box, width, height, loose=0.02 if square else 0.04)
        noise = self.hand.shape_noise * (0.7 if square else 1.0)
        return self._shape(shape, slot, slant=not square, noise=noise, within=box)

    def _cross(self, box: Rect) -> list[Stroke]:
        shape = glyphs.CROSSES[self._allograph("0") % len(glyphs.CROSSES)]
        size = float(np.clip(self.hand.cross_size + self.rng.normal(0, 0.04), 0.4, 0.96))
        slot = self._slot(box, size * (0.8 if size < 0.85 else 1.0), size, loose=0.03)
        return self._shape(shape, slot, noise=self.hand.shape_noise, within=box)

    def _dash(self, box: Rect) -> list[Stroke]:
        slash = self._allograph("1") % 3 == 0
        shapes = glyphs.SLASHES if slash else glyphs.DASHES
        shape = shapes[self._allograph("7") % len(shapes)]
        # A slash strikes the box out from corner to corner; a short one would be a 1.
        slot = self._slot(box, 0.8, 0.74, 0.02) if slash else self._slot(box, 0.55, 0.6)
        return self._shape(shape, slot, noise=0.02, within=box)

    def _five(self, cell: Rect, count: int) -> list[Stroke]:
        inner = cell.grown(-min(cell.width, cell.height) * 0.16)
        lean = self.hand.slant * 0.15 * inner.width
        strokes = []
        for index in range(min(count, 4)):
            x = inner.x + inner.width * (0.1 + 0.27 * index) + self.rng.normal(0, 0.25)
            ends = np.array([[x + lean, inner.y], [x - lean, inner.bottom]])
            ends += self.rng.normal(0, 0.03 * inner.height, (2, 2)) * (0.3, 1.0)
            strokes.append(self._stroke(kept_inside([ends], cell.grown(-0.6))[0]))
        if count == 5:
            across = np.array([[inner.x - 0.5, inner.bottom - 1], [inner.right + 0.5, inner.y + 1]])
            across += self.rng.normal(0, 0.04 * inner.height, (2, 2))
            strokes.append(self._stroke(kept_inside([across], cell.grown(-0.6))[0]))
        return strokes

    def _slot(self, box: Rect, width: float, height: float, loose: float = 0.04) -> Rect:
        """Where in the box a glyph goes: about the middle, never quite."""
        scale = 1 + self.rng.normal(0, 0.04)
        w, h = box.width * width * scale, box.height * height * scale
        dx, dy = np.clip(self.rng.normal(0, loose, 2), -2 * loose, 2 * loose)
        return Rect(
            box.x + (box.width - w) / 2 + dx * box.width,
            box.y + (box.height - h) / 2 + dy * box.height,
            w,
            h,
        )

    def _allograph(self, digit: str) -> int:
        return self.hand.allographs[digit] % len(glyphs.NORMAL_DIGITS[digit])

    def _shape(
        self,
        shape: str,
        slot: Rect,
        *,
        slant: bool = False,
        noise: float,
        within: Rect | None = None,
        width: float | None = None,
    ) -> list[Stroke]:
        """A shape of glyphs.py in `slot`, kept within `within` (the slot by default)."""
        bend = warp(self.rng, noise)
        curves = [bend(curve) for curve in shape_curves(shape)]
        placed = [self._place(curve, slot) for curve in curves]
        if slant:
            lean = self.hand.slant + self.rng.normal(0, 0.03)
            placed = [p - np.outer(p[:, 1] - slot.centre.y, (lean, 0.0)) for p in placed]
        room = (within or slot).grown(-self.pen.width * 0.65)
        return [self._stroke(curve, width) for curve in kept_inside(placed, room)]

    def _place(self, curve: Points, slot: Rect) -> Points:
        """From the unit square to the page."""
        return np.asarray(curve * (slot.width, slot.height) + (slot.x, slot.y))

    def _zigzag(self, area: Rect, turns: int, width: float, *, fluid: bool = False) -> Stroke:
        y = np.linspace(0, 1, 2 * turns)
        x = np.arange(2 * turns) % 2 + self.rng.normal(0, 0.06, 2 * turns)
        points = self._place(np.column_stack([x, y]), area)
        return Stroke(points, np.full(len(points), width), fluid=fluid)

    def _stroke(self, points: Points, width: float | None = None) -> Stroke:
        if len(points) == 2:
            share = np.linspace(0, 1, 8)[:, None]
            points = points[0] * (1 - share) + points[1] * share
        middle = width or self.pen.width
        widths = middle * (1 + 0.1 * wander(self.rng, len(points)))
        return Stroke(points, np.clip(widths, middle * 0.6, middle * 1.3))


def _wrapped(text: str, area: Rect, height: float) -> tuple[list[str], float]:
    """The text on the number of lines that allows the largest capitals, and their height."""
    best: tuple[list[str], float] = ([text], 0.0)
    for count in (1, 2, 3):
        width = -(-len(text) // count) + (4 if count > 1 else 0)
        lines = textwrap.wrap(text, max(width, 1)) or [""]
        across = (area.width - 4) / (LETTER_PITCH * max(1, *map(len, lines)))
        size = min(height, across, area.height * 0.85 / (LINE_PITCH * len(lines)))
        if size > best[1] * 1.1:
            best = (lines, size)
    return best
