"""Ink that nobody can read for certain, and boxes that nobody can see.

Real examples are too few to learn from. Each maker takes an empty box and gives its picture. What
might after all pass for a digit is thrown away and made anew.
"""

from collections.abc import Callable, Mapping
from typing import Final

import cv2
import numpy as np

from digitizer.training import strokes
from digitizer.training.augment import Picture
from digitizer.training.boxes import Box, Mask, any_digit_mask, digit_mask, pen_mask, put_ink
from digitizer.training.likeness import INKED, apart, passes_for_digit

LEAST_INK: Final = 40.0
"""Pixels of ink, at the size a box is drawn, below which it might as well be blank."""

PLAIN_INK: Final = 0.62
"""Ink is plain to see when it is darker than this share of the paper."""

LEAST_COVER: Final = 0.08
"""The share of the inner box that a plain digit covers at least."""

OUTSIDE: Final = 0.45
"""The share of each ink that lies outside the other where two digits spoil one another."""

ALIKE: Final = 0.6
"""The lighter of two digits over each other has at least this share of the heavier one's ink."""

TRIES: Final = 40
"""Inks made until one is beyond reading."""


def spoil_reading(box: Box, rng: np.random.Generator) -> Picture:
    """One of the ways in which a box cannot be read."""
    makers = [*_MAKERS]
    weights = np.array([*_MAKERS.values()])
    return makers[int(rng.choice(len(makers), p=weights / weights.sum()))](box, rng)


def lay_over(under: Picture, over: Picture) -> Picture | None:
    """Two real crops of one size laid over each other; None when one ink hides in the other."""
    if not _disagree(under, over):
        return None
    paper = np.percentile(over.reshape(-1, 3), 75, axis=0)
    share = np.clip(over / np.maximum(paper, 1), 0, 1)
    share = np.where(share > 0.9, 1.0, share).astype(np.float32)
    rows, columns = under.shape[0] // 5, under.shape[1] // 5
    inner = np.ones_like(share)
    inner[rows:-rows, columns:-columns] = share[rows:-rows, columns:-columns]
    return np.asarray(under * inner, np.float32)


def _beyond_reading(
    made: Callable[[Box, np.random.Generator], Mask | None], box: Box, rng: np.random.Generator
) -> Mask:
    """The first ink of a kind that does not pass for a digit; a scribble where there is none."""
    for maker in (made, _scribble):
        for _ in range(TRIES):
            ink = maker(box, rng)
            if ink is not None and not passes_for_digit(ink):
                return ink
    raise AssertionError("every scribble passed for a digit")


def _overwritten(box: Box, rng: np.random.Generator) -> Picture:
    """Two digits over each other with one pen, each by a good part outside the other."""

    def ink(box: Box, rng: np.random.Generator) -> Mask | None:
        # Two digits traced along one guide make an 8, and that can be read.
        first, second = (
            digit_mask(box, str(g), rng, squares=0)
            for g in rng.choice(list("02345689"), 2, replace=False)
        )
        heavier, lighter = sorted((float(first.sum()), float(second.sum())), reverse=True)
        if lighter <= ALIKE * heavier or apart(first > INKED, second > INKED, around=5) <= OUTSIDE:
            return None
        return np.maximum(first, second)

    return put_ink(box, _beyond_reading(ink, box, rng), rng)


def _scribbled(box: Box, rng: np.random.Generator) -> Picture:
    """Scribbled over, with the pen that wrote below it, if anything is below."""
    return put_ink(box, _beyond_reading(_scribble, box, rng), rng)


def _scribble(box: Box, rng: np.random.Generator) -> Mask:
    ink = pen_mask(box, strokes.scribble(rng), rng, fill=(0.6, 1.0), narrow=(0.8, 1.2))
    if rng.random() < 0.6:
        ink = np.maximum(ink, any_digit_mask(box, rng))
    return ink


def _struck_out(box: Box, rng: np.random.Generator) -> Picture:
    """A Z, or a digit struck through twice, one way or crosswise."""

    def ink(box: Box, rng: np.random.Generator) -> Mask:
        if rng.random() < 0.4:
            return pen_mask(box, strokes.zigzag(rng), rng, narrow=(0.9, 1.2))
        # One stroke along the diagonal of a 2 would be a part of it.
        struck = digit_mask(box, str(rng.choice(list("035689"))), rng)
        angle = rng.uniform(30, 60)
        for degrees in (angle, angle if rng.random() < 0.5 else -angle):
            bar = strokes.slash(rng, degrees=degrees + rng.normal(0, 4))
            drawn = pen_mask(box, bar, rng, fill=(0.9, 1.2), narrow=(1.0, 1.0))
            struck = np.maximum(struck, drawn)
        return struck

    return put_ink(box, _beyond_reading(ink, box, rng), rng)


def _beneath_fluid(box: Box, rng: np.random.Generator) -> Picture:
    """Correction fluid over most of a digit, and perhaps half of another on top."""
    for _ in range(TRIES):
        # A 1, 4 or 7 may still be read from the half that is left.
        mask = digit_mask(box, str(rng.choice(list("235689"))), rng)
        cover = _fluid(box, rng)
        left = mask * (1 - cover)
        if float(left.sum()) >= LEAST_INK and not passes_for_digit(left):
            soft = np.asarray(cv2.GaussianBlur(cover, (0, 0), 1.0), np.float32)[:, :, None]
            fluid = np.minimum(box.image.max(axis=(0, 1)) * rng.uniform(0.97, 1.06), 255)
            return np.asarray(put_ink(box, mask, rng) * (1 - soft) + fluid * soft, np.float32)
    return _scribbled(box, rng)


