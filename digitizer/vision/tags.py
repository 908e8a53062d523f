"""Find AprilTags: those of known pages quickly, and whether some other is in the picture.

A detector that compares with the few known tags alone is many times faster than one with all of a
dictionary's, on a page full of squares.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.vision.ink import GreyImage
from digitizer.vision.plane import Points

TAG_WINDOW: Final = 13
"""Side, in pixels, of the window by whose mean a tag's print is told from its paper. One finds on
print what the usual three find, in a third of the time."""

TAG_PERIMETER: Final = 0.045
"""A tag's perimeter as a share of the picture's longer side, at least: that of a plano has 0.14 of
the sheet's height."""

FRAME_MODULES: Final = 2
"""A tag's black frame may miss so many of its modules to a reflection or a fold."""

Ids = Mapping[str, tuple[int, ...]]
"""Numbers of known tags, by the name of their `cv2.aruco` dictionary."""
Squares = Mapping[str, Sequence[cv2.typing.MatLike]]


@dataclass(frozen=True, slots=True, eq=False)
class FoundTag:
    """A tag in the picture: its corners (4, 2) in OpenCV's order, first the tag's own top left."""

    dictionary: str
    id: int
    corners: Points

    def at_scale(self, scale: float) -> "FoundTag":
        """The tag in pixels of a photo of which it was found in a copy of this scale."""
        return FoundTag(self.dictionary, self.id, (self.corners + 0.5) / scale - 0.5)

    @property
    def area(self) -> float:
        """In square pixels."""
        return float(cv2.contourArea(self.corners.astype(np.float32)))


def known_ids(tags: Iterable[tuple[str, int]]) -> Ids:
    """Pairs of a dictionary's name and a tag's number, by dictionary."""
    pairs = sorted(tags)
    return {name: tuple(i for other, i in pairs if other == name) for name, _ in pairs}


def find_tags(grey: GreyImage, ids: Ids) -> tuple[tuple[FoundTag, ...], Squares]:
    """The known tags of a picture, largest first; and, by dictionary, the squares that are none."""
    tags: list[FoundTag] = []
    squares = {}
    for dictionary, numbers in sorted(ids.items()):
        found, indices, squares[dictionary] = _detector(dictionary, numbers).detectMarkers(grey)
        for quad, index in zip(found, np.ravel(() if indices is None else indices), strict=True):
            corners = quad.reshape(4, 2).astype(np.float64)
            tags.append(FoundTag(dictionary, numbers[int(index)], corners))
    return tuple(sorted(tags, key=lambda tag: -tag.area)), squares


def unknown_tag(grey: GreyImage, squares: Squares) -> int | None:
    """The number of a tag among the squares that `find_tags` left, or None.

    Only a square with a tag's black frame around a mixed inside is compared with a whole
    dictionary.
    """
    for dictionary, quads in squares.items():
        detector = _detector(dictionary, None)
        modules = detector.getDictionary().markerSize + 2
        for quad in quads:
            if not _framed(grey, np.asarray(quad, np.float32).reshape(4, 2), modules):
                continue
            x, y, width, height = cv2.boundingRect(quad)
            around = max(4, width // 4)
            rows = slice(max(0, y - around), y + height + around)
            columns = slice(max(0, x - around), x + width + around)
            _, numbers, _ = detector.detectMarkers(grey[rows, columns])
            if numbers is not None:
                return int(np.ravel(numbers)[0])
    return None


@lru_cache(maxsize=8)
def _detector(dictionary: str, ids: tuple[int, ...] | None) -> cv2.aruco.ArucoDetector:
    """A detector of these tags of a dictionary, or of all of them."""
    whole = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, dictionary))
    known = whole
    if ids is not None:
        codes = whole.bytesList[list(ids)]
        known = cv2.aruco.Dictionary(codes, whole.markerSize, whole.maxCorrectionBits)
    parameters = cv2.aruco.DetectorParameters()
    parameters.minMarkerPerimeterRate = TAG_PERIMETER
    parameters.adaptiveThreshWinSizeMin = parameters.adaptiveThreshWinSizeMax = TAG_WINDOW
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    return cv2.aruco.ArucoDetector(known, parameters)


def _framed(grey: GreyImage, quad: NDArray[np.float32], modules: int) -> bool:
    """Whether a quadrilateral of so many modules a side has a black frame around a mixed inside."""
    side = 4 * modules
    square = np.array([(0, 0), (side, 0), (side, side), (0, side)], np.float32) - 0.5
    flat = cv2.warpPerspective(grey, cv2.getPerspectiveTransform(quad, square), (side, side))
    level, _ = cv2.threshold(flat, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    dark = cv2.resize(flat, (modules, modules), interpolation=cv2.INTER_AREA) < level
    inside = dark[1:-1, 1:-1]
    frame = 4 * (modules - 1)
    white_frame = frame - (int(dark.sum()) - int(inside.sum()))
    return white_frame <= FRAME_MODULES and 0.2 < float(inside.mean()) < 0.8
