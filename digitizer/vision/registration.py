"""Lay the print of a photo over the print of the blank: this confirms a page and follows its paper.

Blocks of the blank are sought near where the map so far puts them, coarse to fine; a smooth mesh
follows what most of them say (block matching with a free-form deformation).
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.vision.blank import BLOCK_SIDE, Blank, Level
from digitizer.vision.flatten import Pyramid, lattice
from digitizer.vision.ink import Ink, soft_ink
from digitizer.vision.mesh import Measured, Mesh, fit_beside, fit_mesh
from digitizer.vision.plane import Matrix, Points, project

REACH: Final = 8
"""A block is sought this many pixels to either side, at any size."""

MENDING_REACH: Final = 5
"""The same at the finest size once a first pass has moved every block there."""

FAR_REACH: Final = 18
"""The same for paper so bent that little of its print is found at the coarsest size."""

BENT: Final = 0.75
"""Below this support the coarsest print is sought farther."""

PASSES: Final = (5, 2, 2)
"""At most so many times at each size, until nothing moves any more."""

GLANCES: Final = 2
FAR_PASSES: Final = 8

SETTLED_PX: Final = 1.5
"""A pass that moves the mesh by less than this, in pixels (90th percentile), is the last one."""

CELLS: Final = ((6, 9), (6, 9), (8, 12))
"""Columns and rows of the mesh at each size."""

STIFFNESS: Final = (0.3, 0.1, 0.05)
TOLERANCE_PX: Final = (0.8, 0.6, 0.5)

ALIKE: Final = 0.35
"""Correlation below which a block says nothing."""

AGREES_PX: Final = 1.5
"""A block agrees with the mesh when it lies within this distance, in pixels of its size."""

SMEAR_PX: Final = 2.5


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """What each block of one size said in the end.

    Attributes:
        middles: (n, 2) page millimetres.
        worth: (n, 2) how much it can tell of x and y; 0 beyond the photo.
        agrees: (n, 2) whether it was found where the mesh has it.
        off_mm: (n, 2) how far from it.
    """

    middles: Points
    worth: Points
    agrees: NDArray[np.bool_]
    off_mm: Points

    @property
    def support(self) -> float:
        """The share of the print in view that agrees: 1 for a page in full sight."""
        return float((self.worth * self.agrees).sum() / max(self.worth.sum(), 1e-9))

    @property
    def residual_mm(self) -> float:
        """Root mean square distance from the mesh of the blocks that agree."""
        told = self.worth * self.agrees
        return float(np.sqrt((told * self.off_mm**2).sum() / max(told.sum(), 1e-9)))


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """The mesh that lays the blank over the photo, and how far the print agrees."""

    mesh: Mesh
    agreement: Agreement


def register(
    pyramid: Pyramid, blank: Blank, homography: Matrix, start: Mesh | None = None
) -> Registered:
    """Follow the paper from a homography (page millimetres to photo pixels) and perhaps a mesh."""
    mesh = start or Mesh.flat(blank.page.size)
    for index, level in enumerate(blank.levels):
        mesh, agreement = _passes(pyramid, level, homography, mesh, index, REACH, PASSES[index])
        if index == 0 and agreement.support < BENT:
            far, more = _passes(pyramid, level, homography, mesh, index, FAR_REACH, FAR_PASSES)
            if more.support > agreement.support:
                mesh, agreement = far, more
    return Registered(mesh, agreement)


def coarse_support(
    pyramid: Pyramid, blank: Blank, homography: Matrix, start: Mesh | None = None
) -> float:
    """The share of the coarsest print that agrees after a quick look: ranks pages."""
    mesh = start or Mesh.flat(blank.page.size)
    level = blank.levels[0]
    return _passes(pyramid, level, homography, mesh, 0, REACH, GLANCES)[1].support


def refined(pyramid: Pyramid, blank: Blank, homography: Matrix, known: Mesh) -> Registered:
    """Follow paper whose bend is known well: only what departs from it is kept smooth."""
    mesh = known
    for index, level in enumerate(blank.levels):
        mesh, agreement = _passes(
            pyramid, level, homography, mesh, index, REACH, PASSES[index], known
        )
    return Registered(mesh, agreement)


def _passes(
    pyramid: Pyramid,
    level: Level,
    homography: Matrix,
    mesh: Mesh,
    index: int,
    reach: int,
    most: int,
    known: Mesh | None = None,
) -> tuple[Mesh, Agreement]:
    """Seek all blocks of one size again and again until nothing moves any more."""
    for turn in range(most):
        if turn and index == len(CELLS) - 1:
            reach = MENDING_REACH
        before = mesh.at(level.blocks.middles)
        mesh, agreement = _pass(pyramid, level, homography, mesh, index, reach, known)
        change = np.abs(mesh.at(level.blocks.middles) - before) * level.scale
        if len(change) and np.percentile(change, 90) < SETTLED_PX:
            break
    return mesh, agreement


def coarse_likeness(pyramid: Pyramid, blank: Blank, homography: Matrix) -> float:
    """Correlation of the coarsest ink, smeared so that bent paper still overlaps: -1 to 1."""
    level = blank.levels[0]
    height, width = level.ink.shape
    grid = lattice(homography, Mesh.flat(blank.page.size), level.scale, (width, height))
    flat = soft_ink(pyramid.sampled(grid, (width, height)))
    seen, drawn = (cv2.GaussianBlur(ink, (0, 0), SMEAR_PX) for ink in (flat, level.ink))
    found = float(cv2.matchTemplate(seen, drawn, cv2.TM_CCOEFF_NORMED)[0, 0])
    return found if np.isfinite(found) and found < 1.0001 else 0.0


def _pass(
    pyramid: Pyramid,
    level: Level,
    homography: Matrix,
    mesh: Mesh,
    index: int,
    reach: int,
    known: Mesh | None = None,
) -> tuple[Mesh, Agreement]:
    """Seek every block once and fit the mesh anew."""
    scale, at = np.array(level.scale), level.blocks.middles
    height, width = level.ink.shape
    grid = lattice(homography, mesh, level.scale, (width, height))
    flat = soft_ink(pyramid.sampled(grid, (width, height)))
    moved, likeness = _matched(flat, level, reach)
    alike = np.clip((likeness - ALIKE) / (1 - ALIKE), 0, 1)
    worth = level.blocks.telling * _in_view(pyramid, homography, mesh.moved(at))[:, None]
    step = moved / scale
    total = step + mesh.at(at + step)
    measured = Measured(at, total, worth * alike[:, None])
    stiffness, tolerance = STIFFNESS[index], TOLERANCE_PX[index] / float(scale.mean())
    if known is None:
        fitted = fit_mesh(
            measured, mesh.size, CELLS[index], stiffness=stiffness, tolerance=tolerance
        )
    else:
        fitted = fit_beside(measured, known, stiffness=stiffness, tolerance=tolerance)
    off = np.abs(total - fitted.at(at))
    agrees = (off * scale < AGREES_PX) & (likeness > ALIKE)[:, None]
    return fitted, Agreement(at, worth, agrees, off)


def _in_view(pyramid: Pyramid, homography: Matrix, points: Points) -> NDArray[np.bool_]:
    height, width = pyramid.sizes[0].shape
    seen = project(homography, points)
    return np.asarray(((seen >= 0) & (seen <= (width - 1, height - 1))).all(axis=1))


def _matched(flat: Ink, level: Level, reach: int) -> tuple[Points, NDArray[np.float64]]:
    """Displacement (n, 2) in pixels of every block's best place, and its correlation there."""
    padded = cv2.copyMakeBorder(flat, reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=0)
    side = BLOCK_SIDE + 2 * reach
    maps = np.array(
        [
            cv2.matchTemplate(
                padded[top : top + side, left : left + side], patch, cv2.TM_CCOEFF_NORMED
            )
            for (left, top), patch in level.patches
        ],
        np.float32,
    ).reshape(-1, 2 * reach + 1, 2 * reach + 1)
    # Where a window is plain OpenCV gives 1 or infinity: such a place is like nothing.
    maps[~np.isfinite(maps) | (maps > 1.0001)] = 0.0
    return _peaks(maps)


def _peaks(maps: NDArray[np.float32]) -> tuple[Points, NDArray[np.float64]]:
    """Of each map (n, side, side) the shift of its top from the middle, and its height."""
    count, side = maps.shape[:2]
    best = maps.reshape(count, -1).argmax(axis=1)
    row, column = best // side, best % side
    index = np.arange(count)
    moved = np.column_stack(
        [
            column - side // 2 + _vertex(maps[index, row], column),
            row - side // 2 + _vertex(maps[index, :, column], row),
        ]
    )
    return moved, maps[index, row, column].astype(np.float64)


def _vertex(lines: NDArray[np.float32], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Offset of the top of the parabola through three neighbours of each line, within a half."""
    index, inner = np.arange(len(lines)), np.clip(at, 1, lines.shape[1] - 2)
    before, here, after = (lines[index, inner + step].astype(np.float64) for step in (-1, 0, 1))
    bend = np.minimum(before - 2 * here + after, -1e-6)
    offset = np.clip((before - after) / (2 * bend), -0.5, 0.5)
    return np.where(at == inner, offset, 0.0)
