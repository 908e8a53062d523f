"""Read the glyph in a digit cell, with a calibrated probability for each of the 14.

The network is a small residual CNN in ONNX; `digitizer/training` builds it and
`weights/README.md` says from which data and how well it does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.glyph import ALPHABET, GlyphScores
from digitizer.vision.network import (
    Network,
    Shapes,
    load_network,
    name_of,
    number_of,
    open_checked,
)

CELL_MARGIN: Final = 0.10
"""A digit cell is the printed box grown by this share of its shorter side on every side."""

INPUT_SIDE: Final = 40
"""The network sees a cell on a square canvas of this many pixels."""

CHANNELS: Final = 6
"""Three colours of the whole cell and three of its middle."""

CLOSE: Final = 0.8
"""The side of the close view, as a share of the shorter side of the cell."""

BORDER: Final = 0.2
"""The share of a cell, on every side, in which its printed border may lie."""

LITTLE_INK: Final = 1.5
"""Pixels of full ink; with less inside the border the close view is that of the middle."""

LEAST_INK, MOST_INK = -0.5, 1.5
"""What is lighter than paper, and darker than ink, counts no more than this."""

MOST_ODDS: Final = 8.0
"""Log odds beyond these (1 in 3,000) count no further: some thousand boxes cannot bear them out."""

STEEPEST: Final = 3.0
"""A map that is steeper than this, or moves odds farther than `MOST_ODDS`, is no calibration."""

UNSURE_ODDS: Final = 6.0
"""A cell of which one look leaves the log odds below these is looked at again."""

SECOND_ODDS: Final = 9.0
"""A cell of which the first network leaves the log odds below these is shown to the second."""

RECUT: Final = 0.04
"""By so much of its shorter side a cell is then cut tighter and looser."""

CARD: Final = Path(__file__).parent / "weights" / "digits.json"

PAPER_QUANTILE: Final = 0.80
INK_QUANTILE: Final = 0.02
FAINTEST_INK: Final = 0.25
"""Ink darker than paper by less than this share is left faint, so a blank cell stays blank."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What makes the probability of the likeliest glyph mean what it says.

    Top-label calibration (Gupta and Ramdas 2022) by a logistic map of its log odds (Platt 1999).
    One temperature for all glyphs would be ruled by the few boxes that are read wrong: there it
    must also say how likely each other glyph is.

    Attributes:
        slope, offset: of the log odds, which count no further than `MOST_ODDS`.
        surest: the log odds that are said at most: what the boxes it was fitted to bear out.
    """

    slope: float
    offset: float
    surest: float = MOST_ODDS

    def probabilities(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities (n, 14) from the network's logits; the likeliest glyph stays so."""
        raw = softmax(logits)
        rows, top = np.arange(len(raw)), raw.argmax(axis=1)
        others = raw.copy()
        others[rows, top] = 0.0
        others /= np.maximum(others.sum(axis=1, keepdims=True), 1e-300)
        odds = np.minimum(log_odds(logits), MOST_ODDS)
        said = np.minimum(self.slope * odds + self.offset, self.surest)
        sure = np.exp(-np.logaddexp(0.0, -said))
        next_best = others.max(axis=1)
        sure = np.maximum(sure, (1 + 1e-6) * next_best / (1 + next_best))
        calibrated = others * (1 - sure)[:, None]
        calibrated[rows, top] = sure
        return np.asarray(calibrated, np.float64)


