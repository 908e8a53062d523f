"""An endless mix of spoiled cells with their glyphs, real boxes first.

What the collections lack is rendered: blank boxes, dashes and slashes, and ink that nobody can
read for certain.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.glyph import ALPHABET, BLANK, CROSS, DASH, DIGITS, UNREADABLE
from digitizer.training import strokes
from digitizer.training.augment import Picture, Strength, spoil
from digitizer.training.boxes import (
    SMALL,
    THIN_PEN,
    Box,
    Mask,
    digit_mask,
    empty_box,
    empty_cell,
    pen_mask,
    picture_mask,
    put_ink,
    small_digit_mask,
    traced_twice,
)
from digitizer.training.data import Boxes, Image
from digitizer.training.folds import FOLDS, NO_FOLD
from digitizer.training.lifting import coloured, lifted_ink
from digitizer.training.recipe import WIDE, Recipe
from digitizer.training.unreadable import lay_over, spoil_reading


class Example(NamedTuple):
    """A cell, its glyph, and the fold of the real boxes in it, `NO_FOLD` where it has none."""

    cell: NDArray[np.uint8]
    glyph: str
    fold: int


CLASS_BALANCE: Final = 0.5
"""0 draws boxes as often as they occur, 1 every class as often as the others."""

TRIES: Final = 60
"""Pairs of boxes looked at for two inks that disagree."""

TRACED_TWICE: Final = 0.2
"""How often a drawn digit is gone over once more; that spoils nothing."""

LOOSE: Final = 0.25
LOOSEST: Final = 0.22
"""So large a share of the blank boxes is cut loosely, by up to this share of their sides."""

SCANS: Final = 0.75
"""How often a cell of a printed table is seen as a scan."""

SCANNED_SIDE: Final = 40.0
"""Pixels of the longer side of such a cell at least: what is written in it is small."""

SCANNED_GLYPHS: Final = (0.85, 0.09)
"""Of the cells of printed tables, the shares with a digit and with a cross; others are blank."""

NEARLY_NOTHING: Final = Strength(0.3, 0.2)
"""So large a share of the real boxes is hardly spoiled: they are photos already."""


class Mix:
    """Draws one spoiled example after the other."""

    def __init__(
        self,
        real: Mapping[str, Boxes],
        public: Mapping[str, tuple[Image, NDArray[np.int64]]],
        rng: np.random.Generator,
        how: Strength | None = None,
        recipe: Recipe = WIDE,
    ) -> None:
        """`real` may hold `real_2024` and `real_2019`; `how` takes the place of the recipe's."""
        self.real = real
        self.public = public
        self.rng = rng
        self.recipe = recipe
        self.how = how or recipe.how
        absent = {name for name in ("real_2024", "real_2019") if name not in real}
        if not public:
            absent.add("public")
        self.sources = [name for name in recipe.shares if name not in absent]
        weights = np.array([recipe.shares[name] for name in self.sources])
        self.weights = weights / weights.sum()
        self.frequency = {name: _frequency(boxes.labels) for name, boxes in real.items()}
        pools = [*real.values()]
        self.inks = pools[0] if pools else None

    def draw(self) -> Example:
        """One example from a source chosen by the shares of the recipe."""
        return self.draw_from(str(self.rng.choice(self.sources, p=self.weights)))

    def draw_from(self, source: str) -> Example:
        """One example from a named source."""
        if source in self.real:
            return self._real(source)
        maker = {
            "public": self._public,
            "drawn": self._drawn,
            "scanned": self._scanned,
            "blank": self._blank,
            "dash": self._dash,
            "cross": self._cross,
            "unreadable": self._unreadable,
        }[source]
        return maker()

    def _real(self, source: str) -> Example:
        boxes = self.real[source]
        index = int(self.rng.choice(len(boxes.labels), p=self.frequency[source]))
        glyph = ALPHABET[boxes.labels[index]]
        as_it_is = self.rng.random() < self.recipe.as_photographed
        how = NEARLY_NOTHING if as_it_is else self.how
        cell = self._spoiled_crop(coloured(boxes.images[index]), how)
        return Example(cell, glyph, int(boxes.folds[index]))

    def _public(self) -> Example:
        image, glyph, fold = self._digit_ink()
        box = empty_box(self.rng)
        ink = picture_mask(box, image, self.rng)
        return self._made(box, put_ink(box, ink, self.rng), glyph, fold)

    def _digit_ink(self) -> tuple[Image, str, int]:
        """Ink of a digit, 255 is full ink: of a public set, or lifted out of a real box."""
        if self.inks is not None and self.rng.random() < self.recipe.lifted:
            index = int(self.rng.choice(np.flatnonzero(self.inks.labels < len(DIGITS))))
            ink = lifted_ink(self.inks.images[index])
            if ink is not None:
                return ink, DIGITS[self.inks.labels[index]], int(self.inks.folds[index])
        names = [*self.public]
        images, labels = self.public[names[int(self.rng.integers(len(names)))]]
        index = int(self.rng.integers(len(labels)))
        return images[index], DIGITS[labels[index]], NO_FOLD

    def _drawn(self) -> Example:
        glyph = DIGITS[int(self.rng.integers(10))]
        box = empty_box(self.rng)
        ink = digit_mask(box, glyph, self.rng)
        if self.rng.random() < TRACED_TWICE:
            ink = traced_twice(ink, self.rng)
        return self._made(box, put_ink(box, ink, self.rng), glyph)

    def _scanned(self) -> Example:
        """A cell of a printed table, mostly as an office scanner sees it."""
        box = empty_cell(self.rng)
        kind = self.rng.random()
        digits, crosses = SCANNED_GLYPHS
        fold = NO_FOLD
        if kind < digits:
            glyph, ink, fold = self._small_digit(box)
            picture = put_ink(box, ink, self.rng)
        elif kind < digits + crosses:
            shape = strokes.cross(self.rng)
            ink = pen_mask(
                box, shape, self.rng, fill=(0.3, 0.95), narrow=(0.6, 1.2), lean=0.3, pen=THIN_PEN
            )
            glyph, picture = CROSS, put_ink(box, ink, self.rng)
        else:
            glyph, picture = BLANK, box.image
        rect = (box.x, box.y, box.width, box.height)
        cell = spoil(picture, rect, self.rng, self.how, scans=SCANS, least_side=SCANNED_SIDE)
        return Example(cell, glyph, fold)

    def _small_digit(self, box: Box) -> tuple[str, Mask, int]:
        """Ink of a digit in a cell: its glyph, the ink, and the fold of the box it is from."""
        if not self.public or self.rng.random() < 0.3:
            glyph = DIGITS[int(self.rng.integers(10))]
            return glyph, small_digit_mask(box, glyph, self.rng), NO_FOLD
        image, glyph, fold = self._digit_ink()
        return glyph, picture_mask(box, image, self.rng, SMALL), fold

    def _blank(self) -> Example:
        # Where not even the frame can be seen, nobody knows that the box is blank.
        box = empty_box(self.rng, framed=True)
        if self.rng.random() < LOOSE:
            left, right, top, bottom = self.rng.uniform(0, LOOSEST, 4)
            box = Box(
                box.image,
                box.x - left * box.width,
                box.y - top * box.height,
                box.width * (1 + left + right),
                box.height * (1 + top + bottom),
            )
        return self._made(box, box.image, BLANK)

    def _dash(self) -> Example:
        box = empty_box(self.rng)
        if self.rng.random() < 0.6:
            shape = strokes.slash(self.rng, degrees=self.rng.normal(0, 6))
            size = {"fill": (0.3, 0.9), "narrow": (1.0, 1.0)}
        else:
            shape = strokes.slash(self.rng, degrees=self.rng.uniform(40, 56))
            size = {"fill": (0.85, 1.3), "narrow": (1.0, 1.1)}
        ink = pen_mask(box, shape, self.rng, fill=size["fill"], narrow=size["narrow"])
        return self._made(box, put_ink(box, ink, self.rng), DASH)

    def _cross(self) -> Example:
        box = empty_box(self.rng)
        shape = strokes.cross(self.rng)
        ink = pen_mask(box, shape, self.rng, fill=(0.22, 1.1), narrow=(0.6, 1.2), lean=0.3)
        return self._made(box, put_ink(box, ink, self.rng), CROSS)

    def _unreadable(self) -> Example:
        if self.inks is not None and self.rng.random() < 0.1:
            fold = int(self.rng.integers(FOLDS))
            overlaid = self._overlaid(self.inks, fold)
            if overlaid is not None:
                return Example(self._spoiled_crop(overlaid, self.how), UNREADABLE, fold)
        box = empty_box(self.rng)
        return self._made(box, spoil_reading(box, self.rng), UNREADABLE)

    def _overlaid(self, boxes: Boxes, fold: int) -> Picture | None:
        """Two real boxes of a fold whose inks disagree, one over the other; None if none did."""
        # A 1 leaves most of another digit to be read.
        digits = np.flatnonzero(
            (boxes.labels < len(DIGITS)) & (boxes.labels != 1) & (boxes.folds == fold)
        )
        if len(digits) < 2:
            return None
        for _ in range(TRIES):
            first, second = (int(i) for i in self.rng.choice(digits, 2))
            if boxes.labels[first] == boxes.labels[second]:
                continue
            under, over = coloured(boxes.images[first]), coloured(boxes.images[second])
            over = np.asarray(cv2.resize(over, under.shape[1::-1]), np.float32)
            overlaid = lay_over(under, over)
            if overlaid is not None:
                return overlaid
        return None

    def _made(self, box: Box, picture: Picture, glyph: str, fold: int = NO_FOLD) -> Example:
        cell = spoil(picture, (box.x, box.y, box.width, box.height), self.rng, self.how)
        return Example(cell, glyph, fold)

    def _spoiled_crop(self, crop: Picture, how: Strength) -> NDArray[np.uint8]:
        """Spoil a real crop, whose margin of 0 to 20 % is already in it."""
        height, width = crop.shape[:2]
        inset = 0.08 * min(height, width)
        rect = (inset, inset, width - 2 * inset, height - 2 * inset)
        return spoil(crop, rect, self.rng, how)


def _frequency(labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """How often to draw each box, between its own share and that of an equal class."""
    counts = np.bincount(labels, minlength=len(ALPHABET)).astype(np.float64)
    weights = np.maximum(counts[labels], 8.0) ** -CLASS_BALANCE
    return np.asarray(weights / weights.sum(), np.float64)
