"""Readings whose ink is alike: found once, when a reading is kept, and remembered as pairs.

A pair is a fact about two photos and holds no judgement: which are near enough, and whether they
belong to different TPS, is asked whenever a sheet is settled. So the order in which photos arrive,
or are moved, makes no difference.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Final

from sqlalchemy import Integer, bindparam, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from digitizer.domain.likeness import METHOD
from digitizer.domain.reading import PageReading
from digitizer.store.columns import asked_for_all
from digitizer.store.ink_index import near_hashes
from digitizer.store.likeness_tables import InkHashRow, InkPairRow
from digitizer.store.tables import ReadingRow

REACH: Final = 72
"""Pairs that differ in at most so many bits are kept: more than any policy should call near."""

MOST_PAIRS: Final = 20
"""So many of the nearest photos are kept for a new reading: one sent everywhere stays cheap."""


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
    # Not of one file of the form: a new one seldom moves a box, and where it moves them the same
    # ink comes to another hash, which is like no other but by less than chance.
    kind = f"{METHOD} {reading.form} {reading.page}"
    near = near_hashes(session, kind, reading.ink_hash, REACH)
    session.add(InkHashRow(reading=reading_id, kind=kind, ink_hash=reading.ink_hash))
    for bits, other in islice(_of_others(session, near, reading.photo), MOST_PAIRS):
        one, two = sorted((reading_id, other))
        session.add(InkPairRow(one=one, other=two, bits=bits))
    session.flush()


def ink_pairs(
    session: Session, readings: Collection[str], *, most_bits: int
) -> tuple[InkPair, ...]:
    """The pairs of these readings that differ in at most so many bits, nearest first."""
    rows = session.exec(_pairs_of(), params={"readings": readings, "bits": most_bits})
    found = [
        InkPair(own, other, row.bits)
        for row in rows
        for own, other in ((row.one, row.other), (row.other, row.one))
        if own in readings
    ]
    return tuple(sorted(found, key=lambda pair: (pair.bits, pair.reading, pair.other)))


@cache
def _pairs_of() -> SelectOfScalar[InkPairRow]:
    readings = asked_for_all("readings")
    return select(InkPairRow).where(
        or_(col(InkPairRow.one).in_(readings), col(InkPairRow.other).in_(readings)),
        col(InkPairRow.bits) <= bindparam("bits", type_=Integer()),
    )


def _of_others(
    session: Session, near: Sequence[tuple[int, int]], photo: str
) -> Iterator[tuple[int, str]]:
    """Bits and reading of these hashes: the nearest one of each other photo than this."""
    known = {photo}
    for start in range(0, len(near), MOST_PAIRS):
        some = near[start : start + MOST_PAIRS]
        query = (
            select(InkHashRow.number, InkHashRow.reading, ReadingRow.photo)
            .join(ReadingRow, col(ReadingRow.id) == col(InkHashRow.reading))
            .where(
                col(InkHashRow.number).in_([number for _, number in some]),
                col(ReadingRow.photo).not_in(known),
            )
        )
        found = {number: (reading, other) for number, reading, other in session.exec(query)}
        for bits, number in some:
            reading, other = found.get(number, ("", photo))
            if other not in known:
                known.add(other)
                yield bits, reading
