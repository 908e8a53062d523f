"""What is said of real boxes by a model that was not trained on them: scores only.

`digitizer.training` trains a model on four fifths of the real boxes and reads the fifth, five
times, and writes `out_of_fold.npz`. No picture is in it, so the tables of real ink can be made
without the development data.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.calibration import Read
from digitizer.training.data import REAL, load_real
from digitizer.vision.digits import CARD

SCORES: Final = Path(__file__).resolve().parent / "out_of_fold.npz"

COLLECTIONS: Final = tuple(REAL)
"""The collections in the order of their numbers in the file."""


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """The scores of real boxes by a model that has not seen them.

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


def load_out_of_fold(path: Path = SCORES, card: Path = CARD) -> OutOfFold:
    """Read the scores, which must be of the training that made the shipped weights.

    Raises:
        FileNotFoundError: they have not been made: `python -m digitizer.training` makes them.
        ValueError: they are of another training than the card of the weights.
    """
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    named = json.loads(card.read_text(encoding="utf-8")).get("out_of_fold_sha256")
    if named != sha256:
        raise ValueError(
            f"found scores {sha256[:12]}, {card.name} names {str(named)[:12]}: copy both from one "
            "run of digitizer.training"
        )
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
        sha256=sha256,
    )


def check_labels(scores: OutOfFold, digits: Path) -> None:
    """See that the scores are of every box in the development data once, with today's labels.

    Raises:
        ValueError: a box is not there, or twice, or has no scores, or its label differs.
    """
    for number, name in enumerate(COLLECTIONS):
        boxes = load_real(digits, name)
        sources = [(file, index) for file, index in boxes.sources.tolist()]
        label_of = dict(zip(sources, boxes.labels.tolist(), strict=True))
        for row in np.flatnonzero(scores.collection == number).tolist():
            file, index = int(scores.file[row]), int(scores.index[row])
            label, found = label_of.pop((file, index), None), int(scores.read.truth[row])
            if found != label:
                raise ValueError(
                    f"found label {found} for box {index} of file {file} of {name}, "
                    f"needed {label}: make the scores anew with digitizer.training"
                )
        if label_of:
            raise ValueError(
                f"found no scores of {len(label_of)} boxes of {name}, needed those of all: make "
                "them anew with digitizer.training"
            )
