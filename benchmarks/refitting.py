"""How far the coverage of sure boxes hangs on the few mistakes that its calibration rests on."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.calibration import Read
from benchmarks.rows import Row
from digitizer.training.calibrate import fit_calibration

ROUNDS: Final = 400
RUN: Final = 48
"""Boxes that follow each other in a file, which often are of one crew, are drawn together."""


def coverage_refitted(
    name: str,
    read: Read,
    places: NDArray[np.int64],
    *,
    least: float,
    rounds: int = ROUNDS,
    seed: int = 7,
) -> Row:
    """The share of boxes that are sure when the calibration is fitted to other boxes of the kind.

    The interval of a share takes the threshold as given. But where the sure begin follows from a
    map fitted to all boxes, of which a handful are read wrong; another sample has other mistakes.
    So runs of boxes are drawn with replacement (Künsch 1989, "The jackknife and the bootstrap for
    general stationary observations"), the map is fitted to each draw, and every box is asked.

    Args:
        name: of the row.
        read: the boxes, n of them.
        places: (n,) where each stands among the others; neighbours are drawn together.
        least: the probability from which a box is sure.
        rounds: so many draws.
        seed: of the draws.

    Returns:
        The median with the 2.5th and the 97.5th percentile.
    """
    rng = np.random.default_rng(seed)
    order = np.argsort(places, kind="stable")
    runs = [order[start : start + RUN] for start in range(0, len(order), RUN)]
    logits = np.log(np.maximum(read.scores, np.finfo(np.float64).tiny))
    found = []
    for _ in range(rounds):
        drawn = np.concatenate([runs[at] for at in rng.integers(0, len(runs), len(runs))])
        fitted = fit_calibration(logits[drawn], read.truth[drawn])
        found.append(float((fitted.probabilities(logits).max(axis=1) >= least).mean()))
    low, middle, high = np.percentile(found, [2.5, 50, 97.5]).tolist()
    return {"name": name, "value": middle, "unit": "share",
            "n": len(read.truth), "low": low, "high": high}  # fmt: skip
