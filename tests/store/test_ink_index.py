"""Ink hashes held against all others: in memory, and newer than what is there."""

import random

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from digitizer.domain.likeness import BITS, distance
from digitizer.store import ink_index
from digitizer.store.engine import write_session
from digitizer.store.ink_index import near_hashes
from digitizer.store.likeness_tables import InkHashRow
from digitizer.store.tables import PhotoRow, ReadingRow
from tests.store.build import NOW

pytestmark = pytest.mark.untold  # hashes are put in without their readings

KINDS = ("1 form 1", "1 form 2")
REACH = 110
"""Of random hashes one in a hundred is so near."""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ink_index, "LEFT_BEHIND", 7)
    monkeypatch.setattr(ink_index, "AT_ONCE", 16)


def keep(session: Session, lot: random.Random, count: int) -> None:
    """So many random hashes, each of a reading of one photo."""
    session.merge(PhotoRow(sha256="photo", bytes=1, format="jpeg"))
    readings = [f"{lot.random()}" for _ in range(count)]
    session.add_all(
        ReadingRow(id=name, photo="photo", form="form", form_version="1", page=1, model=name,
                   body={}, problem=None, seconds=0.1, at=NOW, blobs={})
        for name in readings
    )  # fmt: skip
    session.flush()
    session.add_all(
        InkHashRow(reading=name, kind=lot.choice(KINDS), ink_hash=f"{lot.getrandbits(BITS):064x}")
        for name in readings
    )
    session.flush()


def one_by_one(session: Session, kind: str, ink_hash: str) -> list[tuple[int, int]]:
    rows = session.exec(select(InkHashRow).where(InkHashRow.kind == kind))
    found = ((distance(ink_hash, row.ink_hash), row.number or 0) for row in rows)
    return sorted(item for item in found if item[0] <= REACH)


@pytest.mark.parametrize("steps", [(3, 4, 200, 1, 30), (120,), (0, 8, 8, 8)])
def test_what_is_near_is_what_comparing_each_finds(engine: Engine, steps: tuple[int, ...]) -> None:
    lot = random.Random(str(steps))
    for count in steps:
        with write_session(engine) as session:
            keep(session, lot, count)
            for kind in KINDS:
                ink = f"{lot.getrandbits(BITS):064x}"
                assert near_hashes(session, kind, ink, REACH) == one_by_one(session, kind, ink)
            session.commit()


def test_what_was_never_committed_is_not_remembered(engine: Engine) -> None:
    lot = random.Random(7)
    for ends in ("rollback", "commit", "rollback", "commit"):
        with write_session(engine) as session:
            keep(session, lot, 40)
            ink = f"{lot.getrandbits(BITS):064x}"
            found = near_hashes(session, KINDS[0], ink, REACH)
            assert found == one_by_one(session, KINDS[0], ink)
            getattr(session, ends)()
