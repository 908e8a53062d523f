"""An endless mix of spoiled cells with their glyphs, real boxes first.

What the collections lack is made here: blank boxes, dashes and slashes, and ink that nobody can
read for certain (overwritten, scribbled, cut off, struck by a Z, covered).
"""

from collections.abc import Mapping
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.glyph import ALPHABET, BLANK, CROSS, DASH, DIGITS, UNREADABLE
from digitizer.training import strokes
from digitizer.training.augment import Picture, Strength, spoil
from digitizer.training.boxes import Box, empty_box, pen_mask, picture_mask, put_ink
from digitizer.training.data import Boxes, Image

Example = tuple[NDArray[np.uint8], str]
"""A cell and its glyph."""

SHARES: Final[Mapping[str, float]] = {
    "real_2024": 0.42,
    "real_2019": 0.06,
    "public": 0.16,
    "drawn": 0.12,
    "blank": 0.09,
    "dash": 0.04,
    "cross": 0.04,
    "unreadable": 0.10,
}
"""How often each source is drawn from, relatively; a source that is absent is left out."""

CLASS_BALANCE: Final = 0.5
"""0 draws boxes as often as they occur, 1 every class as often as the others."""


LEAST_INK: Final = 40.0
"""Pixels of ink, at the size a box is drawn, below which it might as well be blank."""

PLAIN_INK: Final = 0.62
"""Ink is plain to see when it is darker than this share of the paper."""

LEAST_COVER: Final = 0.07
"""The share of the inner box that a plain digit covers at least."""

TRIES: Final = 60
"""Pairs of boxes looked at for two inks that disagree."""

LARGEST: Final = 110
"""Crops are first reduced to this many pixels."""


