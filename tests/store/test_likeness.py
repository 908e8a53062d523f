"""Pairs of readings whose ink is alike, on both databases."""

from dataclasses import replace

import pytest
from sqlmodel import Session, select

from digitizer.store.likeness import MOST_PAIRS, REACH, InkPair, ink_pairs
from digitizer.store.likeness_tables import InkHashRow
from digitizer.store.photos import PhotoStore
from digitizer.store.readings import get_reading, reading_ids, reading_of, save_reading
from tests.store.build import NOW, A, B, later, numbers, person, send

INK = "0123456789abcdef" * 4


def differing(bits: int) -> str:
    """INK with so many bits changed, all in its last places."""
    return f"{int(INK, 16) ^ ((1 << bits) - 1):064x}"


@pytest.fixture
def witness(session: Session) -> str:
    return person(session, "saksi", "witness")


class Keeper:
    """Sends photos and keeps readings of them."""

    def __init__(self, session: Session, photos: PhotoStore, witness: str) -> None:
        self.session, self.photos, self.witness = session, photos, witness
        self.sent = 0

    def __call__(self, ink: str | None, tps: str = A, **changes: object) -> str:
        """The id of a reading of a new photo with this ink hash."""
        self.sent += 1
        photo = send(self.session, self.photos, bytes([self.sent]), self.witness, tps).photo
        reading = replace(numbers(), photo=photo, ink_hash=ink, **changes)  # type: ignore[arg-type]
        return save_reading(self.session, photo, reading, None, {}, 0.1, NOW)


@pytest.fixture
def keep(session: Session, photos: PhotoStore, witness: str) -> Keeper:
    return Keeper(session, photos, witness)


def test_a_hash_comes_back_with_its_reading(session: Session, keep: Keeper) -> None:
    keep(INK)
    session.expire_all()
    (row,) = session.exec(select(InkHashRow)).all()
    assert (row.ink_hash, row.kind.split()[0]) == (INK, "1")


def test_a_pair_is_found_from_both_its_readings(session: Session, keep: Keeper) -> None:
    first, second = keep(INK), keep(differing(5), B)
    assert ink_pairs(session, (first,), most_bits=5) == (InkPair(first, second, 5),)
    assert ink_pairs(session, (second,), most_bits=5) == (InkPair(second, first, 5),)
    assert ink_pairs(session, (first,), most_bits=4) == ()
    both = ink_pairs(session, (first, second), most_bits=5)
    assert set(both) == {InkPair(first, second, 5), InkPair(second, first, 5)}


def test_the_nearest_comes_first(session: Session, keep: Keeper) -> None:
    far, near, own = keep(differing(20)), keep(differing(3)), keep(INK)
    found = ink_pairs(session, (own,), most_bits=REACH)
    assert [(pair.other, pair.bits) for pair in found] == [(near, 3), (far, 20)]


def test_what_is_no_pair(session: Session, keep: Keeper) -> None:
    own = keep(INK)
    keep(None)
    keep(differing(REACH + 1))
    keep(INK, page=1)
    keep(INK, form="form-lain")
    assert ink_pairs(session, (own,), most_bits=REACH) == ()


def test_a_pair_is_found_whichever_file_of_the_form_each_was_read_with(
    session: Session, keep: Keeper
) -> None:
    first, second = keep(INK), keep(differing(5), B, form_version="2")
    assert ink_pairs(session, (first,), most_bits=5) == (InkPair(first, second, 5),)


def test_two_readings_of_one_photo_are_no_pair(session: Session, keep: Keeper) -> None:
    own = keep(INK)
    keep(INK, B)
    kept = reading_of(session, photo_of(session, own))
    assert kept is not None
    assert kept.reading is not None
    again = replace(kept.reading, model="m2")
    second = save_reading(session, kept.photo, again, None, {}, 0.1, later(1))
    assert reading_ids(session, (kept.photo,)) == dict.fromkeys((own, second), kept.photo)
    others = {pair.other for pair in ink_pairs(session, (own, second), most_bits=REACH)}
    assert others.isdisjoint({own, second})
    assert len(others) == 1


def test_a_paper_sent_everywhere_keeps_few_pairs_a_reading(session: Session, keep: Keeper) -> None:
    for _ in range(MOST_PAIRS + 3):
        last = keep(INK)
    assert len(ink_pairs(session, (last,), most_bits=0)) == MOST_PAIRS


def test_a_photo_read_over_and_over_takes_the_place_of_one(session: Session, keep: Keeper) -> None:
    other, often = keep(differing(5)), keep(INK)
    kept = reading_of(session, photo_of(session, often))
    assert kept is not None
    assert kept.reading is not None
    for number in range(MOST_PAIRS):
        again = replace(kept.reading, model=f"m{number}")
        save_reading(session, kept.photo, again, None, {}, 0.1, later(number))
    pairs = ink_pairs(session, (keep(INK, B),), most_bits=REACH)
    assert len(pairs) == 2
    assert other in {pair.other for pair in pairs}


def test_a_job_that_runs_twice_keeps_one_hash(session: Session, keep: Keeper) -> None:
    own = keep(INK)
    kept = reading_of(session, photo_of(session, own))
    assert kept is not None
    assert save_reading(session, kept.photo, kept.reading, None, {}, 0.1, later(1)) == own
    assert len(session.exec(select(InkHashRow)).all()) == 1


def photo_of(session: Session, reading_id: str) -> str:
    return get_reading(session, reading_id).photo
