"""A person's habits of writing, drawn once from a seed and kept for a whole form."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from digitizer.domain.glyph import BLANK, CROSS, DASH, DIGITS
from digitizer.synth.bubbles import BubbleFill
from digitizer.synth.strokes import PENS, Pen


@dataclass(frozen=True, slots=True)
class Hand:
    """A person's habits.

    Attributes:
        square: traces the dotted guide where the box has one.
        height, width: of a digit, as shares of the box.
        slant: in radians, positive leans right.
        shape_noise: how much each glyph is bent, in shares of its size.
        leading: what goes into unused leading boxes.
        cross_size: how much of the box an X fills; above 0.85 it runs from corner to corner.
        allographs: which form of each digit this person writes.
        bubble_fill: how bubbles are blackened.
    """

    pen: Pen
    square: bool
    height: float
    width: float
    slant: float
    shape_noise: float
    leading: str
    cross_size: float
    allographs: Mapping[str, int]
    bubble_fill: BubbleFill


def draw_hand(rng: np.random.Generator, *, square: bool | None = None) -> Hand:
    """A random person; `square` decides whether digits follow the dotted guide."""
    return Hand(
        pen=PENS[rng.choice(len(PENS), p=(0.4, 0.25, 0.2, 0.15))],
        square=bool(rng.random() < 0.45) if square is None else square,
        height=rng.uniform(0.52, 0.70),
        width=rng.uniform(0.32, 0.42),
        slant=rng.normal(0.08, 0.09),
        shape_noise=rng.uniform(0.015, 0.035),
        leading=str(rng.choice([CROSS, DASH, BLANK, "0"], p=(0.76, 0.09, 0.09, 0.06))),
        cross_size=rng.uniform(0.5, 0.95),
        allographs={digit: int(rng.integers(12)) for digit in DIGITS},
        bubble_fill="full" if rng.random() < 0.8 else "scribbled",
    )
