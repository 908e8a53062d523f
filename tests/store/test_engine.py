import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, Index, TextClause, inspect, text
from sqlalchemy.exc import DBAPIError, InternalError
from sqlalchemy.schema import CreateIndex
from sqlmodel import SQLModel

from digitizer.domain.election import Contest
from digitizer.errors import DigitizerError, SettingsError, StoreError
from digitizer.store.elections import contests, list_tps
from digitizer.store.engine import migrate, open_engine, read_session, sqlite_url, write_session
from digitizer.store.events import lock_chain
from digitizer.store.nodes import ensure_node
from digitizer.store.photos import PhotoStore
from digitizer.store.uploads import uploads_of
from tests.databases import make_database
from tests.store.build import NOW, person, send


@pytest.fixture
def bare(tmp_path: Path, request: pytest.FixtureRequest, engine: Engine) -> Iterator[Engine]:
    """A database without a table, of the kind of `engine`."""
    if engine.dialect.name == "sqlite":
        made = open_engine(sqlite_url(tmp_path / "bare"))
    else:
        server = request.getfixturevalue("postgres_url")
        made = open_engine(make_database(server, f"bare_{uuid4().hex}"))
    yield made
    made.dispose()


def test_the_migrations_make_what_the_tables_say(engine: Engine) -> None:
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _is_compared})
        assert compare_metadata(context, SQLModel.metadata) == []
        for index in _falling():
            said = str(CreateIndex(index).compile(dialect=engine.dialect))
            assert _made(connection, str(index.name)) == _plain(said)
        tables = set(inspect(connection).get_table_names())
    assert tables == {*SQLModel.metadata.tables, "alembic_version"}


def _falling() -> list[Index]:
    """The indexes with a falling column, which cannot be compared as they are read back."""
    sheets = SQLModel.metadata.tables["sheet"].indexes
    return [index for index in sheets if any(isinstance(x, TextClause) for x in index.expressions)]


def _is_compared(_object: object, name: str | None, *_: object) -> bool:
    return name not in {index.name for index in _falling()}


def _made(connection: Connection, name: str) -> str:
    sqlite = "SELECT sql FROM sqlite_master WHERE name = :name"
    postgresql = "SELECT indexdef FROM pg_indexes WHERE indexname = :name"
    asked = sqlite if connection.dialect.name == "sqlite" else postgresql
    return _plain(str(connection.execute(text(asked), {"name": name}).scalar_one()))


def _plain(said: str) -> str:
    """What makes an index, without how either database puts it."""
    return " ".join(re.sub(r"public\.|USING btree|::text|[()]", " ", said).split())


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        versions = connection.execute(text("SELECT version_num FROM alembic_version")).all()
    assert len(versions) == 1


@pytest.mark.untold  # what was there before has no events
def test_what_was_there_before_rounds_is_there_after(bare: Engine) -> None:
    """A database of the migration before, with an election in it, is brought to this one."""
    with bare.begin() as connection:
        command.upgrade(_alembic(connection), "0004")
        for statement in (
            "INSERT INTO election VALUES ('uji', 'Uji', 'UTC', TRUE, '2024-11-27 00:00:00')",
            "INSERT INTO contest VALUES ('gub', 'uji', 0, 1, 'Gubernur', 'Gubernur', '64', '[]')",
            "INSERT INTO contest_form VALUES ('plano', 'gub', 0), ('salinan', 'gub', 1)",
            "INSERT INTO tps VALUES ('6411032001001', 'TPS 001', 'D', 'K', 'B', 'P', 160)",
            "INSERT INTO account (id, username, password_hash, role, label, tps, created_at) "
            "VALUES ('a', 'saksi', '', 'witness', '', '6411032001001', '2024-11-27 00:00:00')",
        ):
            connection.execute(text(statement))
    migrate(bare)
    with read_session(bare) as session:
        assert contests(session) == (
            Contest("gub", "uji", 1, "Gubernur", "Gubernur", "64", (), ("plano", "salinan")),
        )
        assert [(item.code, item.registered) for item in list_tps(session)] == [
            ("6411032001001", 160)
        ]


@pytest.mark.untold  # what was there before has no events
def test_the_numbers_of_a_tally_can_be_had_one_by_one_again(bare: Engine) -> None:
    with bare.begin() as connection:
        command.upgrade(_alembic(connection), "0012")
        for statement in (
            "INSERT INTO election VALUES ('uji', 'Uji', 'UTC', TRUE, '2024-11-27 00:00:00')",
            "INSERT INTO contest (id, election, position, round, office, title, area, candidates) "
            "VALUES ('gub', 'uji', 0, 1, 'Gubernur', 'Gubernur', '64', '[]')",
            "INSERT INTO tps VALUES ('6411032001001', 'TPS 001', 'D', 'K', 'B', 'P', 160)",
            "INSERT INTO tally VALUES ('gub', '6411032001001', 1, 'plano', 'read', "
            '\'{"values": {"paslon_1": 12, "paslon_2": null}}\', \'2024-11-27 00:00:00\')',
        ):
            # The driver, since a colon in JSON is no parameter.
            connection.exec_driver_sql(statement)
        command.downgrade(_alembic(connection), "0011")
        rows = connection.execute(text("SELECT field, value FROM tally_value ORDER BY field"))
        assert rows.all() == [("paslon_1", 12), ("paslon_2", None)]


