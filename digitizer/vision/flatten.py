"""Sample a photo along a map of the page: the photo at falling sizes, and the maps themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.vision.ink import GreyImage, halved
from digitizer.vision.mesh import Mesh
from digitizer.vision.plane import Matrix, project

LATTICE_PX: Final = 16
"""The map is computed exactly at every so many pixels and linearly between them."""

NO_MAP: Final = cast("NDArray[np.float32]", None)
"""What `cv2.remap` takes for its second map when the first holds x and y; an empty array is not
the same to it, although its types do not name None."""

SMALLEST: Final = 600
"""Longer side, in pixels, of the smallest size kept of a photo, at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Pyramid:
    """A photo in grey; each size is half of the one before."""

    sizes: tuple[GreyImage, ...]

    @classmethod
    def of(cls, grey: GreyImage) -> "Pyramid":
        """Every size down to `SMALLEST`."""
        sizes = [grey]
        while max(sizes[-1].shape) >= 2 * SMALLEST:
            sizes.append(halved(sizes[-1]))
        return cls(tuple(sizes))

    def near(self, long_side: int) -> tuple[GreyImage, float]:
        """The smallest size with at least this longer side, and its scale."""
        fit = [i for i, size in enumerate(self.sizes) if max(size.shape) >= long_side]
        index = fit[-1] if fit else 0
        return self.sizes[index], 0.5**index

    def rising(self, long_side: int, most: int) -> Iterator[tuple[GreyImage, float]]:
        """The same size and every larger one up to `most`, with their scales."""
        _, smallest = self.near(long_side)
        for index in range(len(self.sizes) - 1, -1, -1):
            scale = 0.5**index
            if scale == smallest or (scale > smallest and max(self.sizes[index].shape) <= most):
                yield self.sizes[index], scale

    def resized(self, long_side: int) -> tuple[GreyImage, float]:
        """The photo with this longer side, or itself where it is smaller, and the scale."""
        grey, scale = self.near(long_side)
        share = long_side / max(grey.shape)
        if share >= 1:
            return grey, scale
        small = cv2.resize(grey, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.uint8), scale * share

    def sampled(self, grid: NDArray[np.float64], size: tuple[int, int]) -> GreyImage:
        """A picture of this width and height from a lattice of photo points, see `spread`."""
        middle = grid[grid.shape[0] // 2 - 1 : grid.shape[0] // 2 + 1, grid.shape[1] // 2]
        stretch = float(np.linalg.norm(middle[1] - middle[0])) / LATTICE_PX
        index = int(np.clip(round(np.log2(max(stretch, 1.0)) - 0.2), 0, len(self.sizes) - 1))
        maps = spread((grid + 0.5) * 0.5**index - 0.5, size)
        found = cv2.remap(
            self.sizes[index], maps, NO_MAP, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(found, np.uint8)


def lattice(
    homography: Matrix,
    mesh: Mesh,
    scale: tuple[float, float],
    size: tuple[int, int],
    origin: tuple[float, float] = (0.0, 0.0),
) -> NDArray[np.float64]:
    """Photo points of every `LATTICE_PX`-th pixel of a flat page, (rows, columns, 2).

    The picture has this `scale` (pixels a millimetre in x and y) and `size`, and starts at `origin`
    on the page. The first node lies half a step before its first pixel; see `spread`.
    """
    columns, rows = (side // LATTICE_PX + 3 for side in size)
    xs = np.asarray((np.arange(columns) - 0.5) * LATTICE_PX / scale[0] + origin[0], np.float64)
    ys = np.asarray((np.arange(rows) - 0.5) * LATTICE_PX / scale[1] + origin[1], np.float64)
    nodes = mesh.lattice(xs, ys)
    return project(homography, nodes.reshape(-1, 2)).reshape(nodes.shape)


def spread(grid: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float32]:
    """A lattice drawn out to one point a pixel: (height, width, 2)."""
    rows, columns = grid.shape[:2]
    step = LATTICE_PX
    fine = cv2.resize(
        grid.astype(np.float32), (columns * step, rows * step), interpolation=cv2.INTER_LINEAR
    )
    return np.asarray(fine[step : step + size[1], step : step + size[0]])
