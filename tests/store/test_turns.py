"""Who is given which form: one form to one person, and none that they may not read."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import Session

from digitizer.domain.verdict import Clear, Doubtful, Reason
from digitizer.domain.verification import NeedsReader
from digitizer.store import turns
from digitizer.store.events import list_events
from digitizer.store.leases import MINUTES, lease_of
from digitizer.store.photos import PhotoStore
from digitizer.store.turns import next_places, take_first, take_next, waiting_places
from digitizer.store.verifications import save_verification
from tests.store.build import (
    FORM,
    NOW,
    STATIONS,
    A,
    B,
    C,
    confirm,
    confirmation,
    person,
    send,
    settle_sheet,
    written,
)

DOUBT = Doubtful((Reason("blank", "paslon_1"),))


@pytest.fixture
def three(session: Session, photos: PhotoStore) -> None:
    """Three forms that wait, all sent by one witness; the second is doubtful."""
    witness = person(session, "saksi", "witness")
    for tps, verdict in ((A, Clear()), (B, DOUBT), (C, Clear())):
        settle_sheet(session, send(session, photos, tps.encode(), witness, tps).photo, tps,
                     verdict=verdict)  # fmt: skip


def given(session: Session, reviewer: str, *, minutes: int = 0) -> str | None:
    place = take_next(session, reviewer, NOW + timedelta(minutes=minutes))
    return place[1] if place else None


@pytest.mark.usefixtures("three")
def test_two_who_ask_in_the_same_moment_are_given_two_forms(session: Session) -> None:
    people = [person(session, f"peninjau-{n}") for n in range(4)]
    assert [given(session, who) for who in people] == [B, A, C, None]
    # Whoever has one is given the same again, and nothing is told twice of it.
    assert given(session, people[0]) == B
    assert len(list_events(session, kind="form_opened")) == 3
    assert given(session, people[3], minutes=MINUTES + 1) == B


@pytest.mark.usefixtures("three")
def test_a_form_that_was_looked_up_alone_is_nobodys(session: Session) -> None:
    first, second = person(session, "satu"), person(session, "dua")
    assert [tps for _, tps, _ in next_places(session, first, NOW, limit=2)] == [B, A]
    assert lease_of(session, "gub", B, FORM.id, NOW) is None
    assert given(session, second) == B
    assert [tps for _, tps, _ in next_places(session, first, NOW, limit=9)] == [A, C]


@pytest.mark.usefixtures("three")
def test_a_form_read_and_not_yet_counted_does_not_come_back_to_its_reader(
    session: Session,
) -> None:
    first, second = person(session, "satu"), person(session, "dua")
    # A tally elsewhere says nothing of this form.
    confirm(session, A, first, name="v-a")
    item = confirmation(session, B, first, "v-b", written(), NOW)
    outcome = NeedsReader(())
    save_verification(session, item, "gub", B, FORM.id, outcome, NOW, expected_version=0)
    assert given(session, first) == C
    assert given(session, second) == B


@pytest.mark.usefixtures("three")
def test_what_was_looked_up_before_is_given_only_while_it_waits(session: Session) -> None:
    first, second, third = (person(session, name) for name in ("satu", "dua", "tiga"))
    found = waiting_places(session, first, NOW)
    assert [tps for _, tps, _ in found] == [B, A, C]
    assert waiting_places(session, first, NOW, but=found[0]) == found[1:]
    # Meanwhile one is taken and another confirmed.
    assert given(session, second) == B
    confirm(session, A, third, name="v-a")
    assert take_first(session, found, first, NOW) == found[2]
    assert lease_of(session, *found[1], NOW) is None


@pytest.mark.usefixtures("three")
def test_when_all_that_was_looked_up_is_gone_what_waits_now_is_given(session: Session) -> None:
    first, second = person(session, "satu"), person(session, "dua")
    found = waiting_places(session, first, NOW)[:1]
    assert given(session, second) == B
    place = take_first(session, found, first, NOW)
    assert place is not None
    assert place[1] == A
    assert take_first(session, (), first, NOW) is None


@pytest.fixture
def two_at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forms are asked for two by two."""
    monkeypatch.setattr(turns, "AT_ONCE", 2)
    turns._first_of_each.cache_clear()
    yield
    turns._first_of_each.cache_clear()


@pytest.mark.usefixtures("two_at_once")
def test_however_many_photos_are_ones_own_another_form_is_found(
    session: Session, photos: PhotoStore
) -> None:
    both, witness = person(session, "petugas"), person(session, "saksi", "witness")
    codes = [station.code for station in STATIONS if station.code.startswith("64")]
    sent = dict.fromkeys(codes, both) | {C: witness}
    for tps, sender in sent.items():
        settle_sheet(session, send(session, photos, tps.encode(), sender, tps).photo, tps)
    assert given(session, both) == C
    assert given(session, person(session, "lain")) == min(set(sent) - {C})