@dataclass(frozen=True, slots=True)
class GlyphReader:
    """A digit model held in memory.

    Attributes:
        name: of the weights.
        network: gives logits (n, 14) for prepared cells.
        second: likewise, trained apart; asked where the first is not sure.
        colour, grey: the calibrations of cells of photos, and of cells without any colour (scans).
    """

    name: str
    network: Network
    second: Network
    colour: Calibration
    grey: Calibration

    @classmethod
    def load(cls, card: Path | None = None) -> "GlyphReader":
        """Load the model that a model card names, by default the packaged one.

        Args:
            card: a JSON file with `file`, `sha256`, for `second` the same two, `input_side`,
                `glyphs`, and for `colour` and `grey` each `slope`, `offset` and `surest`; the ONNX
                files lie beside it.

        Raises:
            ModelError: the card or the weights are missing, or are not what the card says.
        """
        expected = {"glyphs": ALPHABET, "input_side": INPUT_SIDE}
        path = card or CARD
        shapes = Shapes((CHANNELS, INPUT_SIDE, INPUT_SIDE), len(ALPHABET))
        network, facts = load_network(path, expected, shapes, needed={"second", "colour", "grey"})
        second = open_checked(path, facts["second"], shapes)
        colour, grey = (_calibration(path, facts[kind]) for kind in ("colour", "grey"))
        return cls(name_of("digits", facts), network, second, colour, grey)

    def read(self, cells: Sequence[NDArray[np.uint8]]) -> tuple[GlyphScores, ...]:
        """Scores of each cell, in order; one forward pass for all of them, more for the unsure.

        Args:
            cells: pictures of a box with `CELL_MARGIN`, (height, width, 3) BGR or (height, width)
                grey, of any size and proportion.
        """
        if not cells:
            return ()
        logits = second_opinion(cells, self.network.run, self.second.run)
        plain = np.array([is_grey(cell) for cell in cells])[:, None]
        colour, grey = (item.probabilities(logits) for item in (self.colour, self.grey))
        calibrated = np.where(plain, grey, colour)
        return tuple(GlyphScores(tuple(row)) for row in calibrated.tolist())


def _calibration(card: Path, facts: object) -> Calibration:
    return Calibration(
        number_of(card, facts, "slope", STEEPEST),
        number_of(card, facts, "offset", MOST_ODDS, -MOST_ODDS),
        number_of(card, facts, "surest", MOST_ODDS),
    )


Run = Callable[[NDArray[np.float32]], NDArray[np.floating]]
"""Gives the logits (n, 14) of prepared cells."""


def second_opinion(
    cells: Sequence[NDArray[np.uint8]], first: Run, second: Run
) -> NDArray[np.float64]:
    """Logits (n, 14) of cells: where the first network is not sure, the mean of both.

    Networks trained apart are wrong on different cells (ensembles: Dietterich 2000).
    """
    logits = look(cells, first)
    unsure = np.flatnonzero(log_odds(logits) < SECOND_ODDS)
    if len(unsure):
        other = look([cells[index] for index in unsure.tolist()], second)
        logits[unsure] = (logits[unsure] + other) / 2
    return logits


def look(cells: Sequence[NDArray[np.uint8]], run: Run) -> NDArray[np.float64]:
    """Logits (n, 14) of cells: those that one look leaves unsure are looked at three times.

    The mean over a tighter and a looser cut makes half the mistakes of one look (test-time
    augmentation: Krizhevsky et al. 2012, section 4.1).

    Args:
        cells: as for `GlyphReader.read`, at least one.
        run: a network.
    """
    logits = run(np.stack([prepare(cell) for cell in cells])).astype(np.float64)
    unsure = np.flatnonzero(log_odds(logits) < UNSURE_ODDS)
    if len(unsure):
        again = [prepare(cut) for index in unsure.tolist() for cut in recut(cells[index])]
        more = run(np.stack(again)).astype(np.float64).reshape(len(unsure), 2, -1)
        logits[unsure] = (logits[unsure] + more.sum(axis=1)) / 3
    return logits


