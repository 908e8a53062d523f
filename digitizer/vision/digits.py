"""Read the glyph in a digit cell, with a calibrated probability for each of the 14.

The network is a small residual CNN in ONNX, run by OpenCV; `digitizer/training` builds it and
`weights/README.md` says from which data and how well it does.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.glyph import ALPHABET, GlyphScores
from digitizer.errors import ModelError

CELL_MARGIN: Final = 0.10
"""A digit cell is the printed box grown by this share of its shorter side on every side."""

INPUT_SIDE: Final = 40
"""The network sees a cell on a square canvas of this many pixels."""

CARD: Final = Path(__file__).parent / "weights" / "digits.json"

PAPER_QUANTILE: Final = 0.80
INK_QUANTILE: Final = 0.02
FAINTEST_INK: Final = 0.25
"""Ink darker than paper by less than this share is left faint, so a blank cell stays blank."""


@dataclass(frozen=True, slots=True)
class GlyphReader:
    """A digit model held in memory. `read` is not safe to call from two threads at once."""

    name: str
    net: Any  # cv2.dnn.Net; the stubs of OpenCV leave it partly untyped
    temperature: float

    @classmethod
    def load(cls, card: Path | None = None) -> "GlyphReader":
        """Load the model that a model card names, by default the packaged one.

        Args:
            card: a JSON file with `file`, `sha256`, `input_side`, `glyphs` and `temperature`; the
                ONNX file lies beside it.

        Raises:
            ModelError: the card or the weights are missing, or are not what the card says.
        """
        path = card or CARD
        facts = _read_card(path)
        weights = path.parent / str(facts["file"])
        if not weights.is_file():
            raise ModelError(
                f"found no digit model at {weights.name}", "reinstall the package or retrain it"
            )
        content = weights.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != facts["sha256"]:
            raise ModelError(
                f"found a digit model with sha256 {found[:12]}, needed {facts['sha256'][:12]}",
                "restore the released weights, or retrain so that model and card agree",
            )
        net = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
        return cls(f"digits-{found[:12]}", net, float(facts["temperature"]))

    def read(self, cells: Sequence[NDArray[np.uint8]]) -> tuple[GlyphScores, ...]:
        """Scores of each cell, in order; one forward pass for all of them.

        Args:
            cells: pictures of a box with `CELL_MARGIN`, (height, width, 3) BGR or (height, width)
                grey, of any size and proportion.
        """
        if not cells:
            return ()
        self.net.setInput(np.stack([prepare(cell) for cell in cells]))
        logits = np.asarray(self.net.forward(), np.float64).reshape(len(cells), len(ALPHABET))
        return tuple(
            GlyphScores(tuple(float(p) for p in row)) for row in softmax(logits / self.temperature)
        )


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
    pixels = cv2.resize(colour, size, interpolation=method).astype(np.float32)
    ordered = np.sort(pixels.reshape(-1, 3), axis=0)
    paper = ordered[int(PAPER_QUANTILE * (len(ordered) - 1))]
    ink = ordered[int(INK_QUANTILE * (len(ordered) - 1))]
    light = max(float(paper.mean()), 1.0)
    depth = max(light - float(ink.mean()), FAINTEST_INK * light, 4.0)
    left, top = (INPUT_SIDE - size[0]) // 2, (INPUT_SIDE - size[1]) // 2
    canvas = np.zeros((INPUT_SIDE, INPUT_SIDE, 3), np.float32)
    canvas[top : top + size[1], left : left + size[0]] = np.clip(
        (paper - pixels) / depth, -0.5, 1.5
    )
    return np.ascontiguousarray(canvas.transpose(2, 0, 1))


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities along the last axis, without overflow."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float64)


def _read_card(path: Path) -> dict[str, Any]:
    """The facts of a model card; ModelError when it is missing or describes another reader."""
    if not path.is_file():
        raise ModelError(f"found no model card at {path.name}", "reinstall the package")
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ModelError(
            f"{path.name} is not JSON: {error}", "restore the released file"
        ) from error
    needed = {"file", "sha256", "input_side", "glyphs", "temperature"}
    if not isinstance(facts, dict) or not needed <= facts.keys():
        raise ModelError(
            f"{path.name} must be an object with {', '.join(sorted(needed))}",
            "restore the released file",
        )
    if facts["glyphs"] != ALPHABET or facts["input_side"] != INPUT_SIDE:
        raise ModelError(
            f"{path.name} is for glyphs {facts['glyphs']!r} on {facts['input_side']} pixels, "
            f"needed {ALPHABET!r} on {INPUT_SIDE}",
            "use weights trained by this version",
        )
    return facts
