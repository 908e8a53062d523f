"""Whether ink could pass for a digit, by its shape alone and without any network.

Ink that is to teach the reader "nobody can read this" must not look like a digit to a person. A
network trained on such examples cannot be the judge of them, so the shape is compared with many
drawn digits, as in template matching (Jain, Duin and Mao 2000, section 4).
"""

from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.glyph import DIGITS
from digitizer.training.boxes import Mask, digit_mask, empty_box

SAMPLES: Final = 300
"""Drawn digits of each kind to compare with."""

SEED: Final = 20241127

SIDE: Final = 12
"""Pixels that ink is reduced to: so few that a blurred photo would show no more."""

INKED: Final = 0.3
"""From this share of ink a point of a mask counts as inked."""

PASSES: Final = 0.95
"""Of drawn digits 99 in 100 are at least this much like another drawn one."""


def passes_for_digit(ink: Mask) -> bool:
    """Whether the shape of this ink is as much like a digit's as digits are like each other."""
    shape = shape_of(ink)
    return shape is not None and float((_drawn() @ shape).max()) >= PASSES


def shape_of(ink: Mask) -> NDArray[np.float32] | None:
    """Ink without its place and size, reduced, of mean 0 and length 1; None where there is none."""
    rows, columns = (np.flatnonzero(ink.max(axis=axis) > INKED) for axis in (1, 0))
    if not len(rows) or not len(columns):
        return None
    tight = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = tight.shape
    side = max(height, width)
    down, across = (side - height) // 2, (side - width) // 2
    square = np.zeros((side, side), np.float32)
    square[down : down + height, across : across + width] = tight
    level = max(float(np.percentile(tight, 95)), INKED)
    small = cv2.resize(np.minimum(square / level, 1), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(np.pad(small, 2), (0, 0), 1.0).ravel()
    soft -= soft.mean()
    length = float(np.linalg.norm(soft))
    return np.asarray(soft / length, np.float32) if length > 0 else None


def apart(one: NDArray[np.bool_], other: NDArray[np.bool_], *, around: int) -> float:
    """The share of the ink that lies outside the other's surroundings, of the two the lesser."""
    kernel = np.ones((around, around), np.uint8)
    masks = [mask.astype(np.uint8) for mask in (one, other)]
    grown = [cv2.dilate(mask, kernel) for mask in masks]
    return min(
        float((masks[i] * (1 - grown[1 - i])).sum()) / max(float(masks[i].sum()), 1.0)
        for i in (0, 1)
    )


@lru_cache(maxsize=1)
def _drawn() -> NDArray[np.float32]:
    """Shapes of drawn digits of both hands, one a row."""
    rng = np.random.default_rng(SEED)
    box = empty_box(rng)
    shapes = [shape_of(digit_mask(box, glyph, rng)) for glyph in DIGITS for _ in range(SAMPLES)]
    return np.stack([shape for shape in shapes if shape is not None])