def recut(cell: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The same cell cut a little tighter, and a little looser."""
    height, width = cell.shape[:2]
    by = max(1, round(RECUT * min(height, width)))
    if min(height, width) <= 2 * by:
        return cell, cell
    looser = cv2.copyMakeBorder(cell, by, by, by, by, cv2.BORDER_REPLICATE)
    tighter = np.ascontiguousarray(cell[by : height - by, by : width - by])
    return tighter, np.asarray(looser, np.uint8)


def is_grey(cell: NDArray[np.uint8]) -> bool:
    """Whether a cell has no colour at all, as in a scan."""
    return cell.ndim == 2 or bool(
        np.array_equal(cell[..., 0], cell[..., 1]) and np.array_equal(cell[..., 1], cell[..., 2])
    )


def prepare(cell: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A cell as the network sees it, 0 is paper and 1 is full ink, from afar and close by.

    Each colour is measured against its own paper level, so lamp colour and shade drop out while
    blue ink still differs from black print. From afar the whole cell keeps its proportion on a
    canvas of paper. Close by is a square of `CLOSE` of its shorter side around the ink: digits
    written small, in tall cells of printed tables, would else be a few pixels high.

    Returns:
        (CHANNELS, INPUT_SIDE, INPUT_SIDE): three colours from afar, then three close by.
    """
    grey = cell.ndim == 2
    colour = np.asarray(cv2.cvtColor(cell, cv2.COLOR_GRAY2BGR), np.uint8) if grey else cell
    height, width = colour.shape[:2]
    scale = INPUT_SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    pixels = _resized(colour, size)
    levels = np.ascontiguousarray(pixels.reshape(-1, 3).T)
    at = [int(share * (levels.shape[1] - 1)) for share in (INK_QUANTILE, PAPER_QUANTILE)]
    ink, paper = np.partition(levels, at, axis=1)[:, at].T.astype(np.float32)
    light = max(float(paper.mean()), 1.0)
    depth = max(light - float(ink.mean()), FAINTEST_INK * light, 4.0)
    # Both views hold bytes, so what each byte stands for is worked out once.
    darkness = (paper - np.arange(256, dtype=np.float32)[:, None]) / depth
    strength = np.clip(darkness, LEAST_INK, MOST_INK)[:, None]
    views = np.zeros((CHANNELS, INPUT_SIDE, INPUT_SIDE), np.float32)
    left, top = (INPUT_SIDE - size[0]) // 2, (INPUT_SIDE - size[1]) // 2
    whole = views[:3, top : top + size[1], left : left + size[0]]
    whole[...] = cv2.LUT(pixels, strength).transpose(2, 0, 1)
    ink = (whole[0] + whole[1] + whole[2]) / 3
    near = _resized(_close_by(colour, ink), (INPUT_SIDE, INPUT_SIDE))
    views[3:] = cv2.LUT(near, strength).transpose(2, 0, 1)
    return views


def _close_by(colour: NDArray[np.uint8], ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The square of a cell around the ink that lies well inside its border."""
    height, width = colour.shape[:2]
    side = max(1, round(CLOSE * min(height, width)))
    rows, columns = (round(BORDER * length) for length in ink.shape)
    inner = np.maximum(ink[rows : ink.shape[0] - rows, columns : ink.shape[1] - columns] - 0.3, 0)
    total = float(inner.sum()) + 1e-6
    centre = [0.5, 0.5]
    if total > LITTLE_INK:
        for axis, cut in ((0, rows), (1, columns)):
            along = inner.sum(axis=1 - axis)
            mean = float(along @ np.arange(len(along))) / total + cut + 0.5
            centre[axis] = mean / ink.shape[axis]
    top = min(max(round(centre[0] * height - side / 2), 0), height - side)
    left = min(max(round(centre[1] * width - side / 2), 0), width - side)
    return colour[top : top + side, left : left + side]


def _resized(colour: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    shrinks = size[0] * size[1] < colour.shape[0] * colour.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(colour, size, interpolation=method), np.uint8)


def log_odds(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the likeliest glyph against all others together, (n,), without overflow."""
    ranked = np.sort(logits, axis=-1)
    rest = np.exp(ranked[:, :-1] - ranked[:, -2:-1]).sum(axis=1)
    return np.asarray(ranked[:, -1] - ranked[:, -2] - np.log(rest), np.float64)


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities along the last axis, without overflow."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float64)
