"""Find corner marks anywhere in a picture at once: by the mean grey of squares around each place.

Nothing is known of a page yet, so this is quick and rough (`cv2.boxFilter`);
`fiducials.mark_likeness` then confirms the shape.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from digitizer.domain.form import MarkShape
from digitizer.vision.fiducials import MarkCandidate, mark_likeness
from digitizer.vision.ink import GreyImage, halved
from digitizer.vision.plane import Points

SQUARES_PX: Final = (4.5, 5.5, 7.5, 10.0, 14.0, 19.0)
"""Sides of squares that a page filling the picture, or half of it, shows at 1,000 pixels."""

SOUGHT_IN_HALF: Final = 10.0
"""Marks with squares of so many pixels and more are sought at half the size: a quarter of the
work, and their points are refined between pixels later."""

CONTRAST: Final = 40
"""Grey levels between the squares of a corner mark and the paper beside them, at least."""

KEPT_A_SIZE: Final = 10
APART_PX: Final = 12


def find_marks(
    small: GreyImage, least_likeness: float, shape: MarkShape = "saddle"
) -> tuple[MarkCandidate, ...]:
    """Corner marks of one shape, a saddle on either diagonal, at any usual size; likest first.

    Args:
        small: a picture of about 1,000 pixels.
        least_likeness: correlation with the ideal mark, at least.
        shape: of the marks.
    """
    half = halved(small)
    found = [
        mark
        for square_px in SQUARES_PX
        for mark in (
            _of_size(small, square_px, shape)
            if square_px < SOUGHT_IN_HALF
            else map(_doubled, _of_size(half, square_px / 2, shape))
        )
        if mark.likeness > least_likeness
    ]
    kept: list[MarkCandidate] = []
    for mark in sorted(found, key=lambda mark: -mark.likeness):
        if all(np.hypot(mark.x - other.x, mark.y - other.y) > APART_PX for other in kept):
            kept.append(mark)
    return tuple(kept)


def _of_size(small: GreyImage, square_px: float, shape: MarkShape) -> Iterator[MarkCandidate]:
    """The likest places of marks whose squares have this size."""
    for flip, places in _places(small, square_px, shape):
        yield from _alike(small, places[:KEPT_A_SIZE], square_px, flip, shape)


def _doubled(mark: MarkCandidate) -> MarkCandidate:
    """A mark found at half the size, in pixels of the whole."""
    return replace(mark, x=2 * mark.x + 0.5, y=2 * mark.y + 0.5)


def _alike(
    small: GreyImage, places: Points, square_px: float, flip: float, shape: MarkShape
) -> list[MarkCandidate]:
    jacobian = np.diag([square_px * flip, square_px])
    return [
        MarkCandidate(float(at[0]), float(at[1]), mark_likeness(small, at, jacobian, 1.0, shape))
        for at in places
    ]


def _places(
    small: GreyImage, square_px: float, shape: MarkShape
) -> tuple[tuple[float, Points], ...]:
    if shape == "square":
        return ((1.0, centre_places(small, square_px)),)
    falling, rising = quadrant_places(small, square_px)
    return ((1.0, falling), (-1.0, rising))


def quadrant_places(small: GreyImage, square_px: float) -> tuple[Points, Points]:
    """Places (n, 2) with two dark and two light quadrants, by falling contrast.

    First those whose dark quadrants lie on the falling diagonal, then those on the rising one.
    """
    reach = max(2, round(square_px / 2))
    side = max(3, 2 * (round(0.7 * square_px) // 2) + 1)
    if min(small.shape) <= 2 * reach:
        return np.empty((0, 2)), np.empty((0, 2))
    means = cv2.boxFilter(small, -1, (side, side))
    ahead, behind = slice(2 * reach, None), slice(None, -2 * reach)
    falling = means[behind, behind], means[ahead, ahead]
    rising = means[behind, ahead], means[ahead, behind]
    return (
        _peaks(cv2.subtract(cv2.min(*rising), cv2.max(*falling)), reach, reach),
        _peaks(cv2.subtract(cv2.min(*falling), cv2.max(*rising)), reach, reach),
    )


def centre_places(small: GreyImage, square_px: float) -> Points:
    """Places (n, 2) dark over a square and light on all four sides of it, by falling contrast."""
    reach = round(square_px) + 1
    side = max(3, 2 * (round(0.8 * square_px) // 2) + 1)
    if min(small.shape) <= 2 * reach:
        return np.empty((0, 2))
    means = cv2.boxFilter(small, -1, (side, side))
    ahead, middle = slice(2 * reach, None), slice(reach, -reach)
    behind = slice(None, -2 * reach)
    lightest = cv2.min(
        cv2.min(means[behind, middle], means[ahead, middle]),
        cv2.min(means[middle, behind], means[middle, ahead]),
    )
    return _peaks(cv2.subtract(lightest, means[middle, middle]), reach, max(2, reach // 2))


def _peaks(difference: cv2.typing.MatLike, border: int, reach: int) -> Points:
    """Local maxima by falling height, in pixels of a picture that is larger by a border."""
    _, contrast = cv2.threshold(difference, CONTRAST, 0, cv2.THRESH_TOZERO)
    around = cv2.dilate(contrast, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    places = cv2.findNonZero(cv2.min(cv2.compare(contrast, around, cv2.CMP_EQ), contrast))
    if places is None:
        return np.empty((0, 2))
    places = places.reshape(-1, 2)
    heights = contrast[places[:, 1], places[:, 0]].astype(int)
    return places[np.argsort(-heights, kind="stable")].astype(np.float64) + border
