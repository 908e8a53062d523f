"""How well the digit model reads boxes it has never seen: real ink and made boxes apart."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from digitizer.domain.glyph import ALPHABET, BLANK, CROSS, DASH, DIGITS, UNREADABLE, GlyphScores
from digitizer.training.augment import ORDINARY
from digitizer.training.data import Boxes, load_boxes, load_digits
from digitizer.training.mix import Mix
from digitizer.vision.digits import GlyphReader

Row = dict[str, Any]

Z95: Final = 1.959963984540054
MADE: Final = 1000
ECE_BINS: Final = 15


@dataclass(frozen=True, slots=True)
class Read:
    """Boxes with what is in them and what the model says."""

    truth: NDArray[np.int64]
    scores: NDArray[np.float64]

    def only(self, glyphs: str) -> "Read":
        """The boxes that hold one of these glyphs."""
        chosen = np.isin(self.truth, [ALPHABET.index(glyph) for glyph in glyphs])
        return Read(self.truth[chosen], self.scores[chosen])

    @property
    def right(self) -> NDArray[np.bool_]:
        return np.asarray(self.scores.argmax(axis=1) == self.truth)

    @property
    def sure(self) -> NDArray[np.float64]:
        """The probability of the glyph read."""
        return np.asarray(self.scores.max(axis=1))


def measure(dev_data: Path) -> list[Row]:
    """Rows for `make accuracy`, from the validation boxes of the development data folder.

    None of these boxes was trained on. Rows named `_made` come from rendered boxes, new ones of the
    kinds trained on: they show that a class works, not how real paper behaves.
    """
    reader = GlyphReader.load()
    real_2024 = read_boxes(reader, load_boxes(dev_data / "digits" / "chasil2024_val.npz"))
    real_2019 = read_boxes(reader, load_boxes(dev_data / "digits" / "c1_2019_val.npz"))
    digits = real_2024.only(DIGITS + CROSS)
    rows = [
        _share("glyphs.digits_2024", real_2024.only(DIGITS).right),
        _share("glyphs.x_2024", real_2024.only(CROSS).right),
        _share("glyphs.digits_2019", real_2019.only(DIGITS).right),
        _share("glyphs.x_2019", real_2019.only(CROSS).right),
        _share("glyphs.blank_2019", real_2019.only(BLANK).right),
    ]
    for name, least in (("p999", 0.999), ("p99", 0.99)):
        sure = digits.sure >= least
        rows.append(_share(f"glyphs.coverage_{name}_2024", sure))
        rows.append(_share(f"glyphs.errors_{name}_2024", ~digits.right[sure]))
    rows.append(_number("glyphs.ece_2024", expected_calibration_error(digits), len(digits.truth)))
    for name, (glyph, made) in read_made(reader, dev_data).items():
        rows.append(_share(f"glyphs.{name}_made", made.right))
        if glyph in BLANK + UNREADABLE:
            digit = made.scores[:, : len(DIGITS)].max(axis=1)
            rows.append(_share(f"glyphs.{name}_made_read_as_digit_p99", digit >= 0.99))
    return rows


def read_boxes(reader: GlyphReader, boxes: Boxes) -> Read:
    """Read labelled boxes, a hundred at a time."""
    scores: list[GlyphScores] = []
    for start in range(0, len(boxes.images), 100):
        scores += reader.read(boxes.images[start : start + 100])
    return Read(boxes.labels, np.array([score.probabilities for score in scores]))


def read_made(reader: GlyphReader, dev_data: Path) -> dict[str, tuple[str, Read]]:
    """Read fresh rendered boxes, as in an ordinary photo, by the name of their kind."""
    validation = {"real_2024": load_boxes(dev_data / "digits" / "chasil2024_val.npz")}
    public = load_digits(dev_data / "digits", open_data_only=False)
    mix = Mix(validation, public, np.random.default_rng(20241127), ORDINARY)
    kinds = (("blank", BLANK), ("dash", DASH), ("cross", CROSS), ("unreadable", UNREADABLE))
    result = {}
    for name, glyph in kinds:
        cells = [mix.draw_from(name)[0] for _ in range(MADE)]
        truth = np.full(MADE, ALPHABET.index(glyph), np.int64)
        result[name] = glyph, read_boxes(reader, Boxes(tuple(cells), truth, truth))
    drawn = [mix.draw_from("drawn") for _ in range(MADE)]
    truth = np.array([ALPHABET.index(glyph) for _, glyph in drawn], np.int64)
    held = Boxes(tuple(cell for cell, _ in drawn), truth, truth)
    result["drawn_digits"] = DIGITS, read_boxes(reader, held)
    return result


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), which holds near 0 and 1.

    >>> low, high = wilson(750, 750)
    >>> round(low, 4), high
    (0.9949, 1.0)
    """
    if n == 0:
        return 0.0, 1.0
    share, z2 = successes / n, Z95 * Z95
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    return low, 1.0 if successes == n else min(1.0, centre + half)


def expected_calibration_error(read: Read) -> float:
    """Mean distance between probability and share right, over bins of equal width (Guo 2017)."""
    bins = np.minimum((read.sure * ECE_BINS).astype(int), ECE_BINS - 1)
    gaps = [
        abs(float((read.right[bins == b].astype(float) - read.sure[bins == b]).sum()))
        for b in range(ECE_BINS)
    ]
    return sum(gaps) / max(len(read.truth), 1)


def confusion(read: Read) -> list[tuple[str, str, int]]:
    """What was taken for what, and how often: (written, read, count), mistakes only."""
    table: dict[tuple[str, str], int] = {}
    for truth, best in zip(read.truth, read.scores.argmax(axis=1), strict=True):
        if truth != best:
            key = ALPHABET[truth], ALPHABET[best]
            table[key] = table.get(key, 0) + 1
    return [(written, read_as, n) for (written, read_as), n in sorted(table.items())]


def _share(name: str, hits: NDArray[np.bool_]) -> Row:
    successes, n = int(hits.sum()), len(hits)
    low, high = wilson(successes, n)
    value = successes / n if n else None
    return {"name": name, "value": value, "unit": "share", "n": n, "low": low, "high": high}


def _number(name: str, value: float, n: int) -> Row:
    return {"name": name, "value": value, "unit": "share", "n": n, "low": None, "high": None}
