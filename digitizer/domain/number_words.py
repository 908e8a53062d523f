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


def _counted(unit: int, word: str) -> str:
    """So many tens or hundreds, or one of the numbers with BELAS.

    >>> _counted(1, "PULUH"), _counted(3, "BELAS"), _counted(0, "RATUS")
    ('SEPULUH', 'TIGABELAS', '')
    """
    if unit == 0:
        return ""
    return ("SE" if unit == 1 else UNITS[unit]) + word


HUNDREDS: Final = tuple(_counted(hundred, "RATUS") for hundred in range(10))
"""What a number of so many hundreds begins with; nothing below one hundred."""

ENDINGS: Final = tuple(
    _counted(unit, "BELAS") if ten == 1 and unit else _counted(ten, "PULUH") + UNITS[unit]
    for ten, unit in product(range(10), range(10))
)
"""What follows the hundreds, by its value below one hundred; nothing for none."""

NOUGHTS: Final = ("NOL", "KOSONG", "NIHIL", "X", "XX", "XXX", "-", "--", "---")
"""What stands for no vote at all; X and strokes are what crews put into places they do not use."""

LETTERS: Final = "".join(sorted(set("".join((*HUNDREDS, *ENDINGS, *NOUGHTS)))))
"""Every sign of which such words are made."""

MOST: Final = 999


def number_spelled(number: int) -> str:
    """A number in words without blanks.

    >>> number_spelled(123), number_spelled(11), number_spelled(0)
    ('SERATUSDUAPULUHTIGA', 'SEBELAS', 'NOL')
    """
    if not 0 <= number <= MOST:
        raise ValueError(f"{number} is not spelled here; needed 0 to {MOST}")
    return HUNDREDS[number // 100] + ENDINGS[number % 100] or NOUGHTS[0]


def number_of_words(words: str) -> int | None:
    """The number that words spell, however they are set apart; None when it is none.

    >>> number_of_words("dua ratus lima"), number_of_words("Kosong"), number_of_words("DUA TIGA")
    (205, 0, None)
    """
    letters = "".join(sign for sign in words.upper() if sign.isalnum() or sign == NOUGHTS[-1][0])
    return _NUMBERS.get(letters)


_NUMBERS: Final = {number_spelled(number): number for number in range(MOST + 1)} | dict.fromkeys(
    NOUGHTS, 0
)
