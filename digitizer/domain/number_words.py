"""The numbers 0 to 999 as crews write them out: the grammar of Indonesian number words.

A number is a hundreds part and an ending below a hundred, each of which may be missing but not
both: SERATUS DUA PULUH TIGA is SERATUS and DUA PULUH TIGA. One is SE- before RATUS, PULUH and
BELAS; eleven to nineteen are BELAS. Capitals alone, and no blanks: crews write words apart,
together or with a hyphen, and none of that is part of the number.
"""

from itertools import product
from typing import Final

UNITS: Final = (
    *("", "SATU", "DUA", "TIGA", "EMPAT", "LIMA"),
    *("ENAM", "TUJUH", "DELAPAN", "SEMBILAN"),
)


def _counted(unit: int, word: str) -> tuple[str, ...]:
    """So many tens or hundreds, or one of the numbers with BELAS.

    >>> _counted(1, "PULUH"), _counted(3, "BELAS"), _counted(0, "RATUS")
    (('SEPULUH',), ('TIGA', 'BELAS'), ())
    """
    if unit == 0:
        return ()
    return ("SE" + word,) if unit == 1 else (UNITS[unit], word)


def _below_hundred(ten: int, unit: int) -> tuple[str, ...]:
    if ten == 1 and unit:
        return _counted(unit, "BELAS")
    return (*_counted(ten, "PULUH"), *((UNITS[unit],) if unit else ()))


_HUNDREDS: Final = tuple(_counted(hundred, "RATUS") for hundred in range(10))
_ENDINGS: Final = tuple(_below_hundred(*digits) for digits in product(range(10), range(10)))

HUNDREDS: Final = tuple(map("".join, _HUNDREDS))
"""What a number of so many hundreds begins with; nothing below one hundred."""

ENDINGS: Final = tuple(map("".join, _ENDINGS))
"""What follows the hundreds, by its value below one hundred; nothing for none."""

NOUGHTS: Final = ("NOL", "KOSONG", "NIHIL", "X", "XX", "XXX", "-", "--", "---")
"""What stands for no vote at all; X and strokes are what crews put into places they do not use."""

LETTERS: Final = "".join(sorted(set("".join((*HUNDREDS, *ENDINGS, *NOUGHTS)))))
"""Every symbol of which such words are made."""

MOST: Final = 999


def number_in_words(number: int) -> str:
    """A number in words.

    >>> number_in_words(123), number_in_words(11), number_in_words(0)
    ('SERATUS DUA PULUH TIGA', 'SEBELAS', 'NOL')
    """
    if not 0 <= number <= MOST:
        raise ValueError(f"{number} is not spelled here; needed 0 to {MOST}")
    return " ".join((*_HUNDREDS[number // 100], *_ENDINGS[number % 100])) or NOUGHTS[0]


def number_spelled(number: int) -> str:
    """A number in words without blanks.

    >>> number_spelled(123)
    'SERATUSDUAPULUHTIGA'
    """
    return number_in_words(number).replace(" ", "")


def number_of_words(words: str) -> int | None:
    """The number that words spell, however they are set apart; None when it is none.

    >>> number_of_words("dua ratus lima"), number_of_words("Kosong"), number_of_words("DUA TIGA")
    (205, 0, None)
    """
    letters = "".join(one for one in words.upper() if one.isalnum() or one == NOUGHTS[-1][0])
    return _NUMBERS.get(letters)


_NUMBERS: Final = {number_spelled(number): number for number in range(MOST + 1)} | dict.fromkeys(
    NOUGHTS, 0
)
