"""Faults of the machine end a command by one sentence with its code, as faults of its user do."""

import json
import os
import re
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError
from typer.testing import CliRunner

from digitizer import demo
from digitizer.cli import app
from digitizer.commands.faults import fault_of
from digitizer.commands.publishing import moment
from digitizer.errors import NotFound, SettingsError
from digitizer.settings import Settings
from tests.conftest import ROOT

PASSWORD = "Rahas1a-Sekali"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of an installation that nobody has begun."""
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def ended(*arguments: str) -> str:
    """What a command says on stderr that ends by a fault."""
    done = subprocess.run(
        [sys.executable, "-m", "digitizer", *arguments],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    (said,) = (line for line in done.stderr.splitlines() if line.startswith("digitizer: "))
    return said


def test_a_file_that_cannot_be_written_is_named(folder: Path) -> None:
    assert CliRunner().invoke(app, ["election", "init", str(ROOT / "samples/election.toml")])
    nowhere = folder.parent / "nowhere" / "tally.csv"
    said = ended("export", "-o", str(nowhere))
    assert f"{nowhere}.part: No such file or directory" in said
    assert said.endswith("[file]")


def test_a_data_folder_below_a_file_is_named(folder: Path) -> None:
    folder.write_text("no folder")
    assert f"{folder}: File exists" in ended("accounts", "list")


@pytest.mark.parametrize("command", [("accounts", "list"), ("work",), ("serve", "--no-worker")])
def test_a_file_that_is_no_database_ends_every_command_alike(
    folder: Path, command: tuple[str, ...]
) -> None:
    folder.mkdir()
    (folder / "digitizer.sqlite3").write_bytes(b"Dengan hormat, terlampir foto. " * 100)
    said = ended(*command)
    assert "the database cannot be used: file is not a database, needed one that answers" in said
    assert "see DIGITIZER_DATABASE_URL" in said
    assert said.endswith("[database]")


def test_the_password_of_a_database_that_is_not_reached_stays_unsaid(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgresql://digitizer:{PASSWORD}@127.0.0.1:{free_port()}/digitizer"
    monkeypatch.setenv("DIGITIZER_DATABASE_URL", url)
    for command in (("accounts", "list"), ("serve", "--no-worker", "--processes", "2")):
        said = ended(*command)
        assert "Connection refused" in said
        assert PASSWORD not in said


def test_a_part_of_a_password_that_was_taken_for_the_host_stays_unsaid() -> None:
    unresolved = OSError(f"failed to resolve host '{PASSWORD}': [Errno -2] Name not known")
    fault = fault_of(OperationalError("SELECT 1", None, unresolved))
    assert fault is not None
    assert "its host has no address" in str(fault)
    assert PASSWORD not in str(fault)


def test_a_bug_is_no_fault_of_the_machine() -> None:
    broken = IntegrityError("INSERT", None, sqlite3.IntegrityError("NOT NULL constraint failed"))
    assert fault_of(broken) is None
    assert fault_of(OSError("cannot identify image file")) is None


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31T23:59-12:00"])
def test_a_moment_that_has_no_date_in_utc_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="needed a date and time"):
        moment(text, "Asia/Makassar")


def test_the_demo_never_enters_the_database_that_is_in_use(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITIZER_DATABASE_URL", f"sqlite:///{folder.parent / 'real.sqlite3'}")
    monkeypatch.setenv("DIGITIZER_STORE_URL", "s3://real/photos")
    opened: list[Settings] = []

    def refuse(settings: Settings) -> None:
        opened.append(settings)
        raise NotFound("enough is known", "go on")

    monkeypatch.setattr(demo, "open_installation", refuse)
    assert isinstance(CliRunner().invoke(app, ["demo", "--once"]).exception, NotFound)
    (settings,) = opened
    assert settings.database == f"sqlite:///{folder / 'demo' / 'digitizer.sqlite3'}"
    assert settings.photos == (folder / "demo" / "photos").as_uri()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "demo")] == [0o700] * 2


@pytest.mark.parametrize("port", ["0", "99999", "-1"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    done = CliRunner().invoke(app, ["serve", "--no-worker", "--port", port])
    assert done.exit_code == 2
    assert re.search("(greater|less) than or equal to (1|65535) ", done.output)


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_port_that_is_taken_is_named(folder: Path, processes: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = ended("serve", "--port", str(port), "--processes", processes)
    assert f"nothing can listen at 127.0.0.1 port {port}: Address already in use" in said
    assert not folder.exists()


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_server_says_once_where_it_listens(folder: Path, processes: str) -> None:
    port = free_port()
    log = folder.parent / "log"
    with log.open("w") as file:
        command = ["serve", "--no-worker", "--port", str(port), "--processes", processes]
        server = subprocess.Popen([sys.executable, "-m", "digitizer", *command], stderr=file)
    try:
        until(lambda: "listening" in log.read_text())
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    finally:
        server.terminate()
        server.wait(timeout=60)
    (line,) = (json.loads(text) for text in log.read_text().splitlines())
    assert (line["event"], line["address"]) == ("listening", f"http://127.0.0.1:{port}")


def test_what_is_made_is_for_its_owner_alone_and_what_is_there_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def modes() -> list[int]:
        paths = (folder, folder / "digitizer.sqlite3")
        return [stat.S_IMODE(path.stat().st_mode) for path in paths]

    before = os.umask(0o022)
    try:
        assert CliRunner().invoke(app, ["accounts", "list"]).exit_code == 0
        assert modes() == [0o700, 0o600]
        folder.chmod(0o750)
        (folder / "digitizer.sqlite3").chmod(0o640)
        assert CliRunner().invoke(app, ["accounts", "list"]).exit_code == 0
        assert modes() == [0o750, 0o640]
        shutil.rmtree(folder)
        monkeypatch.setenv("DIGITIZER_DATABASE_URL", f"sqlite:///{folder.parent / 'own' / 'd'}")
        assert CliRunner().invoke(app, ["accounts", "list"]).exit_code == 0
    finally:
        os.umask(before)
    own = folder.parent / "own"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, own)] == [0o700] * 2
    assert stat.S_IMODE((own / "d").stat().st_mode) == 0o600


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
