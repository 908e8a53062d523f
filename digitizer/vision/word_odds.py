"""What number a row of letters spells: exact decoding over the grammar of number words.

The network says of each frame, a narrow column of the picture, which letter stands there, or none.
How likely frames spell a string is the sum over all ways to spread its letters over them (CTC:
Graves et al., ICML 2006). Of all thousand numbers that sum is made at once: a number is hundreds
and an ending, so ten beginnings are gone through forwards and a hundred endings backwards, and
where the first letter of the ending stands the two meet. One matrix product sums over that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitizer.domain.number_words import ENDINGS, HUNDREDS, LETTERS, MOST, NOUGHTS

OTHER: Final = "?"
"""A letter that no number word has, or one that cannot be read."""

SYMBOLS: Final = LETTERS + OTHER
"""What the network tells apart, after the blank, which is class 0."""

FAINTEST: Final = 1e-5
"""No symbol is less likely than this in any frame: a slip of the pen changes a letter or two."""

PAUSE: Final = 0.9995
"""A blank that is surer than this is one in which nothing is written."""

Frames = NDArray[np.float64]
"""Probabilities over blank and `SYMBOLS`, of each frame of several rows of letters (n, t, symbols);
shorter rows are filled up with blanks that are sure."""


@dataclass(frozen=True, slots=True)
class WordOdds:
    """What the frames of each of n pictures spell.

    Attributes:
        numbers: log likelihood of every number, (n, 1000).
        read: letter by letter the likeliest symbols, without blanks.
        as_read: log likelihood of just those symbols, (n,).
    """

    numbers: NDArray[np.float64]
    read: tuple[str, ...]
    as_read: NDArray[np.float64]


def word_odds(frames: Frames) -> WordOdds:
    """How likely the frames spell each number, and what they spell letter by letter.

    Likelihoods are relative to the likeliest symbols of every frame; of one row of frames their
    differences mean something, and nothing else does.
    """
    frames = np.maximum(_without_pauses(frames), FAINTEST)
    frames = frames / frames.max(axis=2, keepdims=True)
    read = tuple(_collapsed(row) for row in frames.argmax(axis=2))
    numbers = _numbers(frames)
    with np.errstate(divide="ignore"):
        return WordOdds(np.log(numbers), read, np.log(_just_those(frames, read)))


def _without_pauses(frames: Frames) -> Frames:
    """Of sure blanks in a row one alone: more of them say nothing, and take most of the time."""
    sure = frames[:, :, 0] >= PAUSE
    again = np.zeros_like(sure)
    again[:, 1:] = sure[:, 1:] & sure[:, :-1]
    # What is left out of a longer row fills up a shorter one.
    order = np.argsort(again, axis=1, kind="stable")[:, : int((~again).sum(axis=1).max())]
    return np.take_along_axis(frames, order[:, :, None], axis=1)


@dataclass(frozen=True)
class _Strings:
    """Strings as the states of CTC: a blank, a letter, a blank, and so on."""

    strings: tuple[str, ...]

    @cached_property
    def longest(self) -> int:
        return max(map(len, self.strings))

    @cached_property
    def symbols(self) -> NDArray[np.intp]:
        """The class of every state, (strings, 2 * longest + 1)."""
        states = np.zeros((len(self.strings), 2 * self.longest + 1), np.intp)
        for row, string in zip(states, self.strings, strict=True):
            row[1 : 2 * len(string) : 2] = [1 + SYMBOLS.index(symbol) for symbol in string]
        return states

    @cached_property
    def skips(self) -> NDArray[np.float64]:
        """1 where a letter may follow the one before without a blank between: not on its like."""
        symbols = self.symbols
        may = np.zeros(symbols.shape)
        may[:, 3::2] = (symbols[:, 3::2] != symbols[:, 1:-2:2]) & (symbols[:, 3::2] != 0)
        return may

    @cached_property
    def ends(self) -> NDArray[np.intp]:
        """The state of the blank behind the last letter."""
        return np.array([2 * len(string) for string in self.strings])


_BEGINNINGS: Final = _Strings(HUNDREDS)
_ENDINGS: Final = _Strings(tuple(string[::-1] for string in (*ENDINGS, *NOUGHTS)))
"""Back to front, since they are gone through from the last frame."""

_ALIKE: Final = np.array(
    [[beginning[-1:] == ending[:1] for ending in (*ENDINGS, *NOUGHTS)] for beginning in HUNDREDS]
)
"""Where an ending begins with the letter that the hundreds end with: a blank must stand between."""


def _numbers(frames: Frames) -> NDArray[np.float64]:
    """Likelihood of each number, (n, 1000)."""
    count, length, _ = frames.shape
    by_frame = frames.transpose(1, 0, 2)
    on_blank, anyhow = _forward(by_frame, _BEGINNINGS)
    on_letter = _forward(by_frame[::-1], _ENDINGS, letter=True)[0][:, :, ::-1]
    # The first letter of the ending stands in frame t, all of the hundreds before it.
    before = np.zeros((2, count, len(HUNDREDS), length))
    before[:, :, 0, 0] = 1.0
    before[0, :, :, 1:] = on_blank[:, :, :-1]
    before[1, :, :, 1:] = anyhow[:, :, :-1]
    behind = on_letter.transpose(0, 2, 1)
    met = np.where(_ALIKE, before[0] @ behind, before[1] @ behind)
    found = met[:, :, : len(ENDINGS)].copy()
    found[:, :, 0] = anyhow[:, :, -1]  # hundreds alone
    found[:, 0, 0] = met[:, 0, len(ENDINGS) :].sum(axis=1)
    return np.asarray(found.reshape(count, MOST + 1), np.float64)


def _just_those(frames: Frames, read: Sequence[str]) -> NDArray[np.float64]:
    """Likelihood of the symbols that were read in each picture, (n,)."""
    strings = _Strings(tuple(read))
    # Each string has frames of its own: all are gone through as strings of one picture.
    own = np.stack([row[:, states] for row, states in zip(frames, strings.symbols, strict=True)])
    return _spelled(own.transpose(1, 0, 2)[:, None], strings, letter=False)[1][0, :, -1]


def _forward(
    by_frame: NDArray[np.float64], strings: _Strings, *, letter: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`_spelled` of each of n pictures whose frames are (t, n, symbols)."""
    return _spelled((frame[:, strings.symbols] for frame in by_frame), strings, letter=letter)