class Mix:
    """Draws one spoiled example after the other."""

    def __init__(
        self,
        real: Mapping[str, Boxes],
        public: Mapping[str, tuple[Image, NDArray[np.int64]]],
        rng: np.random.Generator,
        how: Strength | None = None,
    ) -> None:
        """`real` may hold `real_2024` and `real_2019`."""
        self.real = real
        self.public = public
        self.rng = rng
        self.how = how or Strength()
        absent = {name for name in ("real_2024", "real_2019") if name not in real}
        if not public:
            absent.add("public")
        self.sources = [name for name in SHARES if name not in absent]
        weights = np.array([SHARES[name] for name in self.sources])
        self.weights = weights / weights.sum()
        self.frequency = {name: _frequency(boxes.labels) for name, boxes in real.items()}
        pools = [*real.values()]
        self.inks = pools[0] if pools else None

    def draw(self) -> Example:
        """One example from a source chosen by `SHARES`."""
        return self.draw_from(str(self.rng.choice(self.sources, p=self.weights)))

    def draw_from(self, source: str) -> Example:
        """One example from a named source."""
        if source in self.real:
            return self._real(source)
        maker = {
            "public": self._public,
            "drawn": self._drawn,
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
        return self._spoiled_crop(_colour(boxes.images[index])), glyph

    def _public(self) -> Example:
        names = [*self.public]
        images, labels = self.public[names[int(self.rng.integers(len(names)))]]
        index = int(self.rng.integers(len(labels)))
        box = empty_box(self.rng)
        ink = picture_mask(box, images[index], self.rng)
        return self._spoiled_box(box, put_ink(box, ink, self.rng)), DIGITS[labels[index]]

    def _drawn(self) -> Example:
        glyph = DIGITS[int(self.rng.integers(10))]
        box = empty_box(self.rng)
        picture = put_ink(box, self._digit_mask(box, glyph), self.rng)
        return self._spoiled_box(box, picture), glyph

    def _blank(self) -> Example:
        # Where not even the frame can be seen, nobody knows that the box is blank.
        box = empty_box(self.rng, framed=True)
        return self._spoiled_box(box, box.image), BLANK

    def _dash(self) -> Example:
        box = empty_box(self.rng)
        if self.rng.random() < 0.6:
            shape = strokes.slash(self.rng, degrees=self.rng.normal(0, 6))
            size = {"fill": (0.3, 0.9), "narrow": (1.0, 1.0)}
        else:
            shape = strokes.slash(self.rng, degrees=self.rng.uniform(40, 56))
            size = {"fill": (0.85, 1.3), "narrow": (1.0, 1.1)}
        ink = pen_mask(box, shape, self.rng, fill=size["fill"], narrow=size["narrow"])
        return self._spoiled_box(box, put_ink(box, ink, self.rng)), DASH

    def _cross(self) -> Example:
        box = empty_box(self.rng)
        shape = strokes.cross(self.rng)
        ink = pen_mask(box, shape, self.rng, fill=(0.22, 1.1), narrow=(0.6, 1.2), lean=0.3)
        return self._spoiled_box(box, put_ink(box, ink, self.rng)), CROSS

    def _unreadable(self) -> Example:
        if self.inks is not None and self.rng.random() < 0.2:
            overlaid = self._overlaid(self.inks)
            if overlaid is not None:
                return overlaid, UNREADABLE
        box = empty_box(self.rng)
        makers = (
            self._overwritten,
            self._scribbled,
            self._struck_out,
            self._beneath_fluid,
            self._foreign_object,
            self._cut_off,
            self._burnt_out,
            self._featureless,
        )
        picture = makers[int(self.rng.integers(len(makers)))](box)
        return self._spoiled_box(box, picture), UNREADABLE

    def _overlaid(self, boxes: Boxes) -> NDArray[np.uint8] | None:
        """Two real boxes whose inks disagree, laid over each other; None if none were found."""
        digits = np.flatnonzero(boxes.labels < len(DIGITS))
        for _ in range(TRIES):
            first, second = (int(i) for i in self.rng.choice(digits, 2))
            if boxes.labels[first] == boxes.labels[second]:
                continue
            under, over = _colour(boxes.images[first]), _colour(boxes.images[second])
            over = np.asarray(cv2.resize(over, under.shape[1::-1]), np.float32)
            if _disagree(under, over):
                paper = np.percentile(over.reshape(-1, 3), 75, axis=0)
                share = np.clip(over / np.maximum(paper, 1), 0, 1)
                share = np.where(share > 0.9, 1.0, share).astype(np.float32)
                height, width = under.shape[:2]
                inner = np.ones_like(share)
                rows, columns = height // 5, width // 5
                inner[rows:-rows, columns:-columns] = share[rows:-rows, columns:-columns]
                return self._spoiled_crop(np.asarray(under * inner, np.float32))
        return None

    def _overwritten(self, box: Box) -> Picture:
        shape = strokes.overwritten(self.rng)
        return put_ink(box, pen_mask(box, shape, self.rng, fill=(0.6, 0.9)), self.rng)

    def _scribbled(self, box: Box) -> Picture:
        picture = box.image
        if self.rng.random() < 0.6:
            picture = put_ink(box, self._digit_mask(box, self._any_digit()), self.rng)
        shape = strokes.scribble(self.rng)
        ink = pen_mask(box, shape, self.rng, fill=(0.5, 1.0), narrow=(0.8, 1.2))
        return put_ink(_with(box, picture), ink, self.rng)

    def _struck_out(self, box: Box) -> Picture:
        """A Z, or a slash or bar through a digit."""
        if self.rng.random() < 0.4:
            shape = strokes.zigzag(self.rng)
            return put_ink(box, pen_mask(box, shape, self.rng, narrow=(0.9, 1.2)), self.rng)
        glyph = str(self.rng.choice(list("0235689")))
        picture = put_ink(box, self._digit_mask(box, glyph), self.rng)
        angle = self.rng.uniform(35, 60) if glyph != "0" or self.rng.random() < 0.7 else 0.0
        shape = strokes.slash(self.rng, degrees=angle)
        ink = pen_mask(box, shape, self.rng, fill=(0.95, 1.2), narrow=(1.0, 1.0))
        return put_ink(_with(box, picture), ink, self.rng)

    def _beneath_fluid(self, box: Box) -> Picture:
        """Correction fluid over most of a digit, and perhaps half of another on top."""
        mask = self._digit_mask(box, self._any_digit())
        picture = put_ink(box, mask, self.rng)
        cover = np.zeros(picture.shape[:2], np.float32)
        centre = (
            round(box.x + box.width * self.rng.uniform(0.35, 0.65)),
            round(box.y + box.height * self.rng.choice([0.25, 0.75])),
        )
        axes = (round(box.width * 0.42), round(box.height * self.rng.uniform(0.25, 0.35)))
        cv2.ellipse(cover, centre, axes, float(self.rng.uniform(-30, 30)), 0, 360, 1.0, -1)
        if float((mask * (1 - cover)).sum()) < LEAST_INK:
            return self._scribbled(box)
        soft = np.asarray(cv2.GaussianBlur(cover, (0, 0), 1.0), np.float32)[:, :, None]
        fluid = np.minimum(box.image.max(axis=(0, 1)) * self.rng.uniform(0.97, 1.06), 255)
        return np.asarray(picture * (1 - soft) + fluid * soft, np.float32)

    def _foreign_object(self, box: Box) -> Picture:
        """A pointer, a ring or a solid patch: something that is not a pen's glyph."""
        picture = box.image.copy()
        x = round(box.x + box.width * self.rng.uniform(0.2, 0.95))
        y = round(box.y + box.height * self.rng.uniform(0.2, 0.95))
        size = box.width * self.rng.uniform(0.14, 0.3)
        dark = tuple(float(v) for v in self.rng.uniform(5, 70) * np.ones(3))
        kind = int(self.rng.integers(3))
        if kind == 0:
            shape = np.array([[0, 0], [0, 1.6], [0.4, 1.25], [0.7, 1.8], [0.9, 1.7], [0.65, 1.15]])
            points = np.round(np.vstack([shape, [[1.15, 1.15]]]) * size + [x, y]).astype(np.int32)
            cv2.fillPoly(picture, [points], (255.0, 255.0, 255.0), cv2.LINE_AA)
            if self.rng.random() < 0.5:
                cv2.fillPoly(picture, [points], dark, cv2.LINE_AA)
            cv2.polylines(picture, [points], True, dark, 2, cv2.LINE_AA)
        elif kind == 1:
            pen = max(2, round(size * 0.25))
            cv2.circle(picture, (x, y), round(size), (245.0, 245.0, 245.0), -1, cv2.LINE_AA)
            cv2.circle(picture, (x, y), round(size), dark, pen, cv2.LINE_AA)
            end = (round(x + size * 1.7), round(y + size * 1.7))
            cv2.line(picture, (x + round(size * 0.7), y + round(size * 0.7)), end, dark, pen * 2)
            half = round(size * 0.45)
            cv2.line(picture, (x - half, y), (x + half, y), dark, pen)
            cv2.line(picture, (x, y - half), (x, y + half), dark, pen)
        else:
            first = (round(box.x + self.rng.uniform(-4, 8)), round(box.y + self.rng.uniform(-4, 8)))
            last = (round(box.x + box.width * 0.97), round(box.y + box.height * 0.97))
            cv2.rectangle(picture, first, last, dark, -1)
        return picture

    def _cut_off(self, box: Box) -> Picture:
        """Only a small end of a digit has reached into the box."""
        glyph = str(self.rng.choice(list("023456789")))
        mask = self._digit_mask(box, glyph)
        rows, columns = (
            np.flatnonzero(mask.max(axis=1) > 0.3),
            np.flatnonzero(mask.max(axis=0) > 0.3),
        )
        if len(rows) and len(columns):
            share = self.rng.uniform(0.22, 0.36)
            if self.rng.random() < 0.5:
                keep = rows[0] + round(len(rows) * share)
                mask[keep:] = 0
                mask = np.roll(mask, round(box.y + box.height - keep), axis=0)
            else:
                keep = columns[0] + round(len(columns) * share)
                mask[:, keep:] = 0
                mask = np.roll(mask, round(box.x + box.width - keep), axis=1)
        if float(mask[:, round(box.x) : round(box.x + box.width)].sum()) < LEAST_INK:
            return self._scribbled(box)
        return put_ink(box, mask, self.rng)

    def _burnt_out(self, box: Box) -> Picture:
        """Glare on the box, with a digit below it or not."""
        picture = box.image
        if self.rng.random() < 0.75:
            picture = put_ink(box, self._digit_mask(box, self._any_digit()), self.rng)
        rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]]
        middle = self.rng.normal(0.5, 0.12, 2)
        x, y = box.x + box.width * middle[0], box.y + box.height * middle[1]
        distance = np.hypot(columns - x, rows - y) / box.width
        reach = self.rng.uniform(0.45, 1.5)
        glare = np.clip((reach - distance) / self.rng.uniform(0.1, 0.5) + 0.5, 0, 1)
        glare = glare[:, :, None] * self.rng.uniform(0.94, 1.0)
        return np.asarray(picture * (1 - glare) + 255 * glare, np.float32)

    def _featureless(self, box: Box) -> Picture:
        """Bare paper, a thumb, the wall or the dark: no box is to be seen at all."""
        tone = self.rng.uniform(3, 250) * np.exp(self.rng.normal(0, 0.1, 3))
        coarse = self.rng.normal(1, self.rng.uniform(0, 0.06), (6, 6)).astype(np.float32)
        grain = cv2.resize(coarse, box.image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        return np.asarray(np.clip(tone * grain[:, :, None], 0, 255), np.float32)

    def _digit_mask(self, box: Box, glyph: str) -> NDArray[np.float32]:
        square = bool(self.rng.random() < 0.4)
        shape = strokes.digit(glyph, self.rng, square=square)
        if square:
            return pen_mask(box, shape, self.rng, fill=(0.55, 0.82), narrow=(0.5, 0.8), lean=0.05)
        return pen_mask(box, shape, self.rng, lean=0.2)

    def _any_digit(self) -> str:
        return DIGITS[int(self.rng.integers(10))]

    def _spoiled_box(self, box: Box, picture: Picture) -> NDArray[np.uint8]:
        return spoil(picture, (box.x, box.y, box.width, box.height), self.rng, self.how)

    def _spoiled_crop(self, crop: Picture) -> NDArray[np.uint8]:
        """Spoil a real crop, whose margin of 0 to 20 % is already in it."""
        height, width = crop.shape[:2]
        inset = 0.08 * min(height, width)
        rect = (inset, inset, width - 2 * inset, height - 2 * inset)
        return spoil(crop, rect, self.rng, self.how)


def _colour(image: Image) -> Picture:
    """A crop in colour and, since no cell is larger than that, at most LARGEST pixels long."""
    coloured = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image
    scale = LARGEST / max(image.shape)
    if scale < 1:
        coloured = cv2.resize(coloured, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return coloured.astype(np.float32)


def _with(box: Box, picture: Picture) -> Box:
    """The same box with ink already in it."""
    return Box(picture, box.x, box.y, box.width, box.height)


def _frequency(labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """How often to draw each box, between its own share and that of an equal class."""
    counts = np.bincount(labels, minlength=len(ALPHABET)).astype(np.float64)
    weights = np.maximum(counts[labels], 8.0) ** -CLASS_BALANCE
    return np.asarray(weights / weights.sum(), np.float64)


def _disagree(under: Picture, over: Picture) -> bool:
    """Whether both inks are plain to see and each lies by a good part outside the other."""
    masks = []
    for picture in (under, over):
        grey = picture.mean(axis=2)
        dark, paper = np.percentile(grey, [2, 75])
        if dark > PLAIN_INK * paper:
            return False
        mask = (grey < paper - 0.45 * (paper - dark)).astype(np.uint8)
        rows, columns = grey.shape[0] // 5, grey.shape[1] // 5
        masks.append(mask[rows:-rows, columns:-columns])
    grown = [cv2.dilate(mask, np.ones((3, 3), np.uint8), iterations=2) for mask in masks]
    outside = [
        float((masks[i] * (1 - grown[1 - i])).sum()) / max(float(masks[i].sum()), 1.0)
        for i in (0, 1)
    ]
    enough = min(float(mask.mean()) for mask in masks) > LEAST_COVER
    return enough and min(outside) > 0.35
