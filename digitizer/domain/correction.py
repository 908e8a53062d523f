"""Numbers that a recapitulation above the TPS corrected: kept beside the tally, never over it.

A kecamatan, and after it kabupaten/kota and province, may correct the numbers of a TPS in front of
the witnesses and writes that into its D.HASIL. What was verified at the TPS stays what it was.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

CorrectionLevel = Literal["kecamatan", "kabkota", "provinsi"]
"""Whose D.HASIL says it."""

CORRECTION_LEVELS: Final[tuple[CorrectionLevel, ...]] = ("kecamatan", "kabkota", "provinsi")
"""In the order in which they are written: what a later one says holds."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What one document says of one TPS, as one person entered it. Never changed.

    Attributes:
        level: whose document it is; `version` counts the corrections of a TPS from that level.
        values: the corrected numbers, and no others.
        photo: SHA-256 of the document's photo, which stays sealed.
        withdrawn_at: when somebody said that it holds no longer, and `withdrawn_for` why.
    """

    id: str
    contest: str
    tps: str
    level: CorrectionLevel
    version: int
    values: Mapping[str, int]
    photo: str
    reason: str
    account: str
    at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_for: str = ""

    @property
    def rank(self) -> tuple[int, datetime, str]:
        """Greater for a later one, also where two nodes made the same version."""
        return (self.version, self.at, self.id)


@dataclass(frozen=True, slots=True)
class Corrected:
    """One number as corrections leave it, and whose document says so."""

    value: int
    level: CorrectionLevel


def in_force(corrections: Iterable[Correction]) -> Mapping[str, Corrected]:
    """The corrected numbers of one TPS and contest.

    Of each level the latest version that was not withdrawn holds, as a whole; of two levels the
    later one, number by number.
    """
    latest: dict[CorrectionLevel, Correction] = {}
    for item in corrections:
        known = latest.get(item.level)
        if item.withdrawn_at is None and (known is None or known.rank < item.rank):
            latest[item.level] = item
    found: dict[str, Corrected] = {}
    for level in CORRECTION_LEVELS:
        if level in latest:
            said = latest[level].values
            found |= {name: Corrected(value, level) for name, value in said.items()}
    return MappingProxyType(found)
