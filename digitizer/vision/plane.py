"""The plane of a page in a photo: homographies between page millimetres and photo pixels."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitizer.domain.geometry import Rect, Size

Matrix = NDArray[np.float64]
Points = NDArray[np.float64]
"""(n, 2) x, y."""

NEAREST_DEPTH: Final = 0.2
"""The nearest place of a sheet is not this much closer to the camera than the farthest."""


def project(homography: Matrix, points: Points) -> Points:
    """Points (n, 2) through a homography."""
    out = np.column_stack([points, np.ones(len(points))]) @ homography.T
    return np.asarray(out[:, :2] / out[:, 2:], np.float64)


def jacobian_at(homography: Matrix, point: Points) -> Matrix:
    """The (2, 2) derivative of a homography at a point (2,): pixels a millimetre."""
    u, v, w = homography @ np.array([point[0], point[1], 1.0])
    top = homography[:2, :2] * w - np.outer((u, v), homography[2, :2])
    return np.asarray(top / w**2, np.float64)


def rect_corners(rect: Rect) -> Points:
    """Corners (4, 2) of a rectangle: top left, top right, bottom right, bottom left."""
    return np.array([(corner.x, corner.y) for corner in rect.corners], np.float64)


def is_upright_sheet(homography: Matrix, size: Size) -> bool:
    """Whether a page's outline maps to a convex quadrilateral, not mirrored and not folded.

    A side seen from the front keeps its direction of rotation, and no place of it lies behind the
    camera.
    """
    if homography.shape != (3, 3) or not np.isfinite(homography).all():
        return False
    corners = rect_corners(Rect(0, 0, size.width, size.height))
    depth = np.column_stack([corners, np.ones(4)]) @ homography[2]
    if depth.min() <= NEAREST_DEPTH * depth.max():
        return False
    quad = project(homography, corners)
    edges = np.roll(quad, -1, axis=0) - quad
    ahead = np.roll(edges, -1, axis=0)
    turning = edges[:, 0] * ahead[:, 1] - edges[:, 1] * ahead[:, 0]
    return bool((turning > 0).all())


def quarter_turns(homography: Matrix, size: Size) -> int:
    """Clockwise quarter turns that bring the page's top to the top of the picture."""
    centre = np.array([size.width / 2, size.height / 2])
    right = jacobian_at(homography, centre)[:, 0]
    angle = float(np.degrees(np.arctan2(right[1], right[0])))
    return -round(angle / 90) % 4
