"""Read turus: how many strokes stand in every tally cell, with probabilities.

The network is a small CNN in ONNX; `digitizer/training/turus.py` builds it.
`tally_count.py` goes on from cells to the count of a tally.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.vision.digits import softmax
from digitizer.vision.network import Network, Shapes, load_network, name_of, number_of

TALLY_MARGIN: Final = 0.12
"""A tally cell is the printed cell grown by this share of its shorter side on every side."""

INPUT_SIZE: Final = (44, 32)
"""Width and height of a cell as the network sees it."""

MARKS: Final = "012345X?"
"""Classes of a cell: so many strokes, struck out without a stroke, or unreadable."""

CARD: Final = Path(__file__).parent / "weights" / "turus.json"

PAPER_QUANTILE: Final = 0.80
INK_QUANTILE: Final = 0.02
FAINTEST_INK: Final = 0.25
"""Ink darker than paper by less than this share is left faint, so a blank cell stays blank."""

INSIDE: Final = (slice(7, 25), slice(7, 37))
"""Rows and columns of the network's picture that lie inside the cell, its printed lines apart."""

PLAINLY_EMPTY: Final = 0.07
"""A cell whose darkest inside is less than this share of its paper darker holds no stroke: the
palest stroke of the training photos has more. The network need not look."""

EMPTY: Final = (0.998, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0005, 0.0015)
"""What is said of a plainly empty cell."""

WARMEST: Final = 10.0
"""A temperature beyond this, or below one so many times smaller, is no calibration."""

Cells = NDArray[np.float64]
"""Probabilities over `MARKS` of cells, (n, 8)."""


@dataclass(frozen=True, slots=True)
class TurusReader:
    """A turus model held in memory.

    Attributes:
        surest: no count of a whole tally is surer than this.
    """

    name: str
    network: Network
    temperature: float
    surest: float

    @classmethod
    def load(cls, card: Path | None = None) -> "TurusReader":
        """Load the model that a card names, by default the packaged one.

        Raises:
            ModelError: the card or the weights are missing, or are not what the card says.
        """
        expected = {"marks": MARKS, "input_size": list(INPUT_SIZE)}
        path = card or CARD
        shapes = Shapes((1, *INPUT_SIZE[::-1]), len(MARKS))
        network, facts = load_network(path, expected, shapes)
        temperature = number_of(path, facts, "temperature", WARMEST, 1 / WARMEST)
        surest = number_of(path, facts, "surest", 1.0)
        return cls(name_of("turus", facts), network, temperature, surest)

    def read(self, cells: Sequence[NDArray[np.uint8]]) -> Cells:
        """Probabilities over `MARKS` of each cell, (n, 8); one forward pass for all of them.

        Args:
            cells: pictures of tally cells with `TALLY_MARGIN`, (height, width, 3) BGR.
        """
        found = np.tile(np.array(EMPTY), (len(cells), 1))
        if not cells:
            return found
        pixels, empty = prepare_cells(cells)
        if not empty.all():
            logits = self.network.run(pixels[~empty]).astype(np.float64)
            found[~empty] = softmax(logits / self.temperature)
        return found


def prepare_cells(
    cells: Sequence[NDArray[np.uint8]],
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Cells as the network sees them, and which of them are plainly empty.

    Each cell is measured against its own paper, so lamp and shade drop out.

    Returns:
        (n, 1, height, width), 0 is paper and 1 is full ink, and (n,).
    """
    pixels = np.stack([_resized(cell) for cell in cells]).astype(np.float32)
    flat = pixels.reshape(len(cells), -1)
    at = [int(share * (flat.shape[1] - 1)) for share in (INK_QUANTILE, PAPER_QUANTILE)]
    ordered = np.partition(flat, at, axis=1)
    ink, paper = ordered[:, at[0]], np.maximum(ordered[:, at[1]], 1.0)
    depth = np.maximum(np.maximum(paper - ink, FAINTEST_INK * paper), 4.0)
    prepared = np.clip((paper[:, None] - flat) / depth[:, None], -0.5, 1.5)
    inside = pixels[:, *INSIDE].reshape(len(cells), -1)
    darkest = np.partition(inside, int(INK_QUANTILE * inside.shape[1]), axis=1)
    share = 1 - darkest[:, int(INK_QUANTILE * inside.shape[1])] / paper
    shaped = prepared.reshape(len(cells), 1, *pixels.shape[1:])
    return np.ascontiguousarray(shaped), share < PLAINLY_EMPTY


def _resized(cell: NDArray[np.uint8]) -> NDArray[np.uint8]:
    grey = cv2.cvtColor(cell, cv2.COLOR_BGR2GRAY)
    smaller = grey.shape[0] > INPUT_SIZE[1] and grey.shape[1] > INPUT_SIZE[0]
    method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, INPUT_SIZE, interpolation=method), np.uint8)
