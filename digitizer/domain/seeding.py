"""Seeded checks: a form already verified is shown once more with one number changed.

Who finds the change is awake; how many are found says how many errors slip through. The method is
that of seeding (Mills 1972) as baggage screening uses it (threat image projection).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from digitizer.domain.glyph import DIGITS

MISREAD: Final[Mapping[str, str]] = MappingProxyType(
    {"0": "6", "1": "7", "2": "7", "3": "8", "4": "9", "5": "6", "6": "0", "7": "1", "8": "3",
     "9": "4"}
)  # fmt: skip
"""What each digit is most easily taken for: a check must look like a machine's mistake."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """What is shown: the numbers as verified, but for one.

    Attributes:
        field: the number that is changed.
        truth: as it was verified.
        shown: all numbers as they are shown.
    """

    field: str
    truth: str
    shown: Mapping[str, str]


def seeded(as_written: Mapping[str, str], lot: str) -> Seeded | None:
    """One digit of one number changed, which is for the lot to say; None without any digit."""
    places = [
        (name, index)
        for name, glyphs in sorted(as_written.items())
        for index, glyph in enumerate(glyphs)
        if glyph in DIGITS
    ]
    if not places:
        return None
    ticket = int.from_bytes(hashlib.sha256(f"seeded\n{lot}".encode()).digest()[:8])
    name, index = places[ticket % len(places)]
    truth = as_written[name]
    changed = truth[:index] + MISREAD[truth[index]] + truth[index + 1 :]
    return Seeded(name, truth, MappingProxyType({**as_written, name: changed}))
