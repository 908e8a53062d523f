"""Lift the ink out of a photographed box, to be written into another one."""

from typing import Final

import cv2
import numpy as np

from digitizer.training.augment import Picture
from digitizer.training.data import Image

BORDER: Final = 0.17
"""The share of a crop, on every side, in which its border may lie."""

FAINTEST_INK: Final = 0.65
"""Ink that is lighter than this share of the paper is not lifted."""

GUIDE_INK: Final = 0.45
"""Nor what has less than this share of the darkest ink: it may be the dotted guide."""

MOST_LOST: Final = 2.0
"""Where more than so many times the ink lies above half of that level, a digit would lose parts."""

LARGEST: Final = 110
"""Crops are first reduced to this many pixels."""


def lifted_ink(image: Image) -> Image | None:
    """The ink inside a real box without its paper, border and guide, 255 is full ink.

    None where the ink is too faint to be told from the guide, or reaches what may be the border.
    """
    grey = coloured(image).mean(axis=2)
    rows, columns = (round(BORDER * side) for side in grey.shape)
    inner = grey[rows:-rows, columns:-columns]
    if inner.size == 0:
        return None
    dark, paper = np.percentile(inner, (3, 70))
    if dark > FAINTEST_INK * paper:
        return None
    ink = np.clip((paper - inner) / (paper - dark), 0, 1)
    if (ink > GUIDE_INK / 2).sum() > MOST_LOST * (ink > GUIDE_INK).sum():
        return None
    lifted = np.asarray(np.where(ink > GUIDE_INK, 255 * ink, 0), np.uint8)
    edge = np.concatenate([lifted[0], lifted[-1], lifted[:, 0], lifted[:, -1]])
    return None if edge.any() else lifted


def coloured(image: Image) -> Picture:
    """A crop in colour and, since no cell is larger than that, at most LARGEST pixels long."""
    picture = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image
    scale = LARGEST / max(image.shape)
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return picture.astype(np.float32)
