"""What each fold's network says of the boxes it never saw, and the calibration that this gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from digitizer.training.calibrate import fit_calibration
from digitizer.training.data import REAL, Boxes
from digitizer.training.pool import Pool, opened
from digitizer.training.train import State, logits_of
from digitizer.vision.digits import Calibration, prepare, softmax, steepness

SPOILED: Final = 3000
"""So many spoiled boxes of a fold are judged beside the boxes as they are."""

AS_IT_IS: Final = 2
"""Weight of a real box in the fit of the calibration, against 1 of a spoiled one."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Logits of boxes that a network never saw.

    Attributes:
        collection: index in `REAL`, or -1 for a spoiled example.
        source: (n, 2) file and position, as in `Boxes`.
        fold: the fold that was left out.
        labels: class indices in `ALPHABET`.
        logits: (n, 14).
        steepness: of each prepared cell, see `digitizer.vision.digits.steepness`.
    """

    collection: NDArray[np.int64]
    source: NDArray[np.int64]
    fold: int
    labels: NDArray[np.int64]
    logits: NDArray[np.float64]
    steepness: NDArray[np.float64]

    @property
    def weights(self) -> NDArray[np.float64]:
        """How much each counts in the fit."""
        return np.where(self.collection >= 0, float(AS_IT_IS), 1.0)


def judge(state: State, real: Mapping[str, Boxes], pool: Pool, fold: int) -> Judged:
    """Ask a network about the boxes of a fold: as they are, and as spoiled in the pool."""
    spoiled = np.flatnonzero(pool.folds == fold)[:SPOILED]
    cells, labels = [opened(pool.cells[spoiled])], [pool.labels[spoiled]]
    collection = [np.full(len(spoiled), -1)]
    source = [np.zeros((len(spoiled), 2), np.int64)]
    for number, name in enumerate(REAL):
        boxes = real.get(name)
        chosen = np.flatnonzero(boxes.folds == fold) if boxes is not None else np.empty(0, int)
        if boxes is None or not len(chosen):
            continue
        cells.append(np.stack([prepare(boxes.images[i]) for i in chosen]))
        labels.append(boxes.labels[chosen])
        collection.append(np.full(len(chosen), number))
        source.append(boxes.sources[chosen])
    seen = np.concatenate(cells)
    return Judged(
        np.concatenate(collection),
        np.concatenate(source),
        fold,
        np.concatenate(labels),
        logits_of(state, seen),
        steepness(seen),
    )


def calibrate(judged: Sequence[Judged]) -> Calibration:
    """The calibration that makes these probabilities honest."""
    logits, labels, steep, weights = (
        np.concatenate([getattr(part, name) for part in judged])
        for name in ("logits", "labels", "steepness", "weights")
    )
    return fit_calibration(logits, labels, steep, weights)


def write_scores(path: Path, judged: Sequence[Judged]) -> None:
    """Keep what was said of the real boxes, calibrated on the other folds; no pictures.

    Arrays `collection` (0 for 2024, 1 for 2019), `part` (0 train, 1 val), `index` in that file,
    `fold`, `label` and `log_probability` (n, 14).
    """
    columns: dict[str, list[NDArray[np.generic]]] = {}
    for part in judged:
        fitted = calibrate([other for other in judged if other is not part])
        real = part.collection >= 0
        cooled = part.logits[real] / fitted.temperature(part.steepness[real])[:, None]
        kept = {
            "collection": part.collection[real].astype(np.uint8),
            "part": part.source[real, 0].astype(np.uint8),
            "index": part.source[real, 1].astype(np.int32),
            "fold": np.full(int(real.sum()), part.fold, np.uint8),
            "label": part.labels[real].astype(np.uint8),
            "log_probability": np.log(np.maximum(softmax(cooled), 1e-12)).astype(np.float32),
        }
        for name, values in kept.items():
            columns.setdefault(name, []).append(values)
    joined: dict[str, Any] = {name: np.concatenate(parts) for name, parts in columns.items()}
    np.savez_compressed(path, **joined)
