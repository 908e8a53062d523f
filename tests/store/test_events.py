import hashlib
import json
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from digitizer.errors import StoreError
from digitizer.store.engine import migrate, open_engine, sqlite_url, write_session
from digitizer.store.events import append_event, head, list_events, verify_chain
from digitizer.store.nodes import ensure_node
from tests.store.build import NOW, later

# Events are made up that tell of nothing.
invented = pytest.mark.untold


def test_the_first_events_are_sealed(session: Session) -> None:
    events = list_events(session)
    assert [(event.seq, event.kind) for event in events] == [
        (1, "node_created"), (2, "election_created"), (3, "tps_listed"),
    ]  # fmt: skip
    assert events[0].prev == "0" * 64
    assert events[1].prev == events[0].hash
    assert events[0].at_utc == NOW
    assert verify_chain(session) == ()


@invented
def test_the_seal_is_the_sha256_of_the_canonical_json(session: Session) -> None:
    """Recomputed here by hand: sorted keys, no spaces, as RFC 8785 has it for plain values."""
    event = append_event(session, "photo_read", {"b": 2, "a": "é"}, "system", NOW)
    everything_else = {
        "node": event.node, "seq": event.seq, "at_utc": "2024-11-27T09:30:15.123456+00:00",
        "actor": "system", "kind": "photo_read", "payload": {"b": 2, "a": "é"}, "prev": event.prev,
    }  # fmt: skip
    canonical = json.dumps(
        everything_else, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert event.hash == hashlib.sha256(canonical.encode()).hexdigest()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET actor = 'x' WHERE seq = 1",
        "DELETE FROM event WHERE seq = 2",
        "DELETE FROM event",
    ],
)
def test_the_database_refuses_to_change_history(engine: Engine, statement: str) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(statement))
    with write_session(engine) as session:
        assert len(list_events(session)) == 3


def test_the_database_refuses_to_empty_or_replace_history(engine: Engine) -> None:
    statement = (
        "INSERT OR REPLACE INTO event SELECT node, seq, at_utc, 'x', kind, payload, prev, hash "
        "FROM event WHERE seq = 1"
        if engine.dialect.name == "sqlite"
        else "TRUNCATE event"
    )
    with engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(statement))


@invented
def test_tampering_below_the_database_is_found(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path))
    migrate(engine)
    with write_session(engine) as session:
        ensure_node(session, tmp_path, NOW)
        for number in range(3):
            append_event(session, "photo_read", {"n": number}, "system", later(number))
        session.commit()
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER event_refuse_update"))
        connection.execute(text("DROP TRIGGER event_refuse_delete"))
        connection.execute(text("UPDATE event SET payload = '{\"n\": 7}' WHERE seq = 2"))
        connection.execute(text("DELETE FROM event WHERE seq = 3"))
    with write_session(engine) as session:
        faults = [(fault.seq, fault.fault) for fault in verify_chain(session)]
    engine.dispose()
    assert faults == [
        (2, "its hash is not that of its contents"),
        (4, "follows 2, needed 3"),
        (4, "does not follow the event before"),
    ]


@invented
def test_two_writers_make_one_gapless_chain(engine: Engine) -> None:
    failures: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for number in range(100):
                with write_session(engine) as session:
                    append_event(session, "photo_read", {"w": name, "n": number}, "system", NOW)
                    session.commit()
        except Exception as error:  # noqa: BLE001  # told by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with write_session(engine) as session:
        events = list_events(session, kind="photo_read")
        assert verify_chain(session) == ()
        assert [event.seq for event in events] == list(range(4, 204))


@invented
def test_the_head_moves_with_every_event(session: Session) -> None:
    before = head(session)
    append_event(session, "photo_read", {}, "system", NOW)
    assert head(session) != before


@invented
def test_what_is_taken_back_leaves_no_gap(engine: Engine) -> None:
    """A transaction knows the end of the chain by heart, but not past what it took back."""
    with Session(engine) as session:
        append_event(session, "photo_read", {"n": 3}, "system", NOW)
        session.rollback()
        for number in (4, 5):
            append_event(session, "photo_read", {"n": number}, "system", NOW)
        session.commit()
        assert [event.payload["n"] for event in list_events(session)[-2:]] == [4, 5]
        assert [event.seq for event in list_events(session)] == [1, 2, 3, 4, 5]
        assert verify_chain(session) == ()


@invented
def test_what_is_taken_back_within_a_transaction_leaves_no_gap(engine: Engine) -> None:
    with Session(engine) as session:
        append_event(session, "photo_read", {"n": 1}, "system", NOW)
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            append_event(session, "photo_read", {"n": 2}, "system", NOW)
            _ = 1 / 0
        append_event(session, "photo_read", {"n": 3}, "system", NOW)
        session.commit()
        assert [event.payload.get("n") for event in list_events(session)[-2:]] == [1, 3]
        assert verify_chain(session) == ()


def test_a_node_keeps_its_id_and_its_key(session: Session, tmp_path: Path) -> None:
    key = tmp_path / "node.key"
    assert key.stat().st_mode & 0o777 == 0o600
    first = ensure_node(session, tmp_path, NOW)
    assert ensure_node(session, tmp_path, later(1)) == first
    assert len(list_events(session, kind="node_created")) == 1


def test_a_node_without_its_key_is_refused(session: Session, tmp_path: Path) -> None:
    key = tmp_path / "node.key"
    key.unlink()
    with pytest.raises(StoreError, match="missing"):
        ensure_node(session, tmp_path, NOW)
    key.write_text("no key")
    with pytest.raises(StoreError, match="holds no key"):
        ensure_node(session, tmp_path, NOW)


def test_no_event_without_a_node(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path))
    migrate(engine)
    with write_session(engine) as session, pytest.raises(StoreError, match="no node"):
        append_event(session, "photo_read", {}, "system", NOW)
    engine.dispose()
