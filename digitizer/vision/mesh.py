"""How paper departs from a flat sheet: a smooth field of displacements on the page.

Uniform cubic B-splines over a grid of control points with a penalty on bending (free-form
deformation: Rueckert et al., IEEE TMI 1999), fitted to measured displacements robustly by
iteratively reweighted least squares. The print of a form is upright, so x and y are fitted each on
its own.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitizer.domain.geometry import Size

Points = NDArray[np.float64]
"""(n, 2) x, y."""
Grid = NDArray[np.float64]
"""(rows + 3, columns + 3) control values."""

ROUNDS: Final = 6
"""Reweighting settles within so many rounds."""

OUTLIER: Final = 3.0
"""A measurement this many robust deviations away has lost three quarters of its weight."""


CUBIC: Final = np.array([[1, 4, 1, 0], [-3, 0, 3, 0], [3, -6, 3, 0], [-1, 3, -3, 1]]) / 6
"""The four pieces of a uniform cubic B-spline: the share of each power 0 to 3 in each of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Displacements in millimetres over a page of `size`: x and y control grids of equal shape.

    A point p of the form is printed where a flat sheet would have p + `at`(p).
    """

    size: Size
    x: Grid
    y: Grid

    @classmethod
    def flat(cls, size: Size) -> "Mesh":
        """No displacement anywhere."""
        return cls(size, np.zeros((4, 4)), np.zeros((4, 4)))

    def at(self, points: Points) -> Points:
        """Displacements (n, 2) at points of the page (n, 2); beyond it those of its edge."""
        across, down = _bases(points, self.size, self.x.shape)
        return np.column_stack(
            [
                np.einsum("nr,rc,nc->n", down, self.x, across),
                np.einsum("nr,rc,nc->n", down, self.y, across),
            ]
        )

    def moved(self, points: Points) -> Points:
        """Where a flat sheet has what the form prints at `points` (n, 2)."""
        return points + self.at(points)

    def lattice(self, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> NDArray[np.float64]:
        """`moved` at every crossing of columns `xs` and rows `ys`: (rows, columns, 2)."""
        across = basis(xs / self.size.width * (self.x.shape[1] - 3), self.x.shape[1])
        down = basis(ys / self.size.height * (self.x.shape[0] - 3), self.x.shape[0])
        moved_x = down @ self.x @ across.T + xs[None, :]
        moved_y = down @ self.y @ across.T + ys[:, None]
        return np.stack([moved_x, moved_y], axis=-1)


def basis(t: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Cubic B-spline weights (n, count) of `count` control points at grid positions t (n,)."""
    clipped = np.minimum(np.maximum(t, 0.0), count - 3 - 1e-9)
    cell = clipped.astype(int)
    u = clipped - cell
    powers = np.stack([np.ones_like(u), u, u * u, u * u * u], axis=1)
    basis = np.zeros((len(u), count))
    basis[np.arange(len(u))[:, None], cell[:, None] + np.arange(4)] = powers @ CUBIC
    return basis


def _bases(
    points: Points, size: Size, shape: tuple[int, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    across = basis(points[:, 0] / size.width * (shape[1] - 3), shape[1])
    down = basis(points[:, 1] / size.height * (shape[0] - 3), shape[0])
    return across, down


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Displacements measured on the print.

    Attributes:
        at: (n, 2) points of the form, in millimetres.
        moved: (n, 2) displacements there, in millimetres.
        weights: (n, 2) how much each of x and y is worth: print that runs along x tells nothing
            of x.
    """

    at: Points
    moved: Points
    weights: Points


def fit_mesh(
    measured: Measured, size: Size, cells: tuple[int, int], *, stiffness: float, tolerance: float
) -> Mesh:
    """The smooth field that most measurements agree on.

    Args:
        measured: displacements of the print.
        size: of the page.
        cells: columns and rows of the grid.
        stiffness: weight of the bending penalty against one measurement.
        tolerance: millimetres that a good measurement may be off; the least robust deviation.
    """
    shape = (cells[1] + 3, cells[0] + 3)
    across, down = _bases(measured.at, size, shape)
    design = np.einsum("nr,nc->nrc", down, across).reshape(len(measured.at), -1)
    penalty = stiffness * _bending(shape)
    x, y = (
        _robust_fit(
            design, measured.moved[:, axis], measured.weights[:, axis], penalty, tolerance
        ).reshape(shape)
        for axis in (0, 1)
    )
    return Mesh(size, x, y)


def fit_beside(measured: Measured, known: Mesh, *, stiffness: float, tolerance: float) -> Mesh:
    """The same where a bend is known well: only what departs from it has to be smooth."""
    left = replace(measured, moved=measured.moved - known.at(measured.at))
    rows, columns = known.x.shape
    cells = (columns - 3, rows - 3)
    found = fit_mesh(left, known.size, cells, stiffness=stiffness, tolerance=tolerance)
    return Mesh(known.size, known.x + found.x, known.y + found.y)


def _robust_fit(
    design: NDArray[np.float64],
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    penalty: NDArray[np.float64],
    tolerance: float,
) -> NDArray[np.float64]:
    """Control values by iterative reweighting (Geman and McClure's weights).

    The scale starts wide and shrinks to the robust deviation, so that the field follows the many
    and not the first.
    """
    trust: NDArray[np.float64] = np.ones(len(values))
    control: NDArray[np.float64] = np.zeros(design.shape[1])
    start = max(4 * tolerance, 1.5 * _median(np.abs(values)) if len(values) else 0.0)
    heavy = weights > 0.05 * weights.max() if len(weights) else weights > 0
    for round_ in range(ROUNDS):
        weighted = design * (weights * trust)[:, None]
        control = np.asarray(
            np.linalg.solve(design.T @ weighted + penalty, weighted.T @ values), np.float64
        )
        off = np.abs(values - design @ control)
        deviation = 1.48 * _median(off[heavy]) if heavy.any() else tolerance
        share = round_ / (ROUNDS - 1)
        scale = max(tolerance, (1 - share) * start + share * deviation)
        trust = np.asarray(1 / np.square(1 + np.square(off / (OUTLIER * scale))), np.float64)
    return control


def _median(values: NDArray[np.float64]) -> float:
    """Not np.median, which takes five times as long over so few values."""
    ranked = np.sort(values)
    return float(ranked[(len(ranked) - 1) // 2] + ranked[len(ranked) // 2]) / 2


@lru_cache(maxsize=16)
def _bending(shape: tuple[int, int]) -> NDArray[np.float64]:
    """The thin plate's energy as a quadratic form of the control values.

    A trace of a pull to zero keeps places without any print defined.
    """
    rows, columns = shape
    second_r, second_c = np.diff(np.eye(rows), 2, axis=0), np.diff(np.eye(columns), 2, axis=0)
    first_r, first_c = np.diff(np.eye(rows), axis=0), np.diff(np.eye(columns), axis=0)
    terms = (
        (np.kron(second_r, np.eye(columns)), 1.0),
        (np.kron(np.eye(rows), second_c), 1.0),
        (np.kron(first_r, first_c), 2.0),
    )
    energy = sum(weight * term.T @ term for term, weight in terms)
    return np.asarray(energy + 1e-4 * np.eye(rows * columns), np.float64)
