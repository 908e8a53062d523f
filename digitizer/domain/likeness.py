"""How alike the ink of two pages is, from their ink hashes alone.

An ink hash is 256 signs of random projections of a page's ink (`vision.ink_hash`). The share of
bits in which two differ is the angle between the inks, in half turns (Charikar, STOC 2002), so
counting bits is measuring the correlation of the ink.
"""

from math import acos, cos, pi
from typing import Final

BITS: Final = 256
"""Of an ink hash, which is written in hex."""

METHOD: Final = 1
"""Rises with every change of `vision.ink_hash`: hashes of two methods say nothing of each other."""


def distance(one: str, other: str) -> int:
    """In how many bits two ink hashes differ.

    >>> distance("0f" * 32, "0d" * 32)
    32
    """
    return (int(one, 16) ^ int(other, 16)).bit_count()


def likeness(bits: int) -> float:
    """The correlation of two inks whose hashes differ in so many bits: 1 the same ink, 0 unlike.

    >>> likeness(0), round(likeness(16), 2), round(likeness(128), 2)
    (1.0, 0.98, 0.0)
    """
    return max(0.0, cos(pi * bits / BITS))


def most_bits(least: float) -> int:
    """In how many bits two hashes may differ whose inks are at least so much alike.

    >>> most_bits(1.0), most_bits(0.77)
    (0, 56)
    """
    return int(BITS * acos(min(1.0, least)) / pi)
