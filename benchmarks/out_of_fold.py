"""What the digit model says of real boxes that it was not trained on: five folds, scores only.

`digitizer.training` trains a model on four fifths of the real boxes and reads the fifth, five
times, and writes `out_of_fold.npz`. The shipped model is trained on all of them. No picture is in
the file, so the tables of real ink can be made without the development data.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.calibration import Read
from digitizer.training.data import REAL, load_real

SCORES: Final = Path(__file__).resolve().parent / "out_of_fold.npz"

COLLECTIONS: Final = tuple(REAL)
"""The collections in the order of their numbers in the file."""


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """The scores of every real box by a model that has not seen it.

    Attributes:
        collection: (n,) the number of its collection in `COLLECTIONS`.
        file, index: (n,) which of the collection's two files a box is from, and its place there.
        read: what is in each box and the probability of each glyph.
        sha256: of the file of scores.
    """

    collection: NDArray[np.int64]
    file: NDArray[np.int64]
    index: NDArray[np.int64]
    read: Read
    sha256: str

    def of(self, name: str) -> Read:
        """The boxes of one collection of `COLLECTIONS`."""
        return self.read.where(self.collection == COLLECTIONS.index(name))

    def boxes_of(self, name: str, sources: NDArray[np.int64]) -> NDArray[np.float64]:
        """The scores (n, 14) of boxes of a collection, given (n, 2) file and place of each.

        Raises:
            KeyError: a box has no scores.
        """
        here = np.flatnonzero(self.collection == COLLECTIONS.index(name))
        placed = zip(self.file[here].tolist(), self.index[here].tolist(), strict=True)
        row_of = dict(zip(placed, here.tolist(), strict=True))
        rows = [row_of[file, index] for file, index in sources.tolist()]
        return self.read.scores[rows]


def load_out_of_fold(path: Path = SCORES) -> OutOfFold:
    """Read the scores.

    Raises:
        FileNotFoundError: they have not been made: `python -m digitizer.training` makes them.
    """
    with np.load(path) as stored:
        facts = {key: stored[key] for key in stored.files}
    read = Read(
        facts["label"].astype(np.int64), np.exp(facts["log_probability"].astype(np.float64))
    )
    return OutOfFold(
        collection=facts["collection"].astype(np.int64),
        file=facts["part"].astype(np.int64),
        index=facts["index"].astype(np.int64),
        read=read,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def check_labels(scores: OutOfFold, digits: Path) -> None:
    """See that the scores are those of the boxes in the development data, with today's labels.

    Raises:
        ValueError: a box is missing, or its label differs.
    """
    for number, name in enumerate(COLLECTIONS):
        boxes = load_real(digits, name)
        here = np.flatnonzero(scores.collection == number)
        placed = dict(
            zip(
                zip(scores.file[here].tolist(), scores.index[here].tolist(), strict=True),
                scores.read.truth[here].tolist(),
                strict=True,
            )
        )
        for source, label in zip(boxes.sources.tolist(), boxes.labels.tolist(), strict=True):
            found = placed.get((source[0], source[1]))
            if found != label:
                raise ValueError(
                    f"found label {found} for box {source[1]} of file {source[0]} of {name}, "
                    f"needed {label}: make the scores anew with digitizer.training"
                )
