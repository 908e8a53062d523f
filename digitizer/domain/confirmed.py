"""What one person confirmed of one form, and what was confirmed of the other papers beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

from digitizer.domain.number import Number, spell
from digitizer.domain.other_papers import Said

Origin = Literal["read", "keyed"]
"""`read`: the machine's reading was shown and confirmed; `keyed`: typed from the photo alone."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """One field as one person confirmed it.

    Attributes:
        as_written: the glyphs the person sees in the boxes, in the alphabet of `domain.glyph`.
        shown: what the machine's reading showed before, or None when the field arrived empty.
        blind: whether the field arrived empty on purpose.
        touched: whether the person typed in it (a field may be confirmed without).
        note: why, when the person said so.
    """

    as_written: str
    shown: str | None
    blind: bool = False
    touched: bool = False
    note: str = ""

    @property
    def number(self) -> Number:
        """What the confirmed glyphs spell."""
        return spell(self.as_written)


@dataclass(frozen=True, slots=True)
class Verification:
    """One person's reading of one form against the ink. Kept for ever, never changed.

    Attributes:
        id: of this verification; events and tallies name it.
        readings: ids of the readings that were shown.
        photos: sha256 of the photos that were shown.
        reviewer: random account id.
        acknowledged: rules of which the person says that the paper itself breaks them.
        settles: ids of the verifications between which a supervisor decides by this one.
    """

    id: str
    readings: tuple[str, ...]
    photos: tuple[str, ...]
    reviewer: str
    at: datetime
    fields: Mapping[str, Confirmed]
    acknowledged: tuple[str, ...] = ()
    seconds: float = 0.0
    origin: Origin = "read"
    settles: tuple[str, ...] = ()

    @property
    def said(self) -> Said:
        """What it says of its paper."""
        written = {name: item.as_written for name, item in self.fields.items()}
        return Said(self.id, MappingProxyType(written), self.settles)


@dataclass(frozen=True, slots=True)
class OtherPapers:
    """What people confirmed of the other papers of a TPS and contest.

    Attributes:
        beside: for each of them the verification that decided its latest tally, oldest first.
        decided: those by which somebody decided between papers, one of `beside` among them.
        between: further ones, of the other papers, between which somebody decides now.
    """

    beside: tuple[Verification, ...] = ()
    decided: tuple[Verification, ...] = ()
    between: tuple[Verification, ...] = ()

    @property
    def all(self) -> tuple[Verification, ...]:
        """Whatever a decision between papers must name of the others."""
        return (*self.beside, *self.between)


ALONE: Final = OtherPapers()
"""Of no other paper anything was confirmed."""
