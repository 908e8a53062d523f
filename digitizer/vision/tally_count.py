"""From the cells of a tally to the count: crews fill cells of five from the left, row by row.

A forward recursion over the cells (Rabiner 1989, "A tutorial on hidden Markov models"). Its states:
every cell so far held five; the tally has ended; nobody has written in it at all. What breaks the
order is possible at a price, so that a slip of the crew is read and a slip of the reader is mended.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitizer.vision.tally_marks import MARKS, Cells

FULL: Final = 5
STRUCK, UNREADABLE = MARKS.index("X"), MARKS.index("?")

GOES_ON: Final = 0.8
STOPS: Final = 0.03
"""After cells of five: a cell of five, and each of 1 to 4, blank and struck."""

REST: Final = 0.49
"""After the end: a blank cell or a struck one."""

OUT_OF_ORDER: Final = 1e-3
"""After the end: a cell with so many strokes."""

LOST: Final = 0.02
"""Anywhere: a cell that nobody can read."""

FAINTEST: Final = 1e-9


def count_turus(cells: Cells, surest: float) -> Mapping[int | None, float]:
    """Probabilities of the count; None where the tally says nothing, or nobody can tell what.

    An untouched tally says nothing, a struck one says 0.

    Args:
        cells: probabilities over `MARKS` in the order in which crews fill the cells, (n, 8).
        surest: the most that may be said for any count; the rest goes to None.
    """
    # The last element of `ended` gathers what has lost count on the way, as `lost` does for fives.
    fives, lost, untouched = 0.0, 0.0, 1.0
    ended = np.zeros(FULL * len(cells) + 2)
    # Of 0 to 5 strokes, where none at all is not an event of its own.
    strokes = cells[:, : FULL + 1] * (np.arange(FULL + 1) > 0)
    for index, (cell, some) in enumerate(zip(cells.tolist(), strokes, strict=True)):
        before = FULL * index
        start = untouched if index == 0 else 0.0
        going = fives + start
        new = _after_the_end(ended, cell, OUT_OF_ORDER * some)
        new[before + 1 : before + FULL] += going * STOPS * some[1:FULL]
        new[before] += going * STOPS * cell[STRUCK] + fives * STOPS * cell[0]
        new[-1] += lost * STOPS * (1 - cell[FULL] - cell[UNREADABLE])
        new[-1] += (going + lost) * LOST / 2 * cell[UNREADABLE]
        if index:
            new[: FULL + 1] += untouched * OUT_OF_ORDER * some
            new[0] += untouched * REST * cell[STRUCK]
            new[-1] += untouched * LOST * cell[UNREADABLE]
        lost = lost * GOES_ON * cell[FULL] + (going + lost) * LOST / 2 * cell[UNREADABLE]
        fives = going * GOES_ON * cell[FULL]
        untouched *= REST * cell[0]
        whole = fives + lost + untouched + float(new.sum())
        fives, lost, untouched, ended = fives / whole, lost / whole, untouched / whole, new / whole
    counts = ended[:-1].copy()
    counts[FULL * len(cells)] += fives
    values: dict[int | None, float] = {
        int(count): surest * float(counts[count]) for count in np.flatnonzero(counts > FAINTEST)
    }
    values[None] = max(0.0, 1 - sum(values.values()))
    return values


def _after_the_end(
    ended: NDArray[np.float64], cell: Sequence[float], more: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The counts of tallies that had ended, one cell later; `more` is for strokes in it."""
    new = REST * (cell[0] + cell[STRUCK]) * ended
    total = float(more.sum())
    if total > FAINTEST and ended.any():
        new[:-1] += np.convolve(ended[:-1], more)[: len(new) - 1]
        new[-1] += total * ended[-1]
    new[-1] += LOST * cell[UNREADABLE] * ended.sum()
    return np.asarray(new)
