"""Which TPS are not counted, and how far their forms are."""

from sqlmodel import Session

from digitizer.store.missing import missing_tps
from digitizer.store.photos import PhotoStore
from tests.store.build import (
    STATIONS,
    A,
    B,
    C,
    confirm,
    later,
    order,
    person,
    psu,
    send,
    settle_sheet,
)

D, SAMARINDA = STATIONS[3].code, STATIONS[4].code


def test_those_that_are_not_counted_are_listed_page_by_page(
    session: Session, photos: PhotoStore
) -> None:
    def codes(wilayah: str = "", after: str = "", limit: int = 9) -> list[str]:
        found = missing_tps(session, "gub", wilayah, after=after, limit=limit)
        return [item.tps.code for item in found]

    assert codes() == [A, B, C, D, SAMARINDA]
    assert codes(limit=2) == [A, B]
    assert codes(after=B, limit=2) == [C, D]
    assert codes(after=SAMARINDA) == []
    assert codes("6411032001") == [A, B]
    assert codes("63") == []
    witness, reviewer = person(session, "saksi", "witness"), person(session, "satu")
    for tps, data in ((A, b"1"), (B, b"2")):
        settle_sheet(session, send(session, photos, data, witness, tps).photo, tps)
    confirm(session, A, reviewer)
    assert codes() == [B, C, D, SAMARINDA]
    states = {item.tps.code: item.state for item in missing_tps(session, "gub", limit=9)}
    assert (states[B], states[C]) == ("in_review", "nothing")


def test_a_tps_that_votes_again_is_missing_in_its_new_round(
    session: Session, photos: PhotoStore
) -> None:
    witness, reviewer = person(session, "saksi", "witness"), person(session, "satu")
    settle_sheet(session, send(session, photos, b"1", witness, A).photo, A)
    confirm(session, A, reviewer)
    order(session, psu(A), now=later(5))
    first, *_ = missing_tps(session, "gub", limit=9)
    assert (first.tps.code, first.contest.id, first.state) == (A, "gub-psu", "nothing")