def _alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "digitizer.store:migrations")
    config.attributes["connection"] = connection
    return config


def test_sqlite_is_set_to_survive(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path))
    with engine.begin() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert found == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000,
    }  # fmt: skip


def test_a_reader_does_not_wait_for_a_writer(engine: Engine) -> None:
    with write_session(engine) as writer, read_session(engine) as reader:
        account = person(writer, "saksi", "witness")
        assert uploads_of(reader, account) == ()


def test_a_reader_cannot_write(engine: Engine) -> None:
    with read_session(engine) as reader, pytest.raises(DBAPIError, match=r"read-?only"):
        reader.connection().execute(text("DELETE FROM sheet"))
    with write_session(engine) as writer:
        writer.connection().execute(text("DELETE FROM sheet"))


def test_moments_come_back_in_utc(engine: Engine, photos: PhotoStore) -> None:
    with write_session(engine) as session:
        account = person(session, "saksi", "witness")
        receipt = send(session, photos, b"x", account, None)
        session.commit()
    with read_session(engine) as session:
        (kept,) = uploads_of(session, account)
    assert kept.at == receipt.at
    assert kept.at.utcoffset() is not None


@pytest.mark.parametrize("url", ["mysql://x/y", "no address", "sqlite://"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(SettingsError):
        open_engine(url)


def test_writers_of_a_process_stand_in_line(tmp_path: Path) -> None:
    """Twenty at once, each holding the store a while, and none is told that it is locked."""
    engine = open_engine(sqlite_url(tmp_path))
    migrate(engine)
    with write_session(engine) as session:
        session.connection().execute(text("CREATE TABLE count (n INTEGER)"))
        session.commit()

    def write(number: int) -> None:
        with write_session(engine) as session:
            session.connection().execute(text("INSERT INTO count VALUES (:n)"), {"n": number})
            time.sleep(0.01)
            session.commit()

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(write, range(60)))
    with read_session(engine) as session:
        assert session.connection().execute(text("SELECT count(*) FROM count")).scalar() == 60
    engine.dispose()


def test_a_writer_that_fails_leaves_the_line(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path))
    migrate(engine)
    for _ in range(3):
        with write_session(engine) as session, pytest.raises(DBAPIError):
            session.connection().execute(text("INSERT INTO nowhere VALUES (1)"))
    with write_session(engine) as session:
        session.connection().execute(text("DELETE FROM sheet"))
        session.commit()
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM sheet"))
    engine.dispose()


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("a\0b", "a NUL character"),
        ("\ud800", "half a character"),
        (2**63, "a number of more than 64 bits"),
        (-(2**63) - 1, "a number of more than 64 bits"),
    ],
)
def test_what_no_database_keeps_is_refused_alike_on_both(
    engine: Engine, value: str | int, fault: str
) -> None:
    kind = "bigint" if isinstance(value, int) else "text"
    statement = text(f"SELECT CAST(:value AS {kind})")
    with write_session(engine) as session:
        for sent in ({"value": value}, [{"value": value[:0] if isinstance(value, str) else 1},
                                        {"value": value}]):  # fmt: skip
            with pytest.raises(DigitizerError, match=fault) as caught:
                session.connection().execute(statement, sent)
            assert caught.value.code == "bad_request"
        whole = value.strip("\0ab\ud800") if isinstance(value, str) else value // 2
        assert session.connection().execute(statement, {"value": whole}).scalar() == whole


def test_a_database_of_a_newer_program_is_refused(empty_engine: Engine) -> None:
    with empty_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="revision 9999, this program knows 00"):
        migrate(empty_engine)


@pytest.mark.untold  # nothing is kept
def test_who_stands_still_within_a_transaction_loses_it_and_others_their_wait(
    postgres_url: str, postgres_template: str, tmp_path: Path
) -> None:
    url = make_database(postgres_url, f"still_{uuid4().hex}", postgres_template)
    halted, other = open_engine(url, most_idle_s=1), open_engine(url)
    with write_session(other) as session:
        ensure_node(session, tmp_path, NOW)
        session.commit()
    with write_session(halted) as session:
        lock_chain(session)
        with write_session(other) as waiting:  # until the first has lost its transaction
            lock_chain(waiting)
        with pytest.raises(InternalError, match="idle-in-transaction"):
            session.connection().execute(text("SELECT 1"))
        session.rollback()
        lock_chain(session)
    halted.dispose()
    other.dispose()
