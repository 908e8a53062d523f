"""State as the events alone tell it."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel

from digitizer.domain.event import Event, EventKind
from digitizer.history import State, count, notes_in, replay
from digitizer.store.engine import migrate, open_engine, read_session, sqlite_url, write_session
from digitizer.store.events import list_events
from digitizer.store.photos import PhotoStore
from tests.conftest import ROOT
from tests.rebuilding import NOT_TOLD, REBUILT
from tests.store.build import A, B, C
from tests.story import NOTE, set_up, tell

DERIVED = {"contest_form", "contest_tps"}
BESIDE = {"closure", "invite_use", "policy", "export", "head", "round_tps"}
TABLES = sorted({*REBUILT, *BESIDE} - DERIVED)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Event, ...]]:
    folder: Path = tmp_path_factory.mktemp("story")
    engine = open_engine(sqlite_url(folder))
    migrate(engine)
    photos = PhotoStore.open((folder / "photos").as_uri())
    with write_session(engine) as session:
        set_up(session, folder)
        tell(session, photos)
        session.commit()
    with read_session(engine) as session:
        yield list_events(session)
    engine.dispose()


LINES = re.findall(
    r"^\| `(\w+)` \| ([^|]*) \|", (ROOT / "docs" / "events.md").read_text(), re.MULTILINE
)


def test_every_kind_is_in_the_table_with_what_it_carries(story: tuple[Event, ...]) -> None:
    told = {kind: set(re.findall(r"`(\w+)`", keys)) for kind, keys in LINES}
    assert set(told) == set(get_args(EventKind))
    carried: dict[str, set[str]] = {}
    for event in story:
        carried.setdefault(event.kind, set()).update(event.payload)
    assert carried == told


def whole(state: State) -> dict[str, object]:
    return {table: state.rows(table) for table in TABLES}


def test_every_table_is_told_or_says_why_not() -> None:
    told = {table.model.__tablename__ for table in REBUILT.values()}
    left = {model.__tablename__ for model in NOT_TOLD}
    assert told | left == set(SQLModel.metadata.tables)
    assert not told & left


def test_no_event_holds_what_people_wrote(story: tuple[Event, ...]) -> None:
    assert not any(NOTE in str(event.payload) or notes_in(event) for event in story)


def test_what_counts(story: tuple[Event, ...]) -> None:
    found = count(replay(story))
    assert found is not None
    rows = {(row.contest.id, row.tps): row for row in found.rows()}
    assert {place[0] for place in rows} == {"gub", "gub-psu"}
    assert rows["gub", A].version == 2
    assert rows["gub", A].values["paslon_1"] == 121
    assert rows["gub-psu", B].values["paslon_1"] == 70
    assert found.disputed == {("gub", C)}
    assert [row.status for row in found.rows(superseded=True)].count("superseded") == 2


def elsewhere(story: tuple[Event, ...], minutes: int) -> list[Event]:
    """The same facts as another node tells them, later, and of A another number."""
    changed = []
    for event in story:
        payload = dict(event.payload)
        if event.kind == "tally_made" and (payload["tps"], payload["version"]) == (A, 2):
            payload["values"] = {**payload["values"], "paslon_1": 122}  # type: ignore[dict-item]
        at = event.at_utc + timedelta(minutes=minutes)
        changed.append(replace(event, node="f" * 32, at_utc=at, payload=payload))
    return changed


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), minutes=st.integers(-30, 30))
def test_the_order_between_nodes_changes_nothing(
    story: tuple[Event, ...], seed: int, minutes: int
) -> None:
    queues = [list(story), elsewhere(story, minutes)]
    takes = [0] * len(queues[0]) + [1] * len(queues[1])
    random.Random(seed).shuffle(takes)
    iterators = [iter(queue) for queue in queues]
    mixed = replay(next(iterators[side]) for side in takes)
    assert whole(mixed) == whole(replay([*queues[0], *queues[1]]))
    found = count(mixed)
    assert found is not None
    assert ("gub", A) in found.disputed


def test_a_clock_that_goes_back_keeps_the_order_of_its_node(story: tuple[Event, ...]) -> None:
    back = [replace(event, at_utc=story[0].at_utc - timedelta(seconds=event.seq))
            for event in story]  # fmt: skip
    assert set(replay(back).rows("tally")) == set(replay(story).rows("tally"))


def test_an_event_without_what_it_needs_is_named(story: tuple[Event, ...]) -> None:
    empty = replace(story[-1], kind="tally_made", payload={})
    with pytest.raises(ValueError, match=f"event {empty.seq} of node {empty.node}: tally_made"):
        replay([*story[:-1], empty])
    unknown = replace(story[-1], kind="photo_lost")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="unknown kind 'photo_lost'"):
        replay([unknown])


def test_an_older_chain_is_followed_and_says_what_it_lacks(story: tuple[Event, ...]) -> None:
    old = [older(event) for event in story if event.kind not in ("tps_listed", "originals_removed")]
    state = replay(old)
    assert state.lacks == {
        "election_created.contests", "tps_listed", "round_ordered.position", "invite_made.until",
        "upload_accepted.format", "photo_read.blobs", "photo_read.seconds",
        "photo_unreadable.blobs", "photo_unreadable.seconds", "photo_unreadable.verdict",
        "form_escalated.escalation", "tally_made.checks", "originals_removed",
        *(f"check_answered.{key}" for key in ("form", "version", "showing", "shown", "truth",
                                              "answer", "seconds")),
    }  # fmt: skip
    assert set(state.rows("tally")) == set(replay(story).rows("tally"))


NEWER = {
    "round_ordered": ("position",), "invite_made": ("until",), "upload_accepted": ("format",),
    "photo_read": ("blobs", "seconds"), "photo_unreadable": ("blobs", "seconds", "verdict"),
    "form_escalated": ("escalation",), "tally_made": ("checks",),
    "check_answered": ("form", "version", "showing", "shown", "truth", "answer", "seconds"),
}  # fmt: skip
"""What events did not carry at first."""


def older(event: Event) -> Event:
    payload = {
        key: value for key, value in event.payload.items() if key not in NEWER.get(event.kind, ())
    }
    if event.kind == "election_created":
        payload["contests"] = [item["id"] for item in payload["contests"]]  # type: ignore[attr-defined]
    return replace(event, payload=payload)
