"""Two laptops without a network and a server, by the command line, in processes of their own."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

import pytest

from digitizer.domain.tally import Tally
from digitizer.domain.verification import Confirmed, Verification, verify
from digitizer.forms import load_form
from digitizer.settings import Settings
from digitizer.store.accounts import add_account, list_accounts
from digitizer.store.engine import open_engine, read_session, write_session
from digitizer.store.events import last_events, verify_chain
from digitizer.store.form_readings import readings_for
from digitizer.store.recap_keeping import check_recap
from digitizer.store.sheets import queue, sheet
from digitizer.store.verifications import latest_version, pending, save_verification
from tests.conftest import ROOT
from tests.databases import make_database
from tests.rebuilding import differences

SAMPLES = ROOT / "samples"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@dataclass
class Machine:
    """One computer: a data folder, and a database in it or on a server."""

    folder: Path
    database: str = ""
    first: tuple[Path, str] = (Path(), "")

    @property
    def environment(self) -> dict[str, str]:
        given = {"DIGITIZER_DATA_DIR": str(self.folder), "PYTHONPATH": str(ROOT)}
        if self.database:
            given["DIGITIZER_DATABASE_URL"] = self.database
        return {**os.environ, **given}

    def start(
        self, *arguments: str, program: tuple[str, ...] = ("digitizer",)
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", *program, *arguments], env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, *arguments: str) -> str:
        process = self.start(*arguments)
        told, _ = process.communicate(timeout=300)
        assert process.returncode == 0, told
        return told

    @property
    def url(self) -> str:
        return self.database or Settings(data_dir=self.folder).database

    def file(self, name: str = "bawa.zip") -> tuple[Path, str]:
        """Its exchange file and the fingerprint of its key, as the command prints it."""
        path = self.folder / name
        told = self.run("export", "--exchange", str(path))
        found = re.search(r"^key: +(\w+)$", told, re.MULTILINE)
        assert found is not None
        return path, found[1]

    def chains(self) -> int:
        """Of how many installations something is told here."""
        engine = open_engine(self.url)
        with read_session(engine) as session:
            found = len(last_events(session))
        engine.dispose()
        return found

    def check(self) -> None:
        """Tables follow from the history, the recap from the tables, and the chain holds."""
        engine = open_engine(self.url)
        with write_session(engine) as session:
            assert differences(session) == []
            assert check_recap(session) == ()
            assert verify_chain(session) == ()
        engine.dispose()


def head_in(told: str) -> str:
    return str(re.findall(r"^head: (\w+)$", told, re.MULTILINE)[-1])


def set_up(machine: Machine, names: list[str]) -> None:
    """The sample election, and these photos of it read."""
    machine.run("election", "init", str(SAMPLES / "election.toml"))
    inbox = machine.folder / "masuk"
    inbox.mkdir()
    for name in names:
        shutil.copy(SAMPLES / "photos" / name, inbox)
    engine = open_engine(machine.url)
    with write_session(engine) as session:
        for name, role in (("saksi", "witness"), ("peninjau", "reviewer")):
            add_account(session, name, role, "sandi-" + name, now=datetime.now(UTC))  # type: ignore[arg-type]
        session.commit()
    engine.dispose()
    machine.run("import", str(inbox), "--account", "saksi", "--wait")


def confirm(machine: Machine, *, add: int) -> tuple[str, str]:
    """Confirm the first sheet with this for every number; gives contest and TPS."""
    engine = open_engine(machine.url)
    with write_session(engine) as session:
        row = min(
            (item for item in queue(session, limit=100) if item.form and item.contest and item.tps),
            key=lambda item: (item.contest, item.tps.code, item.form) if item.tps else ("",),
        )
        assert row.contest and row.tps and row.form
        place = (row.contest, row.tps.code, row.form)
        shown = sheet(session, *place)
        assert shown is not None
        stored = [item.reading for item in readings_for(session, *place) if item.reading]
        form = load_form(row.form)
        counted = [name for name, spec in form.fields.items() if spec.counted]
        boxes = {name: len(form.fields[name].digit_boxes) for name in counted}
        fields = {name: Confirmed(f"{add:0{boxes[name]}d}", None, note="uji") for name in counted}
        rules = tuple(rule.id for rule in form.rules)
        account = next(a.id for a in list_accounts(session) if a.username == "peninjau")
        item = Verification(
            uuid4().hex, shown.readings, shown.photos, account, datetime.now(UTC),
            MappingProxyType(fields), acknowledged=rules,
        )  # fmt: skip
        pages = {reading.page for reading in stored}
        outcome = verify(
            form, (*pending(session, *place), item), pages=pages, tps=place[1], contest=place[0],
            version=1, readers=1,
        )  # fmt: skip
        assert isinstance(outcome, Tally)
        save_verification(
            session, item, *place, outcome, datetime.now(UTC),
            expected_version=latest_version(session, *place[:2]),
        )  # fmt: skip
        session.commit()
    engine.dispose()
    return place[:2]


@pytest.fixture(scope="module")
def laptops(tmp_path_factory: pytest.TempPathFactory) -> list[Machine]:
    """Two, with photos of the same TPS of which one is the same, verified otherwise."""
    names = sorted(path.name for path in (SAMPLES / "photos").glob("[0-9]*.jpg"))
    made = []
    for number, name in enumerate(("satu", "dua")):
        machine = Machine(tmp_path_factory.mktemp(name))
        set_up(machine, names[: 2 + number])
        confirm(machine, add=number)
        machine.first = machine.file("pertama.zip")
        made.append(machine)
    return made


@pytest.fixture
def server(tmp_path: Path, postgres_url: str) -> Iterator[Machine]:
    name = f"test_{uuid4().hex}"
    machine = Machine(tmp_path / "server", make_database(postgres_url, name))
    machine.run("election", "init", str(SAMPLES / "election.toml"))
    yield machine


def recap_of(machine: Machine, contest: str) -> dict[str, object]:
    told = machine.run("recap", contest, "--json")
    found: dict[str, object] = json.loads(told[told.index("{") :])["recap"]
    return found


@pytest.mark.untold
def test_two_laptops_and_a_server(laptops: list[Machine], server: Machine) -> None:
    files = [laptop.file() for laptop in laptops]
    refused = server.start("merge", str(files[0][0]))
    told, _ = refused.communicate(timeout=120)
    assert refused.returncode == 1
    assert f"--trust {files[0][1]}" in told
    assert "[unknown_node]" in told
    trust = [word for _, key in files for word in ("--trust", key)]
    told = server.run("merge", *(str(path) for path, _ in files), *trust)
    assert "1 TPS of which installations say different numbers" in told
    contest = _contest(laptops[0])
    recap = recap_of(server, contest)
    assert (recap["counted"], recap["disputed"]) == (0, 1)
    server.check()
    again = server.run("merge", *(str(path) for path, _ in reversed(files)))
    assert head_in(again) == head_in(told)
    bundle = server.folder / "bukti.zip"
    server.run("export", "--bundle", str(bundle))
    assert "it holds" in server.run("verify", str(bundle))
    back, key = server.file()
    keys = [*trust, "--trust", key]
    heads = {head_in(laptop.run("merge", str(back), *keys)) for laptop in laptops}
    told = server.run("merge", str(back))
    assert heads == {head_in(told)}
    for laptop in laptops:
        assert recap_of(laptop, contest) == recap_of(server, contest)
        laptop.check()


def _contest(machine: Machine) -> str:
    engine = open_engine(machine.url)
    with read_session(engine) as session:
        found = min(row.contest for row in queue(session, limit=100) if row.contest and row.form)
    engine.dispose()
    assert found is not None
    return found


KILLS = [("picture", 1), ("picture", 30), *(("statement", number) for number in
         (38, 63, 114, 180, 80, 110))]  # fmt: skip
"""In the middle of the pictures, of the events, of the tables and of the recap, of either file."""


@pytest.mark.untold
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_merge_that_is_killed_is_done_again(
    laptops: list[Machine], server: Machine, tmp_path: Path, kind: str
) -> None:
    target = server
    if kind == "sqlite":
        target = Machine(tmp_path / "kantor")
        target.run("election", "init", str(SAMPLES / "election.toml"))
    (path, key), (other, other_key) = (laptop.first for laptop in laptops)
    command = ("merge", str(path), str(other), "--trust", key, "--trust", other_key)
    chains: list[int] = []
    for what, number in KILLS:
        process = target.start(*command, program=("tests.merging.killed", what, str(number)))
        process.communicate(timeout=120)
        assert process.returncode in (-9, 0), "it was neither killed nor done"
        target.check()
        chains.append(target.chains())
    told = target.run(*command)
    target.check()
    assert target.chains() == 3
    assert "1 TPS of which installations say different numbers" in told
    # Killed before, in the middle of, and after the first file and the second.
    assert chains == sorted(chains)
    assert chains[0] == 1
    again = target.run(*command)
    assert head_in(again) == head_in(told)
