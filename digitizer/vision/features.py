"""Features that tell places of print apart whatever the turn, tilt and light (SIFT)."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.vision.ink import GreyImage
from digitizer.vision.plane import Points

CONTRAST: Final = 0.025
"""Print is strong; what is fainter is paper and noise."""

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

        (Lowe 2004; square roots: Arandjelović and Zisserman, CVPR 2012.)
        """
        sift = cv2.SIFT.create(nfeatures=most, contrastThreshold=CONTRAST)
        found, descriptors = sift.detectAndCompute(grey, None)
        if descriptors is None:
            return cls(np.empty((0, 2)), np.empty((0, 128), np.float32))
        shares = descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9)
        order = np.argsort([-feature.response for feature in found], kind="stable")
        places = np.array([found[i].pt for i in order], np.float64)
        return cls(places, np.sqrt(shares[order]).astype(np.float32))

    def strongest(self, most: int) -> "Features":
        """The first so many."""
        return Features(self.places[:most], self.descriptors[:most])


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
