"""Read the glyph in a digit cell, with a calibrated probability for each of the 14.

The network is a small residual CNN in ONNX; `digitizer/training` builds it and
`weights/README.md` says from which data and how well it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.glyph import ALPHABET, GlyphScores
from digitizer.vision.network import Network, load_network

CELL_MARGIN: Final = 0.10
"""A digit cell is the printed box grown by this share of its shorter side on every side."""

INPUT_SIDE: Final = 40
"""The network sees a cell on a square canvas of this many pixels."""

CARD: Final = Path(__file__).parent / "weights" / "digits.json"

PAPER_QUANTILE: Final = 0.80
INK_QUANTILE: Final = 0.02
FAINTEST_INK: Final = 0.25
"""Ink darker than paper by less than this share is left faint, so a blank cell stays blank."""


STEEP_QUANTILE: Final = 0.98
"""Edges as steep as this share of all places of a cell tell how sharp its picture is."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the logits of a cell are divided by before they become probabilities.

    Temperature scaling (Guo et al. 2017) whose temperature depends on how steep the edges in the
    cell are: the sharper the picture, the surer the network may be.

    Attributes:
        level: logarithm of the temperature of a cell without any edge.
        slope: what it changes by for each unit of `steepness`.
    """

    level: float
    slope: float

    def temperature(self, steep: NDArray[np.float64]) -> NDArray[np.float64]:
        """The temperature of cells of this steepness."""
        return np.asarray(np.exp(self.level + self.slope * steep), np.float64)


@dataclass(frozen=True, slots=True)
class GlyphReader:
    """A digit model held in memory."""

    name: str
    network: Network
    calibration: Calibration

    @classmethod
    def load(cls, card: Path | None = None) -> "GlyphReader":
        """Load the model that a model card names, by default the packaged one.

        Args:
            card: a JSON file with `file`, `sha256`, `input_side`, `glyphs`, `level` and `slope`;
                the ONNX file lies beside it.

        Raises:
            ModelError: the card or the weights are missing, or are not what the card says.
        """
        expected = {"glyphs": ALPHABET, "input_side": INPUT_SIDE}
        network, facts = load_network(card or CARD, expected, needed={"level", "slope"})
        calibration = Calibration(float(facts["level"]), float(facts["slope"]))
        return cls(f"digits-{facts['sha256'][:12]}", network, calibration)

    def read(self, cells: Sequence[NDArray[np.uint8]]) -> tuple[GlyphScores, ...]:
        """Scores of each cell, in order; one forward pass for all of them.

        Args:
            cells: pictures of a box with `CELL_MARGIN`, (height, width, 3) BGR or (height, width)
                grey, of any size and proportion.
        """
        if not cells:
            return ()
        seen = np.stack([prepare(cell) for cell in cells])
        logits = self.network.run(seen).astype(np.float64)
        cooled = logits / self.calibration.temperature(steepness(seen))[:, None]
        return tuple(GlyphScores(tuple(row)) for row in softmax(cooled).tolist())


def prepare(cell: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A cell as the network sees it: (3, INPUT_SIDE, INPUT_SIDE), 0 is paper and 1 is full ink.

    The cell keeps its proportion on a canvas of paper. Each colour is measured against its own
    paper level, so lamp colour and shade drop out while blue ink still differs from black print.
    """
    colour = cv2.cvtColor(cell, cv2.COLOR_GRAY2BGR) if cell.ndim == 2 else cell
    height, width = colour.shape[:2]
    scale = INPUT_SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    pixels = cv2.resize(colour, size, interpolation=method)
    levels = np.ascontiguousarray(pixels.reshape(-1, 3).T)
    at = [int(share * (levels.shape[1] - 1)) for share in (INK_QUANTILE, PAPER_QUANTILE)]
    ink, paper = np.partition(levels, at, axis=1)[:, at].T.astype(np.float32)
    light = max(float(paper.mean()), 1.0)
    depth = max(light - float(ink.mean()), FAINTEST_INK * light, 4.0)
    left, top = (INPUT_SIDE - size[0]) // 2, (INPUT_SIDE - size[1]) // 2
    canvas = np.zeros((INPUT_SIDE, INPUT_SIDE, 3), np.float32)
    canvas[top : top + size[1], left : left + size[0]] = np.clip(
        (paper - pixels) / depth, -0.5, 1.5
    )
    return np.ascontiguousarray(canvas.transpose(2, 0, 1))


def steepness(cells: NDArray[np.float32]) -> NDArray[np.float64]:
    """How steep the steeper edges of prepared cells are: ink gained from a pixel to the next.

    Args:
        cells: (n, 3, INPUT_SIDE, INPUT_SIDE), from `prepare`.

    Returns:
        (n,), about 0.1 where everything is blurred and 0.5 in a sharp scan.
    """
    grey = cells.mean(axis=1)
    across = np.abs(np.diff(grey, axis=2)).reshape(len(cells), -1)
    down = np.abs(np.diff(grey, axis=1)).reshape(len(cells), -1)
    edges = np.concatenate([across, down], axis=1)
    at = int(STEEP_QUANTILE * (edges.shape[1] - 1))
    return np.asarray(np.partition(edges, at, axis=1)[:, at], np.float64)


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities along the last axis, without overflow."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float64)
