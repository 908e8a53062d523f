"""How a form is shown to the person who reads it, and when a second one must read it blind.

Values that are shown before they are read lull (automation bias: Parasuraman and Manzey 2010). So a
number whose reading a rule moved arrives empty, and so does a whole form with much in doubt, one in
twenty drawn by lot, and every form that somebody else has read before.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from digitizer.domain.number import spell
from digitizer.domain.verdict import Doubtful, ReasonCode, Verdict
from digitizer.domain.verification import Verification

RISKY: Final[frozenset[ReasonCode]] = frozenset({"undecided", "form_unsure", "locations_disagree"})
"""Doubts that lie in the whole form: none of its numbers is shown before it is read."""


@dataclass(frozen=True, slots=True)
class ReviewPolicy:
    """Who reads what, and how.

    Attributes:
        name: recorded with what rests on it.
        blind_share: of all forms, drawn by lot, arrives with every number empty.
        seeded_share: of all showings is a seeded check.
        blind_doubts: with so many doubtful numbers a form arrives so too.
    """

    name: str = "four-eyes-1"
    blind_share: float = 0.05
    seeded_share: float = 0.01
    blind_doubts: int = 5


@dataclass(frozen=True, slots=True)
class Showing:
    """How one form is shown to one person.

    Attributes:
        blind: numbers that arrive empty.
        whole: all do, and nothing that was read or typed before is shown.
        risky: because much of it is in doubt, so that one reading is not enough.
    """

    blind: frozenset[str]
    whole: bool
    risky: bool = False


def drawn(seed: str, key: str, share: float) -> bool:
    """Whether the lot falls on `key`: so large a share of all keys, the same ones for one seed."""
    ticket = hashlib.sha256(f"{seed}\n{key}".encode()).digest()
    return int.from_bytes(ticket[:8]) < share * 2**64


def showing(
    fields: Collection[str], verdict: Verdict, policy: ReviewPolicy, *, earlier: int, lot: bool
) -> Showing:
    """How a form is shown.

    Args:
        fields: the counted numbers that were read.
        verdict: what the triage says of the form.
        policy: how much doubt is too much.
        earlier: people who read this version of the form before.
        lot: whether the form was drawn.
    """
    reasons = verdict.reasons if isinstance(verdict, Doubtful) else ()
    doubtful = {item.field for item in reasons if item.field in fields}
    risky = len(doubtful) >= policy.blind_doubts or any(item.code in RISKY for item in reasons)
    if earlier or lot or risky:
        return Showing(frozenset(fields), whole=True, risky=risky)
    moved = {item.field for item in reasons if item.code == "moved" and item.field is not None}
    return Showing(frozenset(moved & set(fields)), whole=False)


def readers_needed(first: Verification, sure: Mapping[str, str], shown: Showing) -> int:
    """How many people must read a form of which this is the first reading.

    Two where the paper is said to be wrong, where much was in doubt, and where a number typed
    without having been shown is not what the machine surely read.

    Args:
        first: the reading.
        sure: what the machine surely read, as written, by field.
        shown: how the form was shown.
    """
    against = any(
        name in sure and spell(sure[name]).value != item.number.value
        for name, item in first.fields.items()
        if item.blind
    )
    return 2 if shown.risky or first.acknowledged or against else 1
