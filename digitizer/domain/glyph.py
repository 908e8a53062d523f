"""What one digit box may hold, and how sure the machine is of it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

CROSS: Final = "X"
DASH: Final = "-"
BLANK: Final = "_"
UNREADABLE: Final = "?"
DIGITS: Final = "0123456789"

ALPHABET: Final = DIGITS + CROSS + DASH + BLANK + UNREADABLE
"""The 14 glyphs in the order of `GlyphScores.probabilities` and of the model's outputs.

`X` is a box struck out, `-` a dash or slash, `_` an empty box, `?` ink that a person must read
(overwritten, scribbled, cut off). The same characters spell `as_written` everywhere.
"""

MARKS: Final = frozenset({CROSS, DASH, BLANK})
"""The glyphs that may lead a number but never follow a digit."""


@dataclass(frozen=True, slots=True)
class GlyphScores:
    """A calibrated probability for each glyph of `ALPHABET`, summing to 1."""

    probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.probabilities) != len(ALPHABET):
            raise ValueError(
                f"found {len(self.probabilities)} glyph probabilities, needed {len(ALPHABET)}"
            )
        if any(not 0.0 <= p <= 1.0 for p in self.probabilities):
            raise ValueError("glyph probabilities must lie in [0, 1]")
        if not math.isclose(sum(self.probabilities), 1.0, abs_tol=1e-4):
            raise ValueError(f"glyph probabilities sum to {sum(self.probabilities):.6f}, not 1")

    @property
    def ranked(self) -> tuple[tuple[str, float], ...]:
        """Glyphs with their probabilities, most likely first."""
        pairs = zip(ALPHABET, self.probabilities, strict=True)
        return tuple(sorted(pairs, key=lambda pair: -pair[1]))

    @property
    def top(self) -> str:
        """The most likely glyph."""
        return self.ranked[0][0]

    @property
    def probability(self) -> float:
        """The probability of the most likely glyph."""
        return max(self.probabilities)

    def of(self, glyph: str) -> float:
        """The probability of one glyph of `ALPHABET`."""
        return self.probabilities[ALPHABET.index(glyph)]


def glyph_scores(probabilities: Mapping[str, float]) -> GlyphScores:
    """Scores from the glyphs that have any; the others get 0.

    >>> glyph_scores({"7": 0.9, "1": 0.1}).top
    '7'
    """
    return GlyphScores(tuple(probabilities.get(glyph, 0.0) for glyph in ALPHABET))
