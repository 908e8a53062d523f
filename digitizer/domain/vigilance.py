"""What seeded checks say of the errors that slip through."""

import math
from dataclasses import dataclass
from typing import Final

Z: Final = 1.959963984540054
"""Of a two-sided interval of 95 %."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float


def wilson(found: int, of: int) -> Interval | None:
    """A share and its interval (Wilson 1927); None without any trial.

    >>> item = wilson(8, 10)
    >>> round(item.low, 3), round(item.high, 3)
    (0.49, 0.943)
    """
    if of == 0:
        return None
    share = found / of
    middle = (share + Z * Z / (2 * of)) / (1 + Z * Z / of)
    half = Z * math.sqrt(share * (1 - share) / of + Z * Z / (4 * of * of)) / (1 + Z * Z / of)
    low = 0.0 if found == 0 else max(0.0, middle - half)
    return Interval(share, low, 1.0 if found == of else min(1.0, middle + half))


def residual(caught: Interval | None, corrected: int, shown: int) -> Interval | None:
    """The share of shown numbers that stay wrong, if errors are found as often as seeded ones.

    Of the errors the found ones are `corrected`; so many more go unnoticed as the chance to miss
    one stands to the chance to find one. None while nothing can be said.
    """
    if caught is None or shown == 0 or caught.low <= 0:
        return None

    def missed(chance: float) -> float:
        return corrected / shown * (1 - chance) / chance if chance > 0 else 1.0

    return Interval(missed(caught.value), missed(caught.high), missed(caught.low))