def _spelled(
    states: Iterable[NDArray[np.float64]], strings: _Strings, *, letter: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Likelihoods of having spelled each string by each frame, (n, strings, t): on the blank behind
    it, or on its last letter with `letter`; and on either.

    Args:
        states: frame by frame the probability of the symbol of each state, (n, strings, states).
        strings: what is spelled.
        letter: whether it is asked of the last letter, and not of the blank behind it.
    """
    skips, ends = strings.skips[:, 2:], strings.ends
    rows = np.arange(len(ends))
    last = np.maximum(ends - 1, 0)
    empty = ends == 0
    one: list[NDArray[np.float64]] = []
    both: list[NDArray[np.float64]] = []
    now: NDArray[np.float64] | None = None
    for seen in states:
        if now is None:
            # Nothing stands before the first frame: a blank or the first letter begins.
            now = np.zeros(seen.shape)
            now[:, :, :2] = seen[:, :, :2]
        else:
            after = now.copy()
            after[:, :, 1:] += now[:, :, :-1]
            after[:, :, 2:] += skips * now[:, :, :-2]
            after *= seen
            now = after
        on_blank, on_letter = now[:, rows, ends], np.where(empty, 0.0, now[:, rows, last])
        one.append(on_letter if letter else on_blank)
        both.append(on_blank + on_letter)
    return np.stack(one, axis=2), np.stack(both, axis=2)


def _collapsed(classes: Sequence[int]) -> str:
    """Likeliest classes, frame by frame, as the symbols they spell."""
    symbols = []
    before = 0
    for found in classes:
        if found not in (0, before):
            symbols.append(SYMBOLS[found - 1])
        before = found
    return "".join(symbols)
