"""Publication is a fact, and so is every head of the history that the recap showed."""

import hashlib
from datetime import timedelta

import rfc8785
from sqlmodel import Session

from digitizer.domain.event import head_of
from digitizer.store.events import append_event, head, last_events, list_events, verify_chain
from digitizer.store.publication import (
    hour_of,
    is_published,
    publish,
    published_since,
    shown_head,
    take_head,
)
from tests.store.build import NOW, later, person


def test_nobody_sees_the_recap_before_the_moment_that_was_set(session: Session) -> None:
    admin = person(session, "admin", "admin")
    assert published_since(session) is None
    assert not is_published(session, NOW)
    for _ in range(2):
        publish(session, later(10), actor=admin, now=NOW)
    assert published_since(session) == later(10)
    assert [is_published(session, later(minute)) for minute in (9, 10, 11)] == [False, True, True]
    publish(session, None, actor=admin, now=later(12))
    assert not is_published(session, later(12))
    said = [event.payload["since"] for event in list_events(session, kind="publication_set")]
    assert said == [later(10).isoformat(), None]


def test_the_head_is_the_hash_of_the_sorted_ends_of_all_chains() -> None:
    chains = [("b", 2, "22"), ("a", 10, "11")]
    spelled = b'[["a",10,"11"],["b",2,"22"]]'
    assert rfc8785.dumps([["a", 10, "11"], ["b", 2, "22"]]) == spelled
    assert head_of(chains) == head_of(reversed(chains)) == hashlib.sha256(spelled).hexdigest()


def test_one_head_is_shown_for_an_hour_and_kept(session: Session) -> None:
    assert shown_head(session, NOW) is None
    now = head(session)
    first = take_head(session, NOW)
    assert (first.head, first.hour) == (now, hour_of(NOW))
    append_event(session, "password_changed", {"account": "a" * 32}, "system", later(1))
    assert take_head(session, later(2)) == shown_head(session, later(20)) == first
    second = take_head(session, later(60))
    assert second.head not in (first.head, head(session))
    (one, two) = list_events(session, kind="head_published")
    assert (one.payload["head"], two.payload["head"]) == (first.head, second.head)
    ends = one.payload["chains"]
    assert isinstance(ends, list)
    assert head_of([tuple(chain) for chain in ends]) == first.head
    # Who noted the first one can hold it against any later history.
    sealed = {(event.node, event.seq): event.hash for event in list_events(session)}
    assert all(sealed[node, seq] == hashed for node, seq, hashed in ends)
    assert verify_chain(session) == ()


def test_where_nothing_happens_the_head_stays_and_the_history_does_not_grow(
    session: Session,
) -> None:
    first = take_head(session, NOW)
    before = last_events(session)
    for hours in (1, 2, 5):
        found = take_head(session, NOW + timedelta(hours=hours))
        assert (found.head, found.at) == (first.head, first.at)
    assert last_events(session) == before
