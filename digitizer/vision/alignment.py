"""Hold a line of text as it was read against the line as it is printed, word by word.

Recognized text splits, joins and garbles words, so words are not compared in pairs: the letters of
both lines are aligned first (Needleman & Wunsch, J. Mol. Biol. 48, 1970), and each printed word is
then given the letters that were read in its place.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from digitizer.vision.tesseract import Word

MATCH: Final = 2
MISMATCH: Final = -1
GAP: Final = -1

LOOKALIKES: Final = str.maketrans({"O": "0", "Q": "0", "I": "1", "L": "1", "!": "1"})
"""Signs that a recognizer takes for one another in capitals; they count as the same."""

MOST_LETTERS: Final = 400
"""Of one strip; a title is shorter, and more is noise that would only cost time."""


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A printed word and what was read in its place.

    Attributes:
        read: the letters, "" when none.
        confidence: the lowest of the words that the letters come from, 0 to 100.
        matched: how many letters of the word were read.
    """

    word: str
    read: str
    confidence: float
    matched: int


@dataclass(frozen=True, slots=True)
class _Letter:
    """A letter read, and the index of its word."""

    sign: str
    part: int


@dataclass(frozen=True, slots=True)
class _Pair:
    """A letter of the printed word `owner` and the letter read in its place, by their indices."""

    owner: int
    letter: int
    same: bool


@dataclass(frozen=True, slots=True)
class Alignment:
    """A strip's printed words, and the words read that are none of them, with their confidence."""

    places: tuple[ReadWord, ...]
    extra: tuple[tuple[str, float], ...]


def words_of(texts: Iterable[str]) -> tuple[str, ...]:
    """The words of some texts in capitals, letters and digits only; spaces and hyphens part them.

    >>> words_of(["MODEL C.HASIL", "SALINAN-PPWP"])
    ('MODEL', 'CHASIL', 'SALINAN', 'PPWP')
    """
    plain = unicodedata.normalize("NFKD", " ".join(texts)).upper()
    parts = (re.sub(r"[^A-Z0-9!]", "", part) for part in re.split(r"[\s\-–—/]+", plain))
    return tuple(part for part in parts if part)


def likeness(a: str, b: str) -> float:
    """1 for the same letters, 0 for none in common: one less edits over the longer's length."""
    # Small print runs R and N together, or parts M.
    a, b = (word.translate(LOOKALIKES).replace("RN", "M") for word in (a, b))
    longest = max(len(a), len(b))
    if longest == 0:
        return 1.0
    row = list(range(len(b) + 1))
    for i, sign in enumerate(a, start=1):
        corner, row[0] = row[0], i
        for j, other in enumerate(b, start=1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (sign != other))
    return 1 - row[-1] / longest


def align(printed: Sequence[str], read: Sequence[Word]) -> Alignment:
    """Give each printed word the letters that were read in its place.

    Args:
        printed: words as `words_of` makes them, in reading order.
        read: the words of the same strip, in reading order.
    """
    parts = [(part, word.confidence) for word in read for part in words_of([word.text])]
    letters = [_Letter(sign, k) for k, (part, _) in enumerate(parts) for sign in part]
    letters = letters[:MOST_LETTERS]
    signs = "".join(printed)
    owners = [index for index, word in enumerate(printed) for _ in word]
    pairs = [
        _Pair(owner, k, _same(sign, letters[k].sign))
        for sign, owner, k in zip(signs, owners, _partners(signs, letters), strict=True)
        if k is not None
    ]
    pairs = _without_strays(pairs, letters, parts)
    taken = {pair.letter for pair in pairs}
    places: list[ReadWord] = []
    for index, word in enumerate(printed):
        mine = [pair for pair in pairs if pair.owner == index]
        span = _span(letters, [pair.letter for pair in mine], taken)
        text = "".join(letter.sign for letter in span)
        confidence = min((parts[letter.part][1] for letter in span), default=0.0)
        places.append(ReadWord(word, text, confidence, sum(pair.same for pair in mine)))
    used = Counter(
        letters[pair.letter].part
        for pair in pairs
        if letters[pair.letter].sign.isdigit() == printed[pair.owner].isdigit()
    )
    extra = (part for k, part in enumerate(parts) if used[k] <= len(part[0]) / 3)
    return Alignment(tuple(places), tuple(extra))


def _without_strays(
    pairs: Sequence[_Pair], letters: Sequence[_Letter], parts: Sequence[tuple[str, float]]
) -> list[_Pair]:
    """Without the letters that a printed word has from a read word that is another's by far.

    Where MODEL was not read, its D must not be that of D.HASIL.
    """
    same = Counter((letters[pair.letter].part, pair.owner) for pair in pairs if pair.same)
    holders = {
        part: owner for (part, owner), count in same.items() if count >= len(parts[part][0]) * 2 / 3
    }
    return [
        pair for pair in pairs if holders.get(letters[pair.letter].part, pair.owner) == pair.owner
    ]


def _span(letters: Sequence[_Letter], mine: Sequence[int], taken: set[int]) -> Sequence[_Letter]:
    """The letters read in a place: from its first to its last, and what else is of their words.

    So PPWP-LN read as one word is not taken for PPWP with something behind it.
    """
    if not mine:
        return ()
    first, last = mine[0], mine[-1]
    while first > 0 and first - 1 not in taken and letters[first - 1].part == letters[first].part:
        first -= 1
    while (
        last + 1 < len(letters)
        and last + 1 not in taken
        and letters[last + 1].part == letters[last].part
    ):
        last += 1
    return letters[first : last + 1]


def _same(a: str, b: str) -> bool:
    return a.translate(LOOKALIKES) == b.translate(LOOKALIKES)


def _partners(printed: str, letters: Sequence[_Letter]) -> list[int | None]:
    """For each printed letter the index of the letter read in its place, or None."""
    a = printed.translate(LOOKALIKES)
    b = "".join(letter.sign for letter in letters).translate(LOOKALIKES)
    table = [[GAP * j for j in range(len(b) + 1)]]
    for i, sign in enumerate(a, start=1):
        above, row = table[-1], [GAP * i]
        for j, other in enumerate(b, start=1):
            pair = above[j - 1] + (MATCH if sign == other else MISMATCH)
            row.append(max(pair, above[j] + GAP, row[j - 1] + GAP))
        table.append(row)
    partners: list[int | None] = [None] * len(a)
    i, j = len(a), len(b)
    while i and j:
        # Where ways are equal, letters read too much are left out first: so that a word read where
        # nothing is printed is left out whole, not by letters that its neighbour also has.
        if table[i][j] == table[i][j - 1] + GAP:
            j -= 1
        elif table[i][j] == table[i - 1][j] + GAP:
            i -= 1
        else:
            i, j = i - 1, j - 1
            partners[i] = j
    return partners
