"""Corner marks and tag of a blank: what tells a photo of it where it lies and which page it is."""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import Corner, Fiducial, MarkShape, TagSpec
from digitizer.domain.geometry import Point, Rect, Size
from digitizer.learn.drawing import Patch

DICTIONARIES: Final = (
    *("DICT_APRILTAG_36h10", "DICT_APRILTAG_36h11", "DICT_APRILTAG_25h9", "DICT_APRILTAG_16h5"),
)
"""The largest codes first: a small one is found where there is none more easily."""

LEAST_SIDE: Final = 0.004
MOST_SIDE: Final = 0.02
"""Side of a corner mark's square, as a share of the page's height."""

CORNER: Final = 0.18
"""A corner mark lies so near its corner, as a share of the page's width and height."""

ALIKE: Final = 0.15
"""Squares of one mark, and marks of one page, differ by no more than this share of their side."""

CORNERS: Final[Sequence[tuple[Corner, float, float]]] = (
    ("top_left", 0.0, 0.0),
    ("top_right", 1.0, 0.0),
    ("bottom_right", 1.0, 1.0),
    ("bottom_left", 0.0, 1.0),
)


def marks_of(patches: Iterable[Patch], size: Size) -> tuple[Fiducial, ...]:
    """Four equal corner marks, or none: three are not enough to know that they are any."""
    squares = [rect for patch in patches if (rect := _square(patch, size)) is not None]
    found: list[Fiducial] = []
    for corner, across, down in CORNERS:
        place = Point(across * size.width, down * size.height)
        near = [
            rect
            for rect in squares
            if abs(rect.centre.x - place.x) <= CORNER * size.width
            and abs(rect.centre.y - place.y) <= CORNER * size.height
        ]
        mark = _mark(corner, place, near)
        if mark is None:
            return ()
        found.append(mark)
    side, shape = found[0].square_side, found[0].shape
    alike = all(
        mark.shape == shape and abs(mark.square_side - side) <= ALIKE * side for mark in found
    )
    return tuple(found) if alike else ()


def _square(patch: Patch, size: Size) -> Rect | None:
    if len(patch.points) < 3:
        return None
    xs, ys = [item.x for item in patch.points], [item.y for item in patch.points]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    if not LEAST_SIDE <= height / size.height <= MOST_SIDE or abs(width - height) > ALIKE * height:
        return None
    return Rect(min(xs), min(ys), width, height)


def _mark(corner: Corner, place: Point, squares: Sequence[Rect]) -> Fiducial | None:
    """Two squares that touch on the falling diagonal, else the square nearest to the corner."""
    saddles = [
        (one, other)
        for one, other in product(squares, squares)
        if abs(one.right - other.x) <= ALIKE * one.width
        and abs(one.bottom - other.y) <= ALIKE * one.height
    ]
    shape: MarkShape = "saddle" if saddles else "square"
    if saddles:
        points = [
            (Point((a.right + b.x) / 2, (a.bottom + b.y) / 2), (a.width + b.width) / 2)
            for a, b in saddles
        ]
    else:
        points = [(rect.centre, rect.width) for rect in squares]
    if not points:
        return None
    at, side = min(points, key=lambda item: (item[0].x - place.x) ** 2 + (item[0].y - place.y) ** 2)
    return Fiducial(corner, at, side, shape)


def tag_of(picture: NDArray[np.uint8], mm_a_pixel: float) -> TagSpec | None:
    """The AprilTag of a page, if it has one; the largest where it has several.

    Args:
        picture: grey, (height, width), upright.
        mm_a_pixel: its scale.
    """
    for name in DICTIONARIES:
        detector = cv2.aruco.ArucoDetector(
            cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, name))
        )
        found, ids, _ = detector.detectMarkers(picture)
        if ids is None or not len(ids):
            continue
        quads = [quad.reshape(4, 2).astype(np.float64) for quad in found]
        largest = max(range(len(quads)), key=lambda at: float(np.ptp(quads[at][:, 0])))
        return _tag(name, int(np.ravel(ids)[largest]), quads[largest], mm_a_pixel)
    return None


def _tag(name: str, number: int, quad: NDArray[np.float64], mm_a_pixel: float) -> TagSpec:
    # OpenCV gives the middle of corner pixels, and the tag's own top left first.
    low, high = quad.min(axis=0) * mm_a_pixel, (quad.max(axis=0) + 1) * mm_a_pixel
    rect = Rect(float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))
    first = quad[0] - quad.mean(axis=0)
    turns = {(-1, -1): 0, (1, -1): 1, (1, 1): 2, (-1, 1): 3}
    return TagSpec(name, number, rect, turns[int(np.sign(first[0])), int(np.sign(first[1]))])
