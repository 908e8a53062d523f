"""What each fold's network says of the boxes it never saw, and the calibration that this gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitizer.training.calibrate import fit_calibration
from digitizer.vision.digits import Calibration


@dataclass(frozen=True, slots=True)
class Judged:
    """Logits of boxes that the networks never saw.

    Attributes:
        collection: index in `REAL`.
        source: (n, 2) file and position, as in `Boxes`.
        fold: the fold that was left out, `NO_FOLD` of boxes of no collection.
        labels: class indices in `ALPHABET`.
        logits: (n, 14).
        grey: whether each has no colour.
    """

    collection: NDArray[np.int64]
    source: NDArray[np.int64]
    fold: int
    labels: NDArray[np.int64]
    logits: NDArray[np.float64]
    grey: NDArray[np.bool_]


def calibrate(judged: Sequence[Judged]) -> tuple[Calibration, Calibration]:
    """The calibrations that make these probabilities honest: with colour, and without."""
    logits, labels, grey = (
        np.concatenate([getattr(part, name) for part in judged])
        for name in ("logits", "labels", "grey")
    )
    colour, plain = (fit_calibration(logits[of], labels[of]) for of in (~grey, grey))
    return colour, plain


def write_scores(path: Path, judged: Sequence[Judged]) -> None:
    """Keep what was said of the real boxes, calibrated on the other folds; no pictures.

    Arrays `collection` (0 for 2024, 1 for 2019), `part` (0 train, 1 val), `index` in that file,
    `fold`, `label` and `log_probability` (n, 14).
    """
    columns: dict[str, list[NDArray[Any]]] = {}
    for part in judged:
        colour, grey = calibrate([other for other in judged if other is not part])
        said = np.where(
            part.grey[:, None], grey.probabilities(part.logits), colour.probabilities(part.logits)
        )
        kept: dict[str, NDArray[Any]] = {
            "collection": part.collection.astype(np.uint8),
            "part": part.source[:, 0].astype(np.uint8),
            "index": part.source[:, 1].astype(np.int32),
            "fold": np.full(len(part.labels), part.fold, np.uint8),
            "label": part.labels.astype(np.uint8),
            "log_probability": np.log(np.maximum(said, 1e-12)).astype(np.float32),
        }
        for name, values in kept.items():
            columns.setdefault(name, []).append(values)
    joined: dict[str, Any] = {name: np.concatenate(parts) for name, parts in columns.items()}
    np.savez_compressed(path, **joined)
