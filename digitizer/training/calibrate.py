"""Make probabilities honest, from boxes that the network was not trained on."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitizer.vision.digits import MOST_ODDS, Calibration, log_odds, softmax

ROUNDS: Final = 50
SHORTEST: Final = 1e-7
"""A step of the fit that is shorter changes nothing."""

OWN: Final = np.array([1.0, 0.0])
PULL: Final = np.array([0.5, 0.1])
"""The map that leaves the odds as they are, and how much slope and offset are pulled to it."""


def negative_log_likelihood(
    logits: NDArray[np.float64], labels: NDArray[np.int64], temperature: float
) -> float:
    """Mean surprise at the true classes, the logits divided by a temperature.

    Args:
        logits: (n, classes).
        labels: (n,).
        temperature: above 1 makes the probabilities softer.
    """
    chosen = softmax(logits / temperature)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(chosen, 1e-12)).mean())


def fit_temperature(logits: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """The one temperature of least negative log likelihood, searched on a fine grid (Guo 2017).

    The logits must come from boxes the network was not trained on.
    """
    grid = np.exp(np.linspace(np.log(0.3), np.log(4.0), 120))
    losses = [negative_log_likelihood(logits, labels, float(t)) for t in grid]
    return float(grid[int(np.argmin(losses))])


def fit_calibration(logits: NDArray[np.float64], labels: NDArray[np.int64]) -> Calibration:
    """Slope and offset of most likelihood, by Newton's method (Platt 1999, Lin et al. 2007).

    A weak pull towards the network's own odds keeps a set without a mistake from making the map a
    step; and nothing is said to be surer than `borne_out` by the boxes.

    Args:
        logits: (n, classes) of boxes the network was not trained on.
        labels: (n,).
    """
    odds = np.minimum(log_odds(logits), MOST_ODDS)
    right = (logits.argmax(axis=1) == labels).astype(np.float64)
    seen = np.stack([odds, np.ones_like(odds)], axis=1)

    def surprise(at: NDArray[np.float64]) -> float:
        said = seen @ at
        return float((np.logaddexp(0.0, said) - right * said).sum() + 0.5 * PULL @ (at - OWN) ** 2)

    held = OWN
    for _ in range(ROUNDS):
        sure = np.exp(-np.logaddexp(0.0, -(seen @ held)))
        bend = (seen * (sure * (1 - sure))[:, None]).T @ seen + np.diag(PULL)
        step = np.linalg.solve(bend, seen.T @ (right - sure) - PULL * (held - OWN))
        # A whole step may overshoot; one that is short enough never does.
        while surprise(held + step) > surprise(held) and np.abs(step).max() > SHORTEST:
            step = step / 2
        if np.abs(step).max() <= SHORTEST:
            break
        held = held + step
    return Calibration(float(held[0]), float(held[1]), borne_out(odds, right > 0))


def borne_out(odds: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The log odds that so many boxes, the surest of them, can show at most.

    Of any number of boxes, the surest first, the odds are estimated from how many of them are
    right, with Jeffreys' prior: three hundred without a mistake show 1 in 600 and no more.

    Args:
        odds: what is said of each box, (n,).
        right: whether it is so, (n,).
    """
    order = np.argsort(-odds, kind="stable")
    last = np.append(np.diff(odds[order]) != 0, True)
    held = right[order].cumsum()[last]
    missed = np.flatnonzero(last) + 1 - held
    return float(min(MOST_ODDS, np.log((held + 0.5) / (missed + 0.5)).max()))
