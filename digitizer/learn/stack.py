"""The blank under many filled forms: aligned to each other, their median is what all share.

Every form has the same print and other ink, so at each place the middle of all levels is paper or
print wherever fewer than half have written there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.errors import DigitizerError
from digitizer.learn.measure import darkness

HEIGHT: Final = 2400
"""To this height every picture is brought."""

LEAST_PICTURES: Final = 5
"""With fewer a median keeps what three crews wrote alike, such as a struck-out box."""

FEATURES: Final = 6000
RATIO: Final = 0.8
"""A feature whose best match is not this much nearer than the second says nothing (Lowe 2004)."""

REACH_PX: Final = 3.0
LEAST_INLIERS: Final = 60
ROUNDS: Final = 2
"""The first median is sharper than any one picture, so everything is aligned to it once more."""

MOST_TURN: Final = 3.0
TURN_STEP: Final = 0.05
"""Degrees by which a page may lean, and to which that is measured."""

Grey = NDArray[np.uint8]
Points = NDArray[np.float64]
Homography = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    """A page with its features."""

    level: Grey
    points: Points
    found: NDArray[np.float32]


def stacked(pictures: Iterable[Grey]) -> tuple[Grey, int]:
    """What these pictures of filled forms share, upright, and how many of them were used.

    Args:
        pictures: grey, (height, width) each, of the same page, all the same way up.

    Raises:
        DigitizerError: too few of them fit onto each other.
    """
    known = [_Picture(level, *_features(level)) for level in map(_level, pictures)]
    if len(known) < LEAST_PICTURES:
        raise _too_few(len(known), len(known))
    base = max(known, key=lambda item: _sharpness(item.level))
    used = 0
    for _ in range(ROUNDS):
        fitting = [warped for item in known if (warped := _onto(item, base)) is not None]
        used = len(fitting)
        if used < LEAST_PICTURES:
            raise _too_few(used, len(known))
        level = np.asarray(np.median(np.stack(fitting), axis=0), np.uint8)
        base = _Picture(level, *_features(level))
    return _upright(base.level), used


def _too_few(used: int, given: int) -> DigitizerError:
    return DigitizerError(
        f"{used} of {given} pictures fit onto each other, needed {LEAST_PICTURES}",
        "give ten or more photos of the same page of the same form, all the same way up",
        code="bad_request",
    )


def _level(picture: Grey) -> Grey:
    """A picture of `HEIGHT` in which paper is white, whatever the light was."""
    scale = HEIGHT / picture.shape[0]
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    sized = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=way), np.uint8)
    return np.asarray(np.round(255 * (1 - darkness(sized))), np.uint8)


def _sharpness(picture: Grey) -> float:
    return float(cv2.Laplacian(picture, cv2.CV_32F).var())


def _features(picture: Grey) -> tuple[Points, NDArray[np.float32]]:
    """Where its features lie, (n, 2), and what they look like, (n, 128); Lowe 2004."""
    points, found = cv2.SIFT.create(nfeatures=FEATURES).detectAndCompute(picture, None)
    if found is None:
        return np.empty((0, 2)), np.empty((0, 128), np.float32)
    return np.array([point.pt for point in points], np.float64), np.asarray(found, np.float32)


def _onto(picture: _Picture, base: _Picture) -> Grey | None:
    """A picture as it lies on another one; None where they are not of the same page."""
    homography = _homography(picture, base)
    if homography is None:
        return None
    height, width = base.level.shape
    warped = cv2.warpPerspective(
        picture.level, homography, (width, height), flags=cv2.INTER_LINEAR, borderValue=255.0
    )
    return np.asarray(warped, np.uint8)


def _homography(picture: _Picture, base: _Picture) -> Homography | None:
    if min(len(picture.points), len(base.points)) < LEAST_INLIERS:
        return None
    matches = cv2.BFMatcher(cv2.NORM_L2).knnMatch(picture.found, base.found, k=2)
    good = [first for first, second in matches if first.distance < RATIO * second.distance]
    if len(good) < LEAST_INLIERS:
        return None
    here = picture.points[[match.queryIdx for match in good]]
    there = base.points[[match.trainIdx for match in good]]
    homography, inliers = cv2.findHomography(here, there, cv2.USAC_MAGSAC, REACH_PX)
    if homography is None or int(inliers.sum()) < LEAST_INLIERS:
        return None
    return np.asarray(homography, np.float64)


def _upright(picture: Grey) -> Grey:
    """The picture turned so that its rulings run along its edges.

    That angle is taken at which the rows differ most: each ruling then lies in one of them.
    """
    small = cv2.resize(255 - picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    turns = np.arange(-MOST_TURN, MOST_TURN + TURN_STEP / 2, TURN_STEP)
    best = max(turns, key=lambda turn: float(_turned(small, float(turn), 0).sum(axis=1).var()))
    return _turned(picture, float(best), 255)


def _turned(picture: cv2.typing.MatLike, degrees: float, paper: int) -> Grey:
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    turned = cv2.warpAffine(
        picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=float(paper)
    )
    return np.asarray(turned, np.uint8)
