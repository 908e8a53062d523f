"""Read a number that is written in words, or say nothing.

The network is a small CNN in ONNX; `digitizer/training/words.py` builds it. `word_lines` cuts an
area into lines for it, `word_odds` says how likely its frames spell each number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitizer.vision.digits import softmax
from digitizer.vision.network import Network, Shapes, load_network, name_of, number_of
from digitizer.vision.photo import BgrImage
from digitizer.vision.word_lines import HEIGHT, STEP, word_lines
from digitizer.vision.word_odds import SYMBOLS, Frames, WordOdds, word_odds

CARD: Final = Path(__file__).parent / "weights" / "words.json"

MOST_ODD: Final = 20.0
"""Log odds beyond this are no calibration."""

FAINTEST: Final = 1e-5
"""Numbers less likely than this are not listed."""


@dataclass(frozen=True, slots=True)
class ReadWords:
    """What was read in one area.

    Attributes:
        letters: one by one as they were read, without blanks; "" where nothing is written.
        values: probabilities of the numbers that they may spell; what is missing from 1 is no
            number.
    """

    letters: str
    values: Mapping[int, float]


NOTHING: Final = ReadWords("", {})


@dataclass(frozen=True, slots=True)
class WordCalibration:
    """What makes the probability of a number mean what it says.

    Attributes:
        sharpness: by which log likelihoods count; letters of one hand are not independent.
        odd: log odds against letters that spell no number, where such were read.
        surest: nothing is surer than this, since more was never measured.
    """

    sharpness: float
    odd: float
    surest: float

    def values(self, odds: WordOdds, index: int) -> Mapping[int, float]:
        """Probabilities of what one of several pictures spells."""
        if not odds.read[index]:
            return {}
        likely = self.sharpness * odds.numbers[index]
        as_read = self.sharpness * odds.as_read[index] - self.odd
        top = max(float(likely.max()), float(as_read))
        weights = np.exp(likely - top)
        # Where the letters as read spell a number they are no evidence of anything else.
        spelled = float(odds.as_read[index]) <= float(odds.numbers[index].max()) + 1e-9
        other = 0.0 if spelled else float(np.exp(as_read - top))
        found = self.surest * weights / (weights.sum() + other)
        return {int(n): float(found[n]) for n in np.flatnonzero(found > FAINTEST)}


@dataclass(frozen=True, slots=True)
class WordReader:
    """A model of number words held in memory."""

    name: str
    network: Network
    calibration: WordCalibration

    @classmethod
    def load(cls, card: Path | None = None) -> "WordReader":
        """Load the model that a card names, by default the packaged one.

        Raises:
            ModelError: the card or the weights are missing, or are not what the card says.
        """
        path = card or CARD
        expected = {"symbols": SYMBOLS, "height": HEIGHT}
        network, facts = load_network(path, expected, Shapes((1, HEIGHT, None), len(SYMBOLS) + 1))
        calibration = WordCalibration(
            number_of(path, facts, "sharpness", 1.0),
            number_of(path, facts, "odd", MOST_ODD, -MOST_ODD),
            number_of(path, facts, "surest", 1.0),
        )
        return cls(name_of("words", facts), network, calibration)

    def read(self, areas: Sequence[BgrImage]) -> tuple[ReadWords, ...]:
        """What each area says, in order; one forward pass for all of them.

        Args:
            areas: pictures of the areas for words, (height, width, 3) BGR.
        """
        strips = [
            (index, line.strip) for index, area in enumerate(areas) for line in word_lines(area)
        ]
        found = [NOTHING] * len(areas)
        if not strips:
            return tuple(found)
        rows = softmax(self.network.run(_batch([strip for _, strip in strips])).astype(np.float64))
        lengths = [strip.shape[1] // STEP for _, strip in strips]
        parts = [
            (index, row[:length])
            for (index, _), row, length in zip(strips, rows, lengths, strict=True)
        ]
        joined = [
            (index, _joined([part for _, part in of_area]))
            for index, of_area in groupby(parts, key=itemgetter(0))
        ]
        odds = word_odds(_padded([part for _, part in joined]))
        for place, (index, _) in enumerate(joined):
            found[index] = ReadWords(odds.read[place], self.calibration.values(odds, place))
        return tuple(found)


def _batch(strips: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Strips as the network sees them, narrow ones filled up with paper."""
    widest = max(strip.shape[1] for strip in strips)
    batch = np.zeros((len(strips), 1, HEIGHT, widest), np.float32)
    for row, strip in zip(batch, strips, strict=True):
        row[0, :, : strip.shape[1]] = strip
    return batch


def _joined(lines: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The frames of all lines of an area, a sure blank between them."""
    blank = np.eye(1, lines[0].shape[1])
    parts = [part for line in lines for part in (line, blank)]
    return np.concatenate(parts[:-1])


def _padded(rows: Sequence[NDArray[np.float64]]) -> Frames:
    """Frames of several pictures, shorter ones filled up with sure blanks."""
    longest = max(map(len, rows))
    frames = np.zeros((len(rows), longest, rows[0].shape[1]))
    frames[:, :, 0] = 1.0
    for filled, row in zip(frames, rows, strict=True):
        filled[: len(row)] = row
    return frames
