"""Why a picture without a known tag shows no page: the most useful reason to name."""

from itertools import combinations
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.errors import PageNotLocated
from digitizer.vision.fiducials import (
    GreyImage,
    MarkCandidate,
    Points,
    find_corner_marks,
    mark_likeness,
    shrunk,
)

WORK_SIDE: Final = 1600
"""Longer side, in pixels, at which a page must be legible."""

DARK_GREY: Final = 48
"""Paper in a legible photo is lighter than this grey level."""

SHARP_EDGE: Final = 0.45
"""Share of an edge's contrast that must fall within three pixels at `WORK_SIDE`."""

SQUARES_PX: Final = (9.0, 12.0, 16.0, 22.0, 30.0)
"""Sides of corner mark squares that a page filling the picture, or half of it, shows."""

SURE_MARK: Final = 0.74


def refusal_without_tag(grey: GreyImage) -> PageNotLocated:
    """The reason to give for a picture in which no tag was found."""
    small = shrunk(grey, min(1.0, WORK_SIDE / max(grey.shape)))
    light = float(np.percentile(small, 99))
    if light < DARK_GREY:
        return PageNotLocated(
            "too_dark",
            f"the lightest parts have grey level {light:.0f} of 255, needed {DARK_GREY}",
            "retake with more light",
        )
    sharpness = edge_sharpness(small)
    if sharpness is not None and sharpness < SHARP_EDGE:
        return PageNotLocated(
            "too_blurred",
            f"edges keep {sharpness:.0%} of their contrast, needed {SHARP_EDGE:.0%}",
            "hold still, let the camera focus, and retake",
        )
    marks = _sure_marks(small)
    if _is_sheet(marks, small.shape):
        return PageNotLocated(
            "unknown_form",
            f"found {len(marks)} corner marks but no tag of a known form",
            "if this is a known form, retake with the square tag at the top right in view",
        )
    if len(marks) >= 2:
        return PageNotLocated(
            "page_incomplete",
            f"found {len(marks)} corner marks that do not enclose a sheet, and no tag",
            "retake with the whole sheet in view",
        )
    return PageNotLocated(
        "no_form",
        "found neither a tag nor corner marks",
        "send a photo of a whole page of C.HASIL",
    )


def edge_sharpness(small: GreyImage) -> float | None:
    """How steep the strong edges are: 0 (blurred away) to 1; None in a picture without edges.

    Across an edge, the contrast within three pixels is compared with that within fifteen. The
    blunter direction counts, since a moving hand blurs edges one way and leaves the others sharp.
    """
    ways = [_steepness(small, along) for along in (0, 1)]
    found = [steepness for steepness in ways if steepness is not None]
    return min(found) if found else None


def _steepness(small: GreyImage, along: int) -> float | None:
    """The same along rows (0) or columns (1)."""
    near, far = _spread(small, 3, along), _spread(small, 15, along)
    strong = far > max(40.0, float(np.percentile(far, 90)) * 0.6)
    # Of each edge only its ridge: where the near contrast is the largest around.
    ridge = strong & (near >= cv2.dilate(near, _line(9, along))) & (near > 0)
    if int(ridge.sum()) < 200:
        return None
    return float(np.percentile(near[ridge] / far[ridge], 75))


def _spread(grey: GreyImage, length: int, along: int) -> NDArray[np.float32]:
    """Largest minus smallest grey level on a line of pixels."""
    window = _line(length, along)
    most = cv2.dilate(grey, window).astype(np.float32)
    return np.asarray(most - cv2.erode(grey, window), np.float32)


def _line(length: int, along: int) -> NDArray[np.uint8]:
    return np.ones((1, length) if along == 0 else (length, 1), np.uint8)


def _sure_marks(small: GreyImage) -> tuple[MarkCandidate, ...]:
    """Corner marks of either diagonal, at any of the usual sizes; one a place."""
    found: list[MarkCandidate] = []
    for square_px in SQUARES_PX:
        for flip in (1.0, -1.0):
            jacobian = np.diag([square_px * flip, square_px])
            for mark in find_corner_marks(small, jacobian, 1.0, keep=12):
                at = np.array([mark.x, mark.y])
                likeness = mark_likeness(small, at, jacobian, 1.0)
                if mark.likeness > SURE_MARK and likeness > SURE_MARK:
                    found.append(MarkCandidate(mark.x, mark.y, likeness))
    found.sort(key=lambda mark: -mark.likeness)
    places: list[MarkCandidate] = []
    for mark in found:
        if all(np.hypot(mark.x - other.x, mark.y - other.y) > 20 for other in places):
            places.append(mark)
    return tuple(places)


def _is_sheet(marks: tuple[MarkCandidate, ...], shape: tuple[int, ...]) -> bool:
    """Whether four of the marks enclose a good part of the picture."""
    area = float(shape[0] * shape[1])
    points: list[Points] = [np.array([mark.x, mark.y]) for mark in marks[:10]]
    for four in combinations(points, 4):
        hull = cv2.convexHull(np.array(four, np.float32))
        if len(hull) == 4 and cv2.contourArea(hull) > 0.25 * area:
            return True
    return False