def _fluid(box: Box, rng: np.random.Generator) -> Mask:
    """A blot over the upper or the lower half of a box."""
    cover = np.zeros(box.image.shape[:2], np.float32)
    centre = (
        round(box.x + box.width * rng.uniform(0.35, 0.65)),
        round(box.y + box.height * rng.choice([0.28, 0.72])),
    )
    axes = (round(box.width * 0.48), round(box.height * rng.uniform(0.3, 0.38)))
    cv2.ellipse(cover, centre, axes, float(rng.uniform(-30, 30)), 0, 360, 1.0, -1)
    return cover


def _foreign_object(box: Box, rng: np.random.Generator) -> Picture:
    """A pointer, a ring or a solid patch: something that is not a pen's glyph."""
    picture = box.image.copy()
    x = round(box.x + box.width * rng.uniform(0.2, 0.95))
    y = round(box.y + box.height * rng.uniform(0.2, 0.95))
    size = box.width * rng.uniform(0.14, 0.3)
    dark = tuple(float(v) for v in rng.uniform(5, 70) * np.ones(3))
    kind = int(rng.integers(3))
    if kind == 0:
        shape = np.array([[0, 0], [0, 1.6], [0.4, 1.25], [0.7, 1.8], [0.9, 1.7], [0.65, 1.15]])
        points = np.round(np.vstack([shape, [[1.15, 1.15]]]) * size + [x, y]).astype(np.int32)
        cv2.fillPoly(picture, [points], (255.0, 255.0, 255.0), cv2.LINE_AA)
        if rng.random() < 0.5:
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
        first = (round(box.x + rng.uniform(-4, 8)), round(box.y + rng.uniform(-4, 8)))
        last = (round(box.x + box.width * 0.97), round(box.y + box.height * 0.97))
        cv2.rectangle(picture, first, last, dark, -1)
    return picture


def _cut_off(box: Box, rng: np.random.Generator) -> Picture:
    """Only a small end of a digit has reached into the box."""

    def ink(box: Box, rng: np.random.Generator) -> Mask | None:
        # The end of a stroke of another digit would pass for a 1.
        mask = digit_mask(box, str(rng.choice(list("2358"))), rng)
        rows, columns = (np.flatnonzero(mask.max(axis=axis) > INKED) for axis in (1, 0))
        share = rng.uniform(0.22, 0.36)
        if rng.random() < 0.5 and len(rows):
            keep = rows[0] + round(len(rows) * share)
            mask[keep:] = 0
            mask = np.roll(mask, round(box.y + box.height - keep), axis=0)
        elif len(columns):
            keep = columns[0] + round(len(columns) * share)
            mask[:, keep:] = 0
            mask = np.roll(mask, round(box.x + box.width - keep), axis=1)
        inside = mask[:, round(box.x) : round(box.x + box.width)]
        return mask if float(inside.sum()) >= LEAST_INK else None

    return put_ink(box, _beyond_reading(ink, box, rng), rng)


def _burnt_out(box: Box, rng: np.random.Generator) -> Picture:
    """Glare on the box, with a digit below it or not."""
    picture = box.image
    if rng.random() < 0.75:
        picture = put_ink(box, any_digit_mask(box, rng), rng)
    rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]]
    middle = rng.normal(0.5, 0.08, 2)
    x, y = box.x + box.width * middle[0], box.y + box.height * middle[1]
    distance = np.hypot(columns - x, rows - y) / box.width
    reach = rng.uniform(0.75, 1.5)
    glare = np.clip((reach - distance) / rng.uniform(0.1, 0.5) + 0.5, 0, 1)
    glare = glare[:, :, None]
    return np.asarray(picture * (1 - glare) + 255 * glare, np.float32)


def _featureless(box: Box, rng: np.random.Generator) -> Picture:
    """Bare paper, a thumb, the wall or the dark: no box is to be seen at all."""
    tone = rng.uniform(3, 250) * np.exp(rng.normal(0, 0.1, 3))
    coarse = rng.normal(1, rng.uniform(0, 0.06), (6, 6)).astype(np.float32)
    grain = cv2.resize(coarse, box.image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(tone * grain[:, :, None], 0, 255), np.float32)


def _disagree(under: Picture, over: Picture) -> bool:
    """Whether both inks are plain to see and each lies by a good part outside the other."""
    masks = []
    for picture in (under, over):
        grey = picture.mean(axis=2)
        dark, paper = np.percentile(grey, [2, 75])
        if dark > PLAIN_INK * paper:
            return False
        mask = grey < paper - 0.45 * (paper - dark)
        rows, columns = grey.shape[0] // 5, grey.shape[1] // 5
        masks.append(mask[rows:-rows, columns:-columns])
    enough = min(float(mask.mean()) for mask in masks) > LEAST_COVER
    outside = enough and apart(masks[0], masks[1], around=5) > OUTSIDE
    return outside and not passes_for_digit((masks[0] | masks[1]).astype(np.float32))


_MAKERS: Final[Mapping[Callable[[Box, np.random.Generator], Picture], float]] = {
    _overwritten: 3.0,
    _scribbled: 2.0,
    _struck_out: 1.5,
    _beneath_fluid: 1.5,
    _foreign_object: 1.0,
    _cut_off: 1.0,
    _burnt_out: 0.5,
    _featureless: 0.5,
}
"""The ways and how often each is drawn, relatively: those that are nearest to a digit most."""
