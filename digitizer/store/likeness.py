"""Readings whose ink is alike: found once, when a reading is kept, and remembered as pairs.

A pair is a fact about two photos and holds no judgement: which are near enough, and whether they
belong to different TPS, is asked whenever a sheet is settled. So the order in which photos arrive,
or are moved, makes no difference.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, cast

from sqlalchemy import or_
from sqlmodel import Session, col, select

from digitizer.domain.likeness import BAND_BITS, BITS, METHOD, band_keys, distance, probed_keys
from digitizer.domain.reading import PageReading
from digitizer.store.likeness_tables import InkBandRow, InkHashRow, InkPairRow
from digitizer.store.tables import ReadingRow

REACH: Final = 72
"""Pairs that differ in at most so many bits are kept: more than any policy should call near."""

MOST_PAIRS: Final = 20
"""So many of the nearest are kept for a new reading: one photo sent everywhere stays cheap."""

KEY_BITS: Final = BAND_BITS + (BITS // BAND_BITS - 1).bit_length()
"""Bits of a band's own key; those above it name the kind."""


@dataclass(frozen=True, slots=True)
class InkPair:
    """A reading, one of another photo, and in how many bits their ink hashes differ."""

    reading: str
    other: str
    bits: int


def save_ink_hash(session: Session, reading_id: str, reading: PageReading) -> None:
    """Keep the ink hash of a new reading and the pairs that it makes; none without a hash.

    The caller holds the lock of the chain, so that of two readings one always sees the other.
    """
    if reading.ink_hash is None:
        return
    kind = f"{METHOD} {reading.form}@{reading.form_version} {reading.page}"
    near = _near(session, kind, reading)
    row = InkHashRow(reading=reading_id, kind=kind, ink_hash=reading.ink_hash)
    session.add(row)
    session.flush()
    number = cast("int", row.number)
    session.add_all(
        InkBandRow(key=_in_kind(kind, key), ink=number) for key in band_keys(reading.ink_hash)
    )
    for bits, other in near[:MOST_PAIRS]:
        one, two = sorted((reading_id, other))
        session.add(InkPairRow(one=one, other=two, bits=bits))
    session.flush()


def ink_pairs(
    session: Session, readings: Collection[str], *, most_bits: int
) -> tuple[InkPair, ...]:
    """The pairs of these readings that differ in at most so many bits, nearest first."""
    query = select(InkPairRow).where(
        or_(col(InkPairRow.one).in_(readings), col(InkPairRow.other).in_(readings)),
        col(InkPairRow.bits) <= most_bits,
    )
    found = [
        InkPair(own, other, row.bits)
        for row in session.exec(query)
        for own, other in ((row.one, row.other), (row.other, row.one))
        if own in readings
    ]
    return tuple(sorted(found, key=lambda pair: (pair.bits, pair.reading, pair.other)))


def _near(session: Session, kind: str, reading: PageReading) -> list[tuple[int, str]]:
    """Bits and id of the readings of other photos whose ink is like this one's, nearest first."""
    mine = reading.ink_hash or ""
    keys = [_in_kind(kind, key) for key in probed_keys(mine)]
    query = (
        select(InkHashRow.reading, InkHashRow.ink_hash)
        .join(InkBandRow, col(InkBandRow.ink) == col(InkHashRow.number))
        .join(ReadingRow, col(ReadingRow.id) == col(InkHashRow.reading))
        .where(
            col(InkBandRow.key).in_(keys),
            col(InkHashRow.kind) == kind,
            col(ReadingRow.photo) != reading.photo,
        )
        .distinct()
    )
    seen = ((distance(mine, other), found) for found, other in session.exec(query))
    return sorted(pair for pair in seen if pair[0] <= REACH)


def _in_kind(kind: str, key: int) -> int:
    """A band's key among those of all kinds; two kinds that share one cost a comparison."""
    named = int.from_bytes(hashlib.sha256(kind.encode()).digest()[:5])
    return named << KEY_BITS | key
