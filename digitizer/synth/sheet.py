"""A sheet of paper in space, bent, tilted and seen through a pinhole: the exact mapping."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import FormSpec
from digitizer.domain.geometry import Size
from digitizer.synth.glyphs import Points

CurlShape = Literal["arc", "wave", "corner"]
Matrix = NDArray[np.float64]

BOX_MM: Final = 18.0
"""The side of a plano's digit box, for which hands and pens are drawn."""


@dataclass(frozen=True, slots=True)
class Pose:
    """How the camera meets the sheet.

    Attributes:
        tilt: degrees between the sheet's normal and the line of sight.
        azimuth: degrees; towards which side the sheet leans away.
        roll: degrees by which the camera is turned about its line of sight.
        curl: largest height of the bend, as a share of the page's height.
        curl_shape: one arc, a wave, or a lifted end.
        curl_direction: degrees; the direction along which the sheet is bent.
        distance: from the camera to the page's centre, in page heights.
    """

    tilt: float
    azimuth: float
    roll: float
    curl: float
    curl_shape: CurlShape
    curl_direction: float
    distance: float


def _profile(shape: CurlShape) -> Callable[[Points], Points]:
    profiles: dict[CurlShape, Callable[[Points], Points]] = {
        "arc": lambda s: np.cos(np.pi * s / 2),
        "wave": lambda s: np.sin(1.5 * np.pi * s) * 0.8,
        "corner": lambda s: np.clip(s, 0, None) ** 2,
    }
    return profiles[shape]


@dataclass(frozen=True)
class Bend:
    """A developable bend: the sheet curves along one direction and is not stretched.

    `s` is the distance along the paper; the height z(s) is given and the ground distance is
    the integral of sqrt(1 - z'(s)^2), so every length on the paper is kept.
    """

    size: Size
    pose: Pose

    @cached_property
    def _table(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        reach = float(np.hypot(self.size.width, self.size.height)) / 2
        s = np.linspace(-reach, reach, 4097)
        half = self.size.height / 2
        z = self.pose.curl * self.size.height * _profile(self.pose.curl_shape)(s / half)
        slope = np.gradient(z, s)
        run = np.sqrt(np.maximum(1 - slope**2, 0.04))
        steps = (run[1:] + run[:-1]) / 2 * np.diff(s)
        ground = np.concatenate([[0.0], np.cumsum(steps)])
        return s, ground - np.interp(0, s, ground), z

    def __call__(self, points: Points) -> NDArray[np.float64]:
        """Page millimetres (n, 2) to space (n, 3), origin at the page's centre, z to the viewer."""
        centred = points - (self.size.width / 2, self.size.height / 2)
        angle = np.deg2rad(self.pose.curl_direction)
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-along[1], along[0]])
        s, ground, z = self._table
        distance = centred @ along
        flat = np.outer(np.interp(distance, s, ground), along) + np.outer(centred @ across, across)
        return np.column_stack([flat, np.interp(distance, s, z)])


@dataclass(frozen=True)
class PageToPhoto:
    """Where every point of the page lies in the photo: the truth of a shot.

    Attributes:
        size: of the page, in millimetres.
        pose: how the sheet was seen.
        focal: in pixels.
        adjust: 3 x 3, from the camera's plane to the pixels of the finished photo (shift, crop,
            quarter turns and resizing).
    """

    size: Size
    pose: Pose
    focal: float
    adjust: Matrix

    def project(self, points: Points) -> Points:
        """Page millimetres (n, 2) to photo pixels (n, 2); a pixel's centre has whole numbers."""
        space = Bend(self.size, self.pose)(np.atleast_2d(np.asarray(points, np.float64)))
        seen = space @ _rotation(self.pose).T
        depth = self.pose.distance * self.size.height - seen[:, 2]
        plane = np.column_stack([self.focal * seen[:, :2] / depth[:, None], np.ones(len(seen))])
        pixels = plane @ self.adjust.T
        return np.asarray(pixels[:, :2] / pixels[:, 2:])

    @cached_property
    def homography(self) -> Matrix:
        """The 3 x 3 homography, page mm to photo px, that fits best; exact when `curl` is 0."""
        grid = page_grid(self.size, 13, 19)
        matrix, _ = cv2.findHomography(grid, self.project(grid), 0)
        return np.asarray(matrix, np.float64)

    def page_points(self, pixels: Points) -> Points:
        """Photo pixels (n, 2) back to page millimetres, also a little beyond the page's edge."""
        back = np.asarray(np.linalg.inv(self.homography), np.float64)
        guess = _transform(back, pixels)
        for _ in range(12):
            error = pixels - self.project(guess)
            # The homography's inverse turns a pixel error into nearly the right page error.
            guess = guess + _transform(back, pixels) - _transform(back, pixels - error)
        return guess

    def then(self, matrix: Matrix) -> "PageToPhoto":
        """The same truth after the photo was moved by a 3 x 3 `matrix` in pixels."""
        return PageToPhoto(self.size, self.pose, self.focal, matrix @ self.adjust)


def page_grid(size: Size, columns: int, rows: int) -> Points:
    """Points spread evenly over the page, (columns x rows, 2) millimetres."""
    x, y = np.meshgrid(np.linspace(0, size.width, columns), np.linspace(0, size.height, rows))
    return np.column_stack([x.ravel(), y.ravel()])


def box_side(form: FormSpec) -> float:
    """The shorter side of a form's smallest digit box, in millimetres, dates left out.

    Scales of photos are stated as pixels of such a box, and crews choose a pen that fits it.
    """
    boxes = [box for field in form.fields.values() if field.counted for box in field.digit_boxes]
    return min(min(box.width, box.height) for box in boxes)


def place_sheet(size: Size, pose: Pose, box_px: float, box_mm: float = BOX_MM) -> PageToPhoto:
    """A view in which the smallest box of `box_mm` anywhere on the page measures `box_px` pixels.

    A box's measure is the square root of its area in the photo.
    """
    unit = PageToPhoto(size, pose, 1.0, np.eye(3))
    edge = size.height / 45
    grid = page_grid(Size(size.width - 2 * edge, size.height - 2 * edge), 9, 13) + edge
    across, down = np.array([box_mm / 2, 0.0]), np.array([0.0, box_mm / 2])
    dx = unit.project(grid + across) - unit.project(grid - across)
    dy = unit.project(grid + down) - unit.project(grid - down)
    area = np.abs(dx[:, 0] * dy[:, 1] - dx[:, 1] * dy[:, 0])
    return PageToPhoto(size, pose, box_px / float(np.sqrt(area.min())), np.eye(3))


def _transform(matrix: Matrix, points: Points) -> Points:
    out = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(out[:, :2] / out[:, 2:])


def _rotation(pose: Pose) -> Matrix:
    def about_z(degrees: float) -> Matrix:
        c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
        return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])

    c, s = np.cos(np.deg2rad(pose.tilt)), np.sin(np.deg2rad(pose.tilt))
    lean = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    return np.asarray(
        about_z(pose.roll) @ about_z(pose.azimuth) @ lean @ about_z(-pose.azimuth), np.float64
    )
