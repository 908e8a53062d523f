"""Find the temperature that makes the probabilities honest (Guo et al. 2017)."""

import numpy as np
from numpy.typing import NDArray

from digitizer.vision.digits import softmax


def negative_log_likelihood(
    logits: NDArray[np.float64], labels: NDArray[np.int64], temperature: float
) -> float:
    """Mean surprise at the true classes; logits (n, classes), labels (n,)."""
    chosen = softmax(logits / temperature)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(chosen, 1e-12)).mean())


def fit_temperature(logits: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """The temperature of least negative log likelihood, searched on a fine grid.

    The logits must come from boxes the network was not trained on.
    """
    grid = np.exp(np.linspace(np.log(0.3), np.log(4.0), 120))
    losses = [negative_log_likelihood(logits, labels, float(t)) for t in grid]
    return float(grid[int(np.argmin(losses))])
