"""Fit a bent sheet to matches of its print: its few numbers by robust least squares."""

from collections.abc import Callable
from typing import Final

import numpy as np

from digitizer.vision.plane import Matrix, Points
from digitizer.vision.sheet import DIRECTION, FOCAL, HEIGHTS, Sheet, Vector, View

FOCAL_SPREAD: Final = 0.4
"""Natural logarithm by which it may well differ."""

DIRECTIONS: Final = 6
"""Directions of bend that are tried."""

STIFF: Final = 0.04
"""Weight of a change of curvature against errors in shares of the photo's longer side."""

FLAT: Final = 0.0004
"""Weight of height, which alone is no more than another place of the camera."""

FOCAL_WEIGHT: Final = 0.004
"""Weight of what is known of a camera before any photo."""

TRIAL_STEPS: Final = 6
STEPS: Final = 14
DAMPINGS: Final = 6
"""A step is shortened so many times before it is given up."""

WIDTHS: Final = (24.0, 3.0)
"""A match so many tolerances off counts half: at first, and in the end."""

SLOPE_STEP: Final = 1e-5


def fit_sheet(
    view: View,
    at: Points,
    seen: Points,
    homography: Matrix,
    tolerance: float,
    known: Sheet | None = None,
) -> Sheet:
    """The bent sheet that most matches agree on.

    Args:
        view: what is seen, and of what size.
        at: (n, 2) page millimetres.
        seen: (n, 2) photo pixels.
        homography: page millimetres to photo pixels, right for some of the matches.
        tolerance: pixels that a good match may be off.
        known: a sheet that may be nearly right.
    """
    flat = Sheet.flat(view, homography)
    starts = [flat.changed(DIRECTION, np.pi * turn / DIRECTIONS) for turn in range(DIRECTIONS)]
    if known is not None:
        starts.append(known)
    tried = [_fitted(start, at, seen, tolerance, TRIAL_STEPS) for start in starts]
    best = min(tried, key=lambda item: item[1])[0]
    return _fitted(best, at, seen, tolerance, STEPS)[0]


def _fitted(
    start: Sheet, at: Points, seen: Points, tolerance: float, steps: int
) -> tuple[Sheet, float]:
    """The sheet after some steps, and its cost.

    Levenberg and Marquardt's steps with Geman and McClure's weights, whose scale shrinks so that
    the sheet follows the many and not the first.
    """
    side = start.view.side
    sheet, damping = start, 1e-2
    reach = tolerance / side

    def residuals(one: Sheet) -> tuple[Vector, Vector]:
        return ((one.project(at) - seen) / side), _known(one)

    def cost(off: Vector, known: Vector, scale: float) -> float:
        far = (off**2).sum(axis=1) / scale**2
        return float((far / (1 + far)).sum() + (known**2).sum() / reach**2)

    off, known = residuals(sheet)
    for step in range(steps):
        share = step / max(steps - 1, 1)
        scale = reach * WIDTHS[0] ** (1 - share) * WIDTHS[1] ** share
        now = cost(off, known, scale)
        trust = 1 / (1 + (off**2).sum(axis=1) / scale**2)
        slopes, slopes_known = _slopes(sheet, residuals, off, known)
        weight = np.repeat(trust, 2)
        left = np.vstack([slopes * weight[:, None], slopes_known * scale / reach])
        right = np.concatenate([off.ravel() * weight, known * scale / reach])
        normal, gradient = left.T @ left, left.T @ right
        for _ in range(DAMPINGS):
            lift = damping * np.diag(normal) + 1e-12
            change = np.linalg.solve(normal + np.diag(lift), gradient)
            trial = Sheet(sheet.view, sheet.numbers - change)
            trial_off, trial_known = residuals(trial)
            if cost(trial_off, trial_known, scale) < now:
                sheet, off, known = trial, trial_off, trial_known
                damping = max(damping / 5, 1e-7)
                break
            damping = min(damping * 5, 1e4)
    return sheet, cost(off, known, reach * WIDTHS[1])


def _slopes(
    sheet: Sheet, residuals: Callable[[Sheet], tuple[Vector, Vector]], off: Vector, known: Vector
) -> tuple[Vector, Vector]:
    """Derivatives of the residuals by each number, from small steps."""
    columns, columns_known = [], []
    for index in range(len(sheet.numbers)):
        beside, beside_known = residuals(sheet.changed(index, sheet.numbers[index] + SLOPE_STEP))
        columns.append((beside - off).ravel() / SLOPE_STEP)
        columns_known.append((beside_known - known) / SLOPE_STEP)
    return np.column_stack(columns), np.column_stack(columns_known)


def _known(sheet: Sheet) -> Vector:
    """What is likely of any camera and sheet, as residuals."""
    control = sheet.numbers[HEIGHTS]
    return np.concatenate(
        [
            [FOCAL_WEIGHT * (sheet.numbers[0] - np.log(FOCAL)) / FOCAL_SPREAD],
            STIFF * np.diff(control, 3),
            FLAT * control,
        ]
    )
