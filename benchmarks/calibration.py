"""Whether a probability means what it says: calibration errors and proper scores."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitizer.domain.glyph import ALPHABET

ECE_BINS: Final = 15


@dataclass(frozen=True, slots=True)
class Read:
    """Boxes with what is in them and what the model says.

    Attributes:
        truth: (n,) the index in `ALPHABET` of what is in each box.
        scores: (n, 14) the probability of each glyph.
    """

    truth: NDArray[np.int64]
    scores: NDArray[np.float64]

    def where(self, chosen: NDArray[np.bool_]) -> "Read":
        """The boxes for which `chosen` is true."""
        return Read(self.truth[chosen], self.scores[chosen])

    def only(self, glyphs: str) -> "Read":
        """The boxes that hold one of these glyphs."""
        return self.where(np.isin(self.truth, [ALPHABET.index(glyph) for glyph in glyphs]))

    @property
    def top(self) -> NDArray[np.int64]:
        """The index of the glyph read."""
        return np.asarray(self.scores.argmax(axis=1), np.int64)

    @property
    def right(self) -> NDArray[np.bool_]:
        return np.asarray(self.top == self.truth)

    @property
    def sure(self) -> NDArray[np.float64]:
        """The probability of the glyph read."""
        return np.asarray(self.scores.max(axis=1))

    @property
    def doubt(self) -> NDArray[np.float64]:
        """One less the probability of the glyph read, as the sum of all others.

        Near 1 the sum keeps the digits that a subtraction loses.
        """
        return np.asarray(np.sort(self.scores, axis=1)[:, :-1].sum(axis=1))


@dataclass(frozen=True, slots=True)
class Bin:
    """Boxes of like probability: how many, how many read right, and their mean doubt."""

    n: int
    right: int
    doubt: float


def expected_calibration_error(read: Read) -> float:
    """Mean distance between probability and share right, over bins of equal width (Guo 2017)."""
    bins = np.minimum((read.sure * ECE_BINS).astype(int), ECE_BINS - 1)
    return _mean_gap(read, [np.flatnonzero(bins == b) for b in range(ECE_BINS)])


def adaptive_calibration_error(read: Read) -> float:
    """The same over bins of equal count (Nguyen and O'Connor 2015; Nixon 2019).

    Most probabilities of a good reader lie near 1, in one bin of equal width.
    """
    return _mean_gap(read, np.array_split(np.argsort(read.sure, kind="stable"), ECE_BINS))


def _mean_gap(read: Read, bins: list[NDArray[np.intp]]) -> float:
    gaps = [abs(float((read.right[b].astype(float) - read.sure[b]).sum())) for b in bins]
    return sum(gaps) / max(len(read.truth), 1)


def brier(read: Read) -> float:
    """Mean squared distance of the probabilities from the truth, over all glyphs (Brier 1950)."""
    truth = np.eye(len(ALPHABET))[read.truth]
    return float(((read.scores - truth) ** 2).sum(axis=1).mean())


def negative_log_likelihood(read: Read) -> float:
    """Mean of -ln of the probability given to what is in the box."""
    given = read.scores[np.arange(len(read.truth)), read.truth]
    return float(-np.log(np.maximum(given, np.finfo(np.float64).tiny)).mean())


def equal_bins(read: Read, count: int) -> tuple[Bin, ...]:
    """`count` bins of as many boxes each, the surest first."""
    order = np.argsort(read.doubt, kind="stable")
    return tuple(
        Bin(len(b), int(read.right[b].sum()), float(read.doubt[b].mean()))
        for b in np.array_split(order, count)
        if len(b)
    )


def confusion(read: Read) -> NDArray[np.int64]:
    """(14, 14) how often each glyph (row) was read as each (column)."""
    table = np.zeros((len(ALPHABET), len(ALPHABET)), np.int64)
    np.add.at(table, (read.truth, read.top), 1)
    return table
