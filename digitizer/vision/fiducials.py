"""Find the corner marks printed on a page, at sub-pixel precision.

Pixel coordinates follow OpenCV: whole numbers are the centres of pixels.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import MarkShape
from digitizer.vision.ink import GreyImage
from digitizer.vision.plane import Matrix, Points

PATCH_SIDE: Final = 32
"""A corner mark is compared with its ideal on a patch of this many pixels."""
MARK_REACH: Final = 1.5
"""The patch reaches this many squares from the saddle, so that the white around counts too."""

FAINTEST_MARK: Final = 4.0
"""Grey levels (standard deviation) below which a patch shows no mark."""


@dataclass(frozen=True, slots=True)
class MarkCandidate:
    """A place that looks like a corner mark; `likeness` is a correlation, 1 for the ideal."""

    x: float
    y: float
    likeness: float


def shrunk(grey: GreyImage, scale: float) -> GreyImage:
    """The picture made smaller by area averaging; scale 1 returns it as it is."""
    if scale >= 1:
        return grey
    return np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def find_corner_marks(
    grey: GreyImage,
    jacobian: Matrix,
    square_side: float,
    *,
    keep: int = 40,
    shape: MarkShape = "saddle",
) -> tuple[MarkCandidate, ...]:
    """Places that look like a corner mark, most alike first.

    Args:
        grey: the picture.
        jacobian: (2, 2) pixels of `grey` a millimetre of the page, about right for every mark.
        square_side: of the mark's squares, in millimetres.
        keep: at most so many.
        shape: of the mark.

    The picture is searched at a size where a square has about 7 pixels, by normalised correlation
    with the ideal mark drawn through `jacobian`.
    """
    square_px = square_side * float(np.sqrt(abs(np.linalg.det(jacobian))))
    scale = min(1.0, 7.0 / square_px)
    small = shrunk(grey, scale)
    template = _drawn_mark(jacobian * scale, square_side, shape)
    if min(small.shape) <= max(template.shape):
        return ()
    matched = cv2.matchTemplate(small, template, cv2.TM_CCOEFF_NORMED)
    likeness = np.asarray(matched, np.float32)
    return tuple(_peaks(likeness, template.shape[0] // 2, scale, keep))


def _drawn_mark(jacobian: Matrix, square_side: float, shape: MarkShape) -> GreyImage:
    """The ideal mark through a linear map, on a square of odd side with its point in the middle.

    Drawn four times larger and shrunk, so that edges are soft as a camera makes them.
    """
    reach = MARK_REACH * square_side * float(np.linalg.norm(jacobian, 2)) / np.sqrt(2) * 0.9
    half = max(4, int(np.ceil(reach)))
    fine = 4
    side = (2 * half + 1) * fine
    middle = side / 2 - 0.5
    canvas = np.full((side, side), 255, np.uint8)
    for square in _squares(square_side, shape):
        corners = square @ (jacobian * fine).T + middle
        cv2.fillPoly(canvas, [np.round(corners * 16).astype(np.int32)], 0, cv2.LINE_AA, 4)
    return np.asarray(
        cv2.resize(canvas, (2 * half + 1, 2 * half + 1), interpolation=cv2.INTER_AREA), np.uint8
    )


def _squares(side: float, shape: MarkShape) -> tuple[Points, ...]:
    unit = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    if shape == "square":
        return ((unit - 0.5) * side,)
    return (unit - 1) * side, unit * side


def _peaks(
    likeness: NDArray[np.float32], half: int, scale: float, keep: int
) -> list[MarkCandidate]:
    """Local maxima above one half, by falling height, in pixels of the unscaled picture."""
    reach = np.ones((2 * half + 1, 2 * half + 1), np.uint8)
    top = (likeness == cv2.dilate(likeness, reach)) & (likeness > 0.5)
    rows, columns = np.nonzero(top)
    order = np.argsort(-likeness[rows, columns], kind="stable")[:keep]
    return [
        MarkCandidate(
            (columns[i] + half + 0.5) / scale - 0.5,
            (rows[i] + half + 0.5) / scale - 0.5,
            float(likeness[rows[i], columns[i]]),
        )
        for i in order
    ]


def refine_mark(
    grey: GreyImage, at: Points, square_px: float, shape: MarkShape = "saddle"
) -> Points:
    """The point of a mark near `at` (2,) between pixels; `at` itself where that wanders off.

    Of a saddle by `cv2.cornerSubPix`: Förstner's condition (gradients are perpendicular to the way
    to the point) holds there, which makes it the most exact point a printed mark can offer. Of a
    square the centroid of its darkness.
    """
    half = int(np.clip(round(0.55 * square_px), 2, 14))
    reach = half if shape == "saddle" else round(0.9 * square_px)
    height, width = grey.shape
    border = reach + 3
    if not (border <= at[0] < width - border and border <= at[1] < height - border):
        return at
    if shape == "square":
        return _centroid(grey, at, reach)
    start = at.astype(np.float32).reshape(1, 1, 2).copy()
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 40, 0.005)
    found = cv2.cornerSubPix(grey, start, (half, half), (-1, -1), stop).reshape(2)
    moved = float(np.hypot(*(found - at)))
    return found.astype(np.float64) if moved <= 0.8 * square_px else at


def _centroid(grey: GreyImage, at: Points, reach: int) -> Points:
    """Centre of the dark in a window about a place."""
    x, y = round(float(at[0])), round(float(at[1]))
    window = grey[y - reach : y + reach + 1, x - reach : x + reach + 1].astype(np.float64)
    low, high = np.percentile(window, (5, 90))
    dark = np.clip((high - window) / max(high - low, 1.0) - 0.3, 0, None)
    offset = np.arange(-reach, reach + 1)
    total = max(float(dark.sum()), 1e-9)
    return np.array(
        [x + (dark.sum(axis=0) @ offset) / total, y + (dark.sum(axis=1) @ offset) / total]
    )


def mark_likeness(
    grey: GreyImage,
    at: Points,
    jacobian: Matrix,
    square_side: float,
    shape: MarkShape = "saddle",
) -> float:
    """How much the picture around `at` looks like a corner mark: -1 to 1.

    Confirms the shape (its filled squares, white beside them) under the local map of the page,
    so that a dark blob at the right place is never taken for a mark.
    """
    reach = MARK_REACH * square_side
    step = 2 * reach / PATCH_SIDE
    to_page = np.array([[step, 0, -reach + step / 2], [0, step, -reach + step / 2]])
    affine = np.column_stack([jacobian @ to_page[:, :2], jacobian @ to_page[:, 2] + at])
    patch = cv2.warpAffine(
        grey,
        affine,
        (PATCH_SIDE, PATCH_SIDE),
        flags=cv2.INTER_AREA | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    seen = patch.astype(np.float32).ravel()
    seen -= seen.mean()
    contrast = float(np.sqrt(seen @ seen))
    if contrast < FAINTEST_MARK * PATCH_SIDE:
        return 0.0
    return float(seen @ _ideal_mark(shape)) / contrast


@lru_cache
def _ideal_mark(shape: MarkShape) -> NDArray[np.float32]:
    """The patch of an ideal mark, flattened, of mean 0 and length 1, for a correlation."""
    grid = ((np.arange(PATCH_SIDE) + 0.5) / PATCH_SIDE - 0.5) * 2 * MARK_REACH
    x, y = np.meshgrid(grid, grid)
    far = np.maximum(np.abs(x), np.abs(y))
    filled = (far < 1) & (x * y > 0) if shape == "saddle" else far < 0.5
    ideal = np.where(filled, 0.0, 1.0).ravel()
    ideal -= ideal.mean()
    return np.asarray(ideal / np.linalg.norm(ideal), np.float32)
