"""Each thing that `doctor` looks at is broken once, and exactly that is found, with its mend."""

import json
import re
import shutil
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args
from uuid import uuid4

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from digitizer.backup import back_up
from digitizer.cli import app
from digitizer.doctor import Check, Finding, Visit, examine, machine, work
from digitizer.errors import ModelError
from digitizer.installation import Installation
from digitizer.settings import Settings
from digitizer.store import engine as engines
from digitizer.store.backups import Backup, note_backup
from digitizer.store.blobs import named_blobs
from digitizer.store.engine import (
    migrate,
    open_engine,
    read_session,
    sqlite_url,
    write_session,
)
from digitizer.store.form_files import save_form_file
from digitizer.store.line import put_back, take_jobs
from digitizer.store.overview import PHOTO_BYTES
from digitizer.store.photos import PhotoStore
from digitizer.store.workers import begin_work
from digitizer.vision.digits import GlyphReader
from tests.backup.conftest import installation_of
from tests.conftest import ROOT
from tests.databases import make_database
from tests.facts import png
from tests.store.build import A, later, person, send
from tests.story import set_up, tell

AT = later(60)


def look(settings: Settings, *, now: datetime = AT, **asked: bool) -> dict[str, Finding]:
    visit = Visit(
        settings, now, every=asked.get("every", False), recount=asked.get("recount", False)
    )
    return {finding.check: finding for finding in examine(visit)}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which everything happened; copied for every test."""
    folder = tmp_path_factory.mktemp("told") / "data"
    folder.mkdir()
    engine = open_engine(sqlite_url(folder))
    migrate(engine)
    with write_session(engine) as session:
        set_up(session, folder)
        tell(session, PhotoStore.open((folder / "photos").as_uri()))
        note_backup(session, Backup(AT, AT, "0" * 64, 1, 0))
        session.commit()
    engine.dispose()
    return folder


@pytest.fixture
def original(told: Path, tmp_path: Path) -> Iterator[Installation]:
    """An installation in which everything happened."""
    shutil.copytree(told, tmp_path / "data")
    engine = open_engine(sqlite_url(tmp_path / "data"))
    yield installation_of(engine, tmp_path / "data")
    engine.dispose()


@pytest.fixture
def well(original: Installation) -> Settings:
    """Its settings; nothing in it is bad."""
    return original.settings


def only(found: dict[str, Finding], check: str) -> Finding:
    """The finding, when nothing else is bad."""
    bad = {name for name, finding in found.items() if finding.grade == "bad"}
    assert bad <= {check}, {name: found[name] for name in bad}
    return found[check]


def test_everything_is_looked_at_in_the_order_of_the_table(well: Settings) -> None:
    found = look(well, every=True, recount=True)
    assert tuple(found) == get_args(Check)
    for check in get_args(Check):
        assert only(found, check).grade != "bad"
    page = (ROOT / "docs" / "running.md").read_text()
    assert re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \| [^|]+ \|$", page, re.M) == [
        *get_args(Check)
    ]


def test_nothing_is_changed_by_looking(original: Installation) -> None:
    with read_session(original.engine) as session:
        before = sorted(named_blobs(session))
    kept = files(original.settings.data_dir)
    look(original.settings, every=True, recount=True)
    with read_session(original.engine) as session:
        assert sorted(named_blobs(session)) == before
    assert files(original.settings.data_dir) == kept


def files(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"store_url": "ftp://x/y"}, "is neither file:// nor s3://"),
        ({"policy_file": Path("nowhere.toml")}, "cannot be read"),
        ({"metrics_token": "short"}, "has 5 characters"),
    ],
)
def test_a_setting_that_can_not_be_used(
    tmp_path: Path, changed: dict[str, Any], found: str
) -> None:
    settings = Settings(data_dir=tmp_path, database_url="", store_url="")
    visit = Visit(settings.model_copy(update=changed), AT, every=False, recount=False)
    finding = machine.check_settings(visit)
    assert finding.grade == "bad"
    assert found in finding.found
    assert finding.mend


def test_a_web_that_others_reach_without_tls(tmp_path: Path) -> None:
    for host, grade in (("0.0.0.0", "warning"), ("::1", "good"), ("localhost", "good")):  # noqa: S104
        visit = Visit(Settings(data_dir=tmp_path, host=host), AT, every=False, recount=False)
        assert machine.check_settings(visit).grade == grade


@pytest.mark.parametrize(("free", "grade"), [(1e9, "bad"), (2e10, "warning"), (1e12, "good")])
def test_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: float, grade: str
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(free, 0, free))
    settings = Settings(data_dir=tmp_path / "new" / "folder")
    finding = machine.check_disk(Visit(settings, AT, every=False, recount=False))
    assert finding.grade == grade
    assert f"about {int(free / PHOTO_BYTES):,} photos" in finding.found


def test_another_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ModelError("digits.onnx has sha256 00", "install again")

    visit = Visit(Settings(data_dir=tmp_path), AT, every=False, recount=False)
    assert machine.check_model(visit).grade == "good"
    monkeypatch.setattr(GlyphReader, "load", fail)
    finding = machine.check_model(visit)
    assert (finding.grade, finding.found) == ("bad", "digits.onnx has sha256 00")


def test_no_tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = Visit(Settings(data_dir=tmp_path), AT, every=False, recount=False)
    monkeypatch.setattr(machine, "find_tesseract", lambda: None)
    finding = machine.check_tesseract(visit)
    assert (finding.grade, finding.found) == ("warning", "no tesseract")


def test_no_database(tmp_path: Path) -> None:
    found = look(Settings(data_dir=tmp_path, database_url="", store_url=""))
    finding = only(found, "database")
    assert (finding.grade, tuple(found)[-1]) == ("bad", "database")
    assert "no database at" in finding.found
    assert not (tmp_path / "digitizer.sqlite3").exists()


@pytest.mark.untold  # there is nothing to be asked
@pytest.mark.parametrize(
    "address", ["postgresql://nobody@127.0.0.1:1/none", "mysql://x/y", "nonsense"]
)
def test_a_database_that_does_not_answer(tmp_path: Path, address: str) -> None:
    settings = Settings(data_dir=tmp_path, database_url=address, store_url="")
    found = look(settings)
    assert only(found, "database").grade == "bad"
    assert tuple(found)[-1] == "database"


def test_a_sqlite_that_a_power_cut_could_empty(
    original: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    original.engine.dispose()

    def unsafe(statement: str) -> Callable[..., None]:
        def prepare(connection: sqlite3.Connection, _record: object) -> None:
            connection.isolation_level = None
            connection.executescript(statement)

        return prepare

    for statement, what in (
        ("PRAGMA journal_mode = DELETE", "SQLite with journal delete"),
        ("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF", "SQLite with synchronous 0"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(engines, "_prepare_sqlite", unsafe(statement))
            visit = Visit(original.settings, AT, every=False, recount=False)
            finding = next(item for item in examine(visit) if item.check == "database")
        assert (finding.grade, finding.found) == ("bad", what)


def test_a_server_that_a_power_cut_could_empty(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    server, name = request.getfixturevalue("postgres_url"), f"doctor_{uuid4().hex}"
    template = request.getfixturevalue("postgres_template")
    engine = open_engine(make_database(server, name, template))
    with write_session(engine) as session:
        set_up(session, tmp_path)
        tell(session, PhotoStore.open((tmp_path / "photos").as_uri()))
        session.commit()
    found = look(installation_of(engine, tmp_path).settings, every=True, recount=True)
    engine.dispose()
    finding = only(found, "database")
    assert tuple(found) == get_args(Check)
    assert finding.grade == "bad"
    assert "with fsync off" in finding.found
    assert "ALTER SYSTEM SET fsync = on" in finding.mend


@pytest.mark.untold  # the database is damaged
def test_a_damaged_file(well: Settings, original: Installation) -> None:
    file = Path(str(original.engine.url.database))
    original.engine.dispose()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_upload_at'"
        ).fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    with file.open("r+b") as damaged:
        damaged.seek((page - 1) * size)
        damaged.write(b"\xff" * size)
    finding = look(well)["database"]
    assert finding.grade == "bad"
    assert "SQLite finds a fault" in finding.found or "can not be read" in finding.found


@pytest.mark.untold  # the table of migrations is no history
@pytest.mark.parametrize(
    ("version", "mend"), [("0011", "then start `digitizer serve`"), ("9999", "install the release")]
)
def test_tables_of_another_release(
    well: Settings, original: Installation, version: str, mend: str
) -> None:
    with write_session(original.engine) as session:
        session.connection().execute(
            text("UPDATE alembic_version SET version_num = :v"), {"v": version}
        )
        session.commit()
    found = look(well)
    finding = only(found, "migrations")
    assert (finding.grade, tuple(found)[-1]) == ("bad", "migrations")
    assert mend in finding.mend


@pytest.mark.parametrize(
    ("now", "what"),
    [
        (datetime(2020, 1, 1, tzinfo=UTC), "2020-01-01 00:00 UTC"),
        (datetime(2024, 11, 27, 1, tzinfo=UTC), "and the newest event is of"),
    ],
)
def test_a_wrong_clock(well: Settings, now: datetime, what: str) -> None:
    finding = look(well, now=now)["clock"]
    assert finding.grade == "bad"
    assert what in finding.found


def test_a_database_that_others_can_read(well: Settings) -> None:
    path = well.data_dir / "digitizer.sqlite3"
    path.chmod(0o644)
    well.data_dir.chmod(0o755)
    finding = only(look(well), "database")
    assert (finding.grade, f"{path} has mode 644" in finding.found) == ("bad", True)
    assert finding.mend.startswith(f"chmod 600 {path}")
    well.data_dir.chmod(0o700)
    assert only(look(well), "database").grade == "good"
    well.data_dir.chmod(0o755)
    path.chmod(0o600)
    assert only(look(well), "database").grade == "good"


def test_a_key_that_is_lost_another_or_open(well: Settings) -> None:
    path = well.data_dir / "node.key"
    key = path.read_bytes()
    path.chmod(0o644)
    finding = only(look(well), "node_key")
    assert (finding.grade, "has mode 644" in finding.found) == ("bad", True)
    path.write_bytes(b"?")
    assert "holds no key" in only(look(well), "node_key").found
    path.unlink()
    assert "is missing" in only(look(well), "node_key").found
    path.write_bytes(key)
    path.chmod(0o600)
    assert only(look(well), "node_key").grade == "good"


def test_a_photo_store_that_keeps_nothing(well: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    visit = Visit(
        well.model_copy(update={"store_url": (tmp_path / "file").as_uri()}), AT,
        every=False, recount=False,
    )  # fmt: skip
    finding = work.check_photo_store(visit)
    assert finding.grade == "bad"
    assert "a probe could not be kept (" in finding.found


def test_photos_that_were_lost_or_changed(well: Settings, original: Installation) -> None:
    with read_session(original.engine) as session:
        lost, changed, *_ = sorted(named_blobs(session))
    folder = well.data_dir / "photos"
    (folder / lost[:2] / lost[2:4] / lost).unlink()
    (folder / changed[:2] / changed[2:4] / changed).write_bytes(b"?")
    for every in (False, True):
        finding = only(look(well, every=every), "photos")
        assert finding.grade == "bad"
        assert finding.found.startswith("2 of")
        assert f"{lost}, {changed}" in finding.found


@pytest.mark.untold  # an event is changed past the database's own refusal
def test_an_event_that_was_changed(well: Settings, original: Installation) -> None:
    with write_session(original.engine) as session:
        connection = session.connection()
        if connection.dialect.name == "sqlite":
            names = connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'event'"
            ).scalars()
            for name in names.all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("ALTER TABLE event DISABLE TRIGGER USER")
        connection.exec_driver_sql("UPDATE event SET actor = 'another' WHERE seq = 3")
        session.commit()
    for every in (False, True):
        finding = only(look(well, every=every), "chain")
        assert finding.grade == "bad"
        assert "the first is 3 of node" in finding.found


def test_a_form_of_a_newer_release(well: Settings, original: Installation) -> None:
    assert look(well)["forms"].grade == "good"
    with write_session(original.engine) as session:
        text = 'id = "c-besok"\nholograms = true\n'
        save_form_file(session, "c-besok", 1, text, "system", AT)
        session.commit()
    finding = only(look(well), "forms")
    assert finding.grade == "bad"
    assert finding.found.startswith("c-besok.toml: ")


@pytest.mark.untold  # a sum is changed that no event tells
def test_a_sum_that_is_another(well: Settings, original: Installation) -> None:
    with write_session(original.engine) as session:
        session.connection().exec_driver_sql(
            "UPDATE recap_sum SET counted = counted + 1 WHERE wilayah = ''"
        )
        session.commit()
    assert look(well)["recap"].grade == "good"
    finding = only(look(well, recount=True), "recap")
    assert finding.grade == "bad"
    assert "sums differ, the first in gub, everywhere" in finding.found
    assert only(look(well, recount=True), "recap").grade == "bad", "looking mends nothing"


def test_nobody_reads(well: Settings, original: Installation) -> None:
    assert look(well)["workers"].grade == "warning"
    with write_session(original.engine) as session:
        begin_work(session, "a" * 32, "mesin", "1")
        session.commit()
    assert look(well)["workers"] == Finding("workers", "good", "1 alive")


@pytest.mark.parametrize(("minutes", "grade"), [(5, "good"), (20, "warning"), (90, "bad")])
def test_a_line_that_does_not_move(
    well: Settings, original: Installation, minutes: int, grade: str
) -> None:
    with write_session(original.engine) as session:
        sender = person(session, "baru", "witness")
        send(session, original.photos, png(9, 9), sender, A, now=AT)
        session.commit()
    finding = look(well, now=AT + timedelta(minutes=minutes))["line"]
    assert finding.grade == grade
    assert f"photos that wait: 1, the first for {minutes} min" in finding.found


def test_a_photo_that_ends_by_an_error(well: Settings, original: Installation) -> None:
    with write_session(original.engine) as session:
        sender = person(session, "baru", "witness")
        send(session, original.photos, png(9, 9), sender, A, now=AT)
        begin_work(session, "a" * 32, "mesin", "1")
        (job,) = take_jobs(session, "a" * 32, 1, AT)
        put_back(session, job, "a" * 32, "OSError: disk full", AT)
        session.commit()
    finding = look(well, now=AT + timedelta(minutes=5))["line"]
    assert finding.grade == "warning"
    assert finding.found == (
        "photos that ended by an error and are tried again: 1, the latest by OSError: disk full"
    )


def test_a_backup_that_is_old_or_not_whole(well: Settings, original: Installation) -> None:
    assert look(well)["backup"].grade == "good"
    old = look(well, now=AT + timedelta(days=2))["backup"]
    assert (old.grade, old.found) == ("warning", "the last is 48.0 hours old")
    with write_session(original.engine) as session:
        note_backup(session, Backup(AT + timedelta(hours=1), AT, "0" * 64, 1, 2))
        session.commit()
    finding = look(well, now=AT + timedelta(hours=1))["backup"]
    assert (finding.grade, "that it lacks: 2" in finding.found) == ("bad", True)


def test_never_backed_up(original: Installation, tmp_path: Path) -> None:
    with write_session(original.engine) as session:
        session.connection().execute(text("DELETE FROM backup"))
        session.commit()
    assert look(original.settings)["backup"].found == "none was ever made"
    back_up(original, tmp_path / "backup", now=AT)
    assert look(original.settings)["backup"].grade == "good"


def test_the_command_tells_it_and_exits_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"DIGITIZER_{name.upper()}", raising=False)
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(tmp_path / "data"))
    ill = CliRunner().invoke(app, ["doctor"])
    assert ill.exit_code == 1
    assert "BAD   database: no database at" in ill.output
    assert "mend: run `digitizer election init`" in ill.output
    made = CliRunner().invoke(app, ["election", "init", str(ROOT / "samples/election.toml")])
    assert made.exit_code == 0, made.output
    done = CliRunner().invoke(app, ["doctor", "--json", "--all", "--recount"])
    told = json.loads(done.stdout)
    assert (done.exit_code, told["well"]) == (0, True), done.output
    assert [item["check"] for item in told["findings"]] == [*get_args(Check)]
    monkeypatch.setenv("DIGITIZER_PORT", "none")
    wrong = CliRunner().invoke(app, ["doctor"])
    assert wrong.exit_code == 1
    assert "BAD   settings: DIGITIZER_PORT is 'none'" in wrong.output
