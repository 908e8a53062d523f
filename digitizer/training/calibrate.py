"""Find the temperatures that make the probabilities honest (Guo et al. 2017)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitizer.vision.digits import Calibration, softmax

ROUNDS: Final = 6


def negative_log_likelihood(
    logits: NDArray[np.float64],
    labels: NDArray[np.int64],
    temperature: float | NDArray[np.float64],
    weights: NDArray[np.float64] | None = None,
) -> float:
    """Mean surprise at the true classes.

    Args:
        logits: (n, classes).
        labels: (n,).
        temperature: one for all, or (n,).
        weights: (n,), how much each counts; alike when left out.
    """
    cooled = logits / np.broadcast_to(temperature, labels.shape)[:, None]
    chosen = softmax(cooled)[np.arange(len(labels)), labels]
    return float(np.average(-np.log(np.maximum(chosen, 1e-12)), weights=weights))


def fit_temperature(logits: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """The one temperature of least negative log likelihood, searched on a fine grid.

    The logits must come from boxes the network was not trained on.
    """
    grid = np.exp(np.linspace(np.log(0.3), np.log(4.0), 120))
    losses = [negative_log_likelihood(logits, labels, float(t)) for t in grid]
    return float(grid[int(np.argmin(losses))])


def fit_calibration(
    logits: NDArray[np.float64],
    labels: NDArray[np.int64],
    steep: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> Calibration:
    """Level and slope of least negative log likelihood, by a search on ever finer grids.

    Args:
        logits: (n, classes) of boxes the network was not trained on.
        labels: (n,).
        steep: (n,) `steepness` of each.
        weights: (n,) how much each counts.
    """
    level, slope, reach, tilt = 0.0, 0.0, 1.5, 6.0

    def loss(candidate: tuple[float, float]) -> float:
        temperature = Calibration(*candidate).temperature(steep)
        return negative_log_likelihood(logits, labels, temperature, weights)

    for _ in range(ROUNDS):
        steps = np.linspace(-1, 1, 9)
        candidates = [(level + reach * i, slope + tilt * j) for i in steps for j in steps]
        level, slope = min(candidates, key=loss)
        reach, tilt = reach / 2.5, tilt / 2.5
    return Calibration(level, slope)
