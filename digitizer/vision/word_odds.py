"""What number a row of letters spells: exact decoding over the grammar of number words.

The network says of each frame, a narrow column of the picture, which letter stands there, or none.
How likely frames spell a string is the sum over all ways to spread its letters over them (CTC:
Graves et al., ICML 2006). Of all thousand numbers that sum is made at once: a number is hundreds
and an ending, so ten beginnings are gone through forwards and a hundred endings backwards, what
begins alike as one (a lexicon tree: Ney and Ortmanns, Proc. IEEE 88, 2000), and where the first
letter of the ending stands the two meet. One matrix product sums over that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
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


class _Tree:
    """Strings as a tree of letters: what begins alike is gone through once.

    CTC has two states for every node, its letter and the blank behind it, and for the root, before
    any letter, the blank alone.

    Attributes:
        symbols: class of the letter of every node, (nodes,); the root, which has none, is first.
        ends: the node on which each string ends, (strings,).
    """

    def __init__(self, strings: Sequence[str]) -> None:
        nodes = {"": 0}
        for string in strings:
            for length in range(1, len(string) + 1):
                nodes.setdefault(string[:length], len(nodes))
        self.symbols = np.array([1 + SYMBOLS.index(node[-1]) if node else 0 for node in nodes])
        self.ends = np.array([nodes[string] for string in strings])
        # Letters that are alike are two only with a blank between, which the second half is of.
        self._from = np.array(
            [nodes[node[:-1]] + len(nodes) * (node[-1:] == node[-2:-1]) for node in nodes]
        )

    def spelled(self, by_frame: NDArray[np.float64]) -> "_Spelled":
        """Goes through the frames of n pictures, (t, n, symbols)."""
        letter = np.zeros((by_frame.shape[1], len(self.symbols)))
        blank = np.zeros_like(letter)
        blank[:, 0] = 1.0  # before the first frame
        on_letter, on_blank = [letter[:, self.ends]], [blank[:, self.ends]]
        for frame in by_frame:
            anyhow = letter + blank
            before = np.concatenate([anyhow, blank], axis=1).take(self._from, axis=1)
            before[:, 0] = 0.0
            letter = (letter + before) * frame.take(self.symbols, axis=1)
            blank = anyhow * frame[:, :1]
            on_letter.append(letter.take(self.ends, axis=1))
            on_blank.append(blank.take(self.ends, axis=1))
        return _Spelled(np.stack(on_letter, axis=2), np.stack(on_blank, axis=2))


@dataclass(frozen=True, slots=True)
class _Spelled:
    """Likelihoods of having spelled each string after each frame and before the first,
    (n, strings, t + 1).

    Attributes:
        on_letter, on_blank: standing on its last letter, or on the blank behind it.
    """

    on_letter: NDArray[np.float64]
    on_blank: NDArray[np.float64]

    @property
    def anyhow(self) -> NDArray[np.float64]:
        return np.asarray(self.on_letter + self.on_blank, np.float64)


_BEGINNINGS: Final = _Tree(HUNDREDS)
_ENDINGS: Final = _Tree([string[::-1] for string in (*ENDINGS, *NOUGHTS)])
"""Back to front, since they are gone through from the last frame."""

_ALIKE: Final = np.array(
    [[beginning[-1:] == ending[:1] for ending in (*ENDINGS, *NOUGHTS)] for beginning in HUNDREDS]
)
"""Where an ending begins with the letter that the hundreds end with: a blank must stand between."""


def _numbers(frames: Frames) -> NDArray[np.float64]:
    """Likelihood of each number, (n, 1000)."""
    by_frame = frames.transpose(1, 0, 2)
    begun = _BEGINNINGS.spelled(by_frame)
    anyhow = begun.anyhow
    # The first letter of the ending stands in a frame, all of the hundreds before it.
    behind = _ENDINGS.spelled(by_frame[::-1]).on_letter[:, :, :0:-1].transpose(0, 2, 1)
    met = np.where(_ALIKE, begun.on_blank[:, :, :-1] @ behind, anyhow[:, :, :-1] @ behind)
    found = met[:, :, : len(ENDINGS)].copy()
    found[:, :, 0] = anyhow[:, :, -1]  # hundreds alone
    found[:, 0, 0] = met[:, 0, len(ENDINGS) :].sum(axis=1)
    return np.asarray(found.reshape(len(frames), MOST + 1), np.float64)


def _just_those(frames: Frames, read: Sequence[str]) -> NDArray[np.float64]:
    """Likelihood of the symbols that were read in each picture, (n,)."""
    # All strings in all pictures are a few more than needed, and gone through at once.
    spelled = _Tree(read).spelled(frames.transpose(1, 0, 2)).anyhow
    rows = np.arange(len(read))
    return np.asarray(spelled[rows, rows, -1], np.float64)


def _collapsed(classes: Sequence[int]) -> str:
    """Likeliest classes, frame by frame, as the symbols they spell."""
    symbols = []
    before = 0
    for found in classes:
        if found not in (0, before):
            symbols.append(SYMBOLS[found - 1])
        before = found
    return "".join(symbols)
