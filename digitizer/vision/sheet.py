"""A sheet of paper bent in one direction and seen through a pinhole.

Paper does not stretch, so a sheet that bends, bends like a piece of a cylinder: along rulings it
stays straight (page dewarping by a cylindrical or developable surface: Cao, Ding and Liu, ICDAR
2003; Meng et al., CVPR 2014). Few numbers describe it, so a part of a page tells where the rest is.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.geometry import Size
from digitizer.vision.mesh import Measured, Mesh, basis, fit_mesh
from digitizer.vision.plane import Matrix, Points, project

Vector = NDArray[np.float64]

PIECES: Final = 8
"""The bend is a cubic spline of so many pieces over the page's diagonal."""

SAMPLES: Final = 129
"""The bend is known at so many places along the paper, and linear between them."""

FOCAL: Final = 1.2
"""Focal length in longer sides of the photo: between a phone's own and that of a cropped photo."""

DIRECTION: Final = 7
HEIGHTS: Final = slice(8, 8 + PIECES + 3)
"""Where a sheet's numbers hold the direction of bend, and the control values of its height."""

NEAREST: Final = 0.05
"""Depth, in longer sides of the page, in front of which no place is seen."""

CELLS: Final = (10, 14)
NODES: Final = 32
"""A sheet becomes a mesh of so many columns and rows, fitted to so many places either way."""

STEEPEST: Final = 0.96
"""Slope of the bent sheet, at most: seen from above it never folds over."""


@dataclass(frozen=True, slots=True)
class View:
    """The photo's centre and longer side in pixels, and the page's size in millimetres."""

    centre: tuple[float, float]
    side: float
    size: Size

    @classmethod
    def of(cls, photo: tuple[int, int], size: Size) -> "View":
        """Of a photo of this width and height."""
        return cls(((photo[0] - 1) / 2, (photo[1] - 1) / 2), float(max(photo)), size)

    @property
    def long_side(self) -> float:
        """The page's, in millimetres."""
        return max(self.size.width, self.size.height)


@dataclass(frozen=True, eq=False)
class Sheet:
    """A bent sheet as a camera sees it, one that looks at the middle of its photo.

    Attributes:
        numbers: logarithm of the focal length (longer sides of the photo), rotation vector, place
            of the page's centre (longer sides of the page), direction of bend in radians, and the
            control values of its height.
    """

    view: View
    numbers: Vector

    @classmethod
    def flat(cls, view: View, homography: Matrix) -> "Sheet":
        """The flat sheet whose pose is nearest to a homography (page mm to photo px)."""
        size, side = view.size, view.side
        page = np.array(
            [
                [view.long_side, 0, size.width / 2],
                [0, view.long_side, size.height / 2],
                [0, 0, 1],
            ]
        )
        focal = side * FOCAL
        camera = np.array([[focal, 0, view.centre[0]], [0, focal, view.centre[1]], [0, 0, 1]])
        pose = np.linalg.inv(camera) @ homography @ page
        pose /= (np.linalg.norm(pose[:, 0]) + np.linalg.norm(pose[:, 1])) / 2
        if pose[2, 2] < 0:
            pose = -pose
        turned = np.column_stack([pose[:, 0], pose[:, 1], np.cross(pose[:, 0], pose[:, 1])])
        u, _, vt = np.linalg.svd(turned)
        rotation, _ = cv2.Rodrigues(u @ vt)
        numbers = [np.log(FOCAL), *rotation.ravel(), *pose[:, 2], 0.0, *np.zeros(PIECES + 3)]
        return cls(view, np.array(numbers, np.float64))

    def changed(self, index: int, value: float) -> "Sheet":
        """The sheet with one other number."""
        numbers = self.numbers.copy()
        numbers[index] = value
        return Sheet(self.view, numbers)

    @cached_property
    def _bend(self) -> tuple[Vector, Vector, Vector]:
        """Distance along the paper, along the ground, and height, in longer sides of the page."""
        along, weights, slopes = _splines(_reach(self.view))
        slope = np.clip(slopes @ self.numbers[HEIGHTS], -STEEPEST, STEEPEST)
        run = np.sqrt(1 - slope**2)
        step = along[1] - along[0]
        ground = np.concatenate([[0.0], np.cumsum((run[1:] + run[:-1]) / 2 * step)])
        return along, ground - ground[SAMPLES // 2], weights @ self.numbers[HEIGHTS]

    def project(self, points: Points) -> Points:
        """Page millimetres (n, 2) to photo pixels (n, 2)."""
        size, view = self.view.size, self.view
        flat = (points - (size.width / 2, size.height / 2)) / view.long_side
        c, s = np.cos(self.numbers[DIRECTION]), np.sin(self.numbers[DIRECTION])
        distance, across = flat @ (c, s), flat @ (-s, c)
        along, ground, height = self._bend
        place = np.interp(distance, along, ground)
        space = np.column_stack(
            [place * c - across * s, place * s + across * c, np.interp(distance, along, height)]
        )
        rotation, _ = cv2.Rodrigues(self.numbers[1:4])
        seen = space @ rotation.T + self.numbers[4:7]
        depth = np.maximum(seen[:, 2:], NEAREST)
        found = view.side * np.exp(self.numbers[0]) * seen[:, :2] / depth + view.centre
        return np.asarray(found, np.float64)

    def as_mesh(self) -> tuple[Matrix, Mesh]:
        """The homography that is nearest over the whole page, and the bend that it leaves."""
        size = self.view.size
        x, y = np.meshgrid(*(np.linspace(0, side, NODES) for side in (size.width, size.height)))
        at = np.column_stack([x.ravel(), y.ravel()])
        seen = self.project(at)
        found, _ = cv2.findHomography(at, seen, 0)
        matrix = np.asarray(found, np.float64)
        moved = project(np.asarray(np.linalg.inv(matrix)), seen) - at
        measured = Measured(at, moved, np.ones((len(at), 2)))
        return matrix, fit_mesh(
            measured, size, CELLS, stiffness=1e-3, tolerance=self.view.long_side
        )


def _reach(view: View) -> float:
    return float(np.hypot(view.size.width, view.size.height)) / 2 / view.long_side


@lru_cache(maxsize=32)
def _splines(reach: float) -> tuple[Vector, Vector, Vector]:
    """Distances along the paper, the weights of the control values there, and their slopes."""
    along = np.linspace(-reach, reach, SAMPLES)
    weights = basis((along / reach + 1) / 2 * PIECES, PIECES + 3)
    return along, weights, np.gradient(weights, along, axis=0)
