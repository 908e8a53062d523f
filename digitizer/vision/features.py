"""Features that tell places of print apart whatever the turn, tilt and light (SIFT)."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.vision.ink import GreyImage
from digitizer.vision.plane import Points

CONTRAST: Final = 0.025
"""Print is strong; what is fainter is paper and noise."""

MOST_PIXELS: Final = 300_000
"""So much of a picture is looked at in one go: its scale space takes about 230 bytes a pixel."""

OVERLAP: Final = 64
"""Rows that a band sees beyond its own, so that what lies on its edge looks as it does in whole."""

PHASE: Final = 32
"""Bands begin at multiples of this, so that every scale samples the rows that the whole would."""

RATIO: Final = 0.8
"""A match counts when the next best is farther by this ratio (Lowe, IJCV 2004)."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Places (n, 2) in pixels and their descriptors (n, 128), as root-SIFT."""

    places: Points
    descriptors: NDArray[np.float32]

    @classmethod
    def of(cls, grey: GreyImage, most: int) -> "Features":
        """The strongest features of a picture, at most so many.

        (Lowe 2004; square roots: Arandjelović and Zisserman, CVPR 2012.) A large picture is looked
        at band by band, since a worker must not grow by what one look at it takes.
        """
        sift = cv2.SIFT.create(nfeatures=most, contrastThreshold=CONTRAST)
        bands = [_of_band(sift, grey, band) for band in _bands(*grey.shape)]
        places, strength, descriptors = (np.concatenate(part) for part in zip(*bands, strict=True))
        strongest = np.argsort(-strength, kind="stable")[:most]
        shares = descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9)
        return cls(places[strongest], np.sqrt(shares[strongest]).astype(np.float32))

    def strongest(self, most: int) -> "Features":
        """The first so many."""
        return Features(self.places[:most], self.descriptors[:most])


def _bands(height: int, width: int) -> list[tuple[int, int]]:
    """First and last row, exclusive, of the bands that a picture is looked at in."""
    count = max(1, -(-height * width // MOST_PIXELS))
    starts = [PHASE * round(height * band / count / PHASE) for band in range(count)]
    return list(pairwise([*starts, height]))


def _of_band(
    sift: cv2.SIFT, grey: GreyImage, band: tuple[int, int]
) -> tuple[Points, NDArray[np.float64], NDArray[np.float32]]:
    """Places in the picture, strength and descriptors of the features of these rows."""
    above = max(0, band[0] - OVERLAP)
    found, descriptors = sift.detectAndCompute(grey[above : band[1] + OVERLAP], None)
    if descriptors is None:
        return np.empty((0, 2)), np.empty(0), np.empty((0, 128), np.float32)
    places = np.array([feature.pt for feature in found], np.float64) + np.array([0, above])
    strength = np.array([feature.response for feature in found], np.float64)
    own = (places[:, 1] >= band[0]) & (places[:, 1] < band[1])
    return places[own], strength[own], np.asarray(descriptors, np.float32)[own]


def matches(photo: Features, blank: Features) -> NDArray[np.int64]:
    """Pairs (n, 2) of indices, photo and blank, of clearly nearest descriptors."""
    if len(photo.places) < 2 or len(blank.places) < 2:
        return np.empty((0, 2), np.int64)
    # Root-SIFT descriptors have length 1, so the nearest has the largest product.
    product = photo.descriptors @ blank.descriptors.T
    index = np.arange(len(product))
    nearest = product.argmax(axis=1)
    best = product[index, nearest]
    product[index, nearest] = -1
    distance, next_distance = (
        np.sqrt(np.maximum(2 - 2 * cosine, 0)) for cosine in (best, product.max(axis=1))
    )
    clear = distance < RATIO * next_distance
    return np.column_stack([np.nonzero(clear)[0], nearest[clear]])
