"""What the mixes of examples are made of: all that may happen to a box, and what mostly does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from digitizer.training.augment import Strength


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a mix is made of.

    Attributes:
        shares: how often each source is drawn from, relatively; one that is absent is left out.
        how: how far examples are spoiled.
        as_photographed: so large a share of the real boxes is hardly spoiled: they are photos.
        lifted: how often the ink written into a rendered box is lifted out of a real one.
    """

    shares: Mapping[str, float]
    how: Strength
    as_photographed: float
    lifted: float


WIDE: Final = Recipe(
    {
        "real_2024": 0.44,
        "real_2019": 0.08,
        "public": 0.10,
        "drawn": 0.11,
        "scanned": 0.12,
        "blank": 0.07,
        "dash": 0.03,
        "cross": 0.03,
        "unreadable": 0.06,
    },
    Strength(),
    as_photographed=0.4,
    lifted=0.3,
)
"""All that may happen to a box."""

NEAR: Final = Recipe(
    {
        "real_2024": 0.45,
        "real_2019": 0.14,
        "public": 0.05,
        "drawn": 0.07,
        "scanned": 0.12,
        "blank": 0.07,
        "dash": 0.03,
        "cross": 0.03,
        "unreadable": 0.05,
    },
    Strength(0.6, 0.6),
    as_photographed=0.6,
    lifted=0.3,
)
"""What photos and scans are mostly like. Learnt from last, it makes the network surer of them."""
