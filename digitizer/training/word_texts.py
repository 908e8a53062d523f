"""What is written into areas for numbers in words, and what stands there that is no number."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from digitizer.domain.number_words import NOUGHTS, number_in_words
from digitizer.vision.word_odds import OTHER, SYMBOLS

WORDS: Final = (
    *("SATU", "DUA", "TIGA", "EMPAT", "LIMA", "ENAM", "TUJUH", "DELAPAN", "SEMBILAN"),
    *("SEPULUH", "SEBELAS", "SERATUS", "RATUS", "PULUH", "BELAS", "NOL", "KOSONG", "NIHIL"),
)
"""Of numbers."""

OTHERS: Final = (
    *("SUARA", "SAH", "TIDAK", "JUMLAH", "SURAT", "PASLON", "ORANG", "PEMILIH", "SAKSI"),
    *("KECAMATAN", "KELURAHAN", "DESA", "HASIL", "RIBU", "JUTA", "SERIBU", "LEMBAR", "WARGA"),
    *("CADANGAN", "FORMULIR", "YANG", "ZONA", "WILAYAH", "QUORUM", "VERIFIKASI", "HABIS"),
)
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
GAPS: Final = (" ", "  ", "", "-", " - ")


@dataclass(frozen=True, slots=True)
class Written:
    """A text as it is written, and the symbols of `SYMBOLS` that are to be read in it."""

    text: str
    symbols: str


def draw_text(rng: np.random.Generator) -> Written:
    """A number in words, most often; else words that are no number, or any letters."""
    kind = rng.random()
    if kind < 0.68:
        words = _number(rng)
    elif kind < 0.84:
        words = [str(rng.choice(WORDS)) for _ in range(int(rng.integers(1, 6)))]
    elif kind < 0.92:
        words = [str(rng.choice((*WORDS, *OTHERS))) for _ in range(int(rng.integers(1, 4)))]
    else:
        words = ["".join(rng.choice(list(LETTERS), int(rng.integers(2, 9))))]
        words *= int(rng.integers(1, 3))
    words = cased(words, rng)
    gap = str(rng.choice(GAPS, p=(0.74, 0.1, 0.06, 0.07, 0.03)))
    text = gap.join(words)
    if rng.random() < 0.08:
        text += str(rng.choice([".", ",", " .", "/", " ="]))
    return Written(text, symbols_of("".join(words)))


def symbols_of(letters: str) -> str:
    """The symbols that letters are read as; those that no number word has are `OTHER`."""
    return "".join(one if one in SYMBOLS else OTHER for one in letters.upper())


def _number(rng: np.random.Generator) -> list[str]:
    """The words of a number: of every length about as many, so that every word is seen."""
    if rng.random() < 0.06:
        return [str(rng.choice([one for one in NOUGHTS if one.isalpha()]))]
    hundred = int(rng.choice([0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
    below = int(rng.integers(0 if hundred else 1, 100))
    return number_in_words(100 * hundred + below).split()


def cased(words: list[str], rng: np.random.Generator) -> list[str]:
    """Capitals, small letters, or both as people mix them."""
    kind = rng.random()
    if kind < 0.42:
        return words
    if kind < 0.60:
        return [word.lower() for word in words]
    if kind < 0.78:
        return [word.capitalize() for word in words]
    if kind < 0.84:
        return [words[0].capitalize(), *(word.lower() for word in words[1:])]
    if kind < 0.92:
        return [word.lower() if rng.random() < 0.5 else word for word in words]
    return ["".join(one.lower() if rng.random() < 0.35 else one for one in word) for word in words]
