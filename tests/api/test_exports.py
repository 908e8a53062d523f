"""What leaves as a file: the same numbers in every format, whole or not at all."""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from digitizer import exporting
from digitizer.cli import app
from digitizer.domain.listing import NOTICE
from digitizer.errors import SettingsError
from digitizer.store.engine import read_session
from digitizer.store.events import head, list_events
from tests.api.conftest import World
from tests.api.test_reviews import body, confirm, rows
from tests.facts import PAGE_1, PAGE_2


@pytest.fixture
def verified(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """One TPS of sixteen is in."""
    world.read_form()
    assert confirm(world, "rina", body(world)).json()["outcome"] == "tally"
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(world.settings.data_dir))
    return world


def workbook(world: World, wilayah: str = "") -> dict[str, list[Any]]:
    """The rows of the workbook of an area, by their name."""
    answer = world.client("amat").get(f"/exports/gubernur/recap.xlsx?wilayah={wilayah}")
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(answer.content)
    sheet = openpyxl.load_workbook(BytesIO(answer.content))["D.HASIL"]
    lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
    return {str(line[0]): line[1:] for line in lines}


def printed(world: World, wilayah: str = "") -> dict[str, list[str]]:
    """The rows of the page to print, by their name."""
    page = world.client("amat", page=True).get(f"/exports/gubernur/print?wilayah={wilayah}&lang=id")
    assert page.status_code == 200
    assert NOTICE in page.text
    assert "SIMULASI" in page.text
    found = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', page.text, re.DOTALL)
    return {name: re.findall(r"<td[^>]*>(.*?)</td>", line) for name, line in found}


NAMES = {"paslon_1": "Paslon 1", "paslon_2": "Paslon 2", "suara_sah": "Suara sah",
         "suara_total": "Sah + tidak sah", "ss_sisa": "Surat suara sisa",
         "pengguna_dpph_l": "Pengguna DPPh L"}  # fmt: skip


def test_the_same_numbers_in_every_format(verified: World) -> None:
    written = {name: int(boxes.replace("X", "") or 0) for name, boxes in (PAGE_1 | PAGE_2).items()}
    (flat,) = rows(verified)
    document = verified.client("amat").get("/exports/gubernur.json").json()
    book, page = workbook(verified, "64"), printed(verified, "64")
    for field, name in NAMES.items():
        number = written[field]
        assert int(flat[field]) == number
        assert document["tallies"][0]["values"][field] == number
        # Mahakam Ulu is the only kabupaten with a tally, and the sum is its own.
        assert [value for value in book[name] if value is not None] == [number, number]
        assert [value for value in page[name] if value] == [str(number), str(number)]
    assert book["TPS masuk"][-1] == 1
    assert book["TPS seluruhnya"][-1] == 16
    assert page["TPS masuk / seharusnya"][-1] == "1 / 16"


def test_a_row_left_empty_is_no_nought_anywhere(world: World) -> None:
    world.read_form(paslon_1="___")
    assert confirm(world, "rina", body(world)).json()["outcome"] == "tally"
    assert rows(world)[0]["paslon_1"] == ""
    for wilayah in ("6411032001", "64"):
        assert set(workbook(world, wilayah)["Paslon 1"]) == {None}
        assert set(printed(world, wilayah)["Paslon 1"]) == {""}
        asked = world.client("amat").get(f"/api/recap/gubernur?wilayah={wilayah}").json()
        for recap in (asked["recap"], *asked["children"]):
            assert "paslon_1" not in recap["totals"]
        assert asked["recap"]["totals"]["paslon_2"] == 52
    page = world.client("amat", page=True).get("/recap/gubernur/6411032001?lang=id").text
    assert re.search(r"Paslon 1</span><strong><span class=.meta.>–<", page)


@pytest.mark.parametrize("wilayah", ["", "64", "6411", "641103", "6411032001"])
def test_columns_add_up_to_the_last_one_at_every_level(verified: World, wilayah: str) -> None:
    book = workbook(verified, wilayah)
    for name in (*NAMES.values(), "TPS masuk", "TPS seluruhnya"):
        *parts, whole = book[name]
        assert sum(value or 0 for value in parts) == whole


def test_an_export_is_an_event_with_its_hash_and_its_head(verified: World) -> None:
    with read_session(verified.app.state.web.engine) as session:
        before = head(session)
    answer = verified.client("amat").get("/exports/gubernur.csv")
    workbook(verified, "64")
    with read_session(verified.app.state.web.engine) as session:
        first, second = list_events(session, kind="tallies_exported")
    assert answer.headers["content-disposition"] == (
        'attachment; filename="SIMULASI-simulasi-mahakam-ulu-gubernur.csv"'
    )
    assert (first.payload["kind"], first.payload["rows"]) == ("csv", 1)
    assert first.payload["head"] == before
    assert first.actor == verified.account_id("amat")
    assert (second.payload["kind"], second.payload["wilayah"]) == ("xlsx", "64")


@pytest.mark.parametrize("path", ["recap.xlsx", "print"])
def test_areas_that_are_none_are_refused(verified: World, path: str) -> None:
    asked = verified.client("amat").get
    assert asked(f"/exports/gubernur/{path}?wilayah=99").status_code == 404
    assert asked(f"/exports/gubernur/{path}?wilayah=641").status_code == 422
    assert asked(f"/exports/lain/{path}").status_code == 404
    assert asked("/exports/gubernur.xlsx").status_code == 422


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An export that fails after its first piece."""

    def export_csv(*_: object) -> Iterator[bytes]:
        yield b"election,round\n"
        raise MemoryError("no room")

    monkeypatch.setattr(exporting, "export_csv", export_csv)


@pytest.mark.usefixtures("failing")
def test_an_export_that_fails_leaves_nothing(verified: World, tmp_path: Path) -> None:
    with pytest.raises(MemoryError):
        verified.client("amat").get("/exports/gubernur.csv")
    file = tmp_path / "hasil.csv"
    file.write_text("what was there before")
    done = CliRunner().invoke(app, ["export", "-o", str(file)])
    assert isinstance(done.exception, MemoryError)
    assert file.read_text() == "what was there before"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("hasil")] == [
        "hasil.csv"
    ]
    with read_session(verified.app.state.web.engine) as session:
        assert list_events(session, kind="tallies_exported") == ()


@pytest.mark.parametrize("options", [["--format", "csv"], []])
def test_the_command_writes_what_the_web_gives(
    verified: World, tmp_path: Path, options: list[str]
) -> None:
    file = tmp_path / "hasil.csv"
    done = CliRunner().invoke(app, ["export", "--contest", "gubernur", "-o", str(file), *options])
    assert done.exit_code == 0, done.output
    assert file.read_bytes() == verified.client("amat").get("/exports/gubernur.csv").content
    book = tmp_path / "hasil.xlsx"
    options = ["--contest", "gubernur", "--area", "64", "-o", str(book)]
    assert CliRunner().invoke(app, ["export", *options]).exit_code == 0
    assert openpyxl.load_workbook(book)["D.HASIL"]["A2"].value.startswith("SIMULASI")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "hasil.pdf"], "needed csv, json or xlsx"),
        (["-o", "hasil.xlsx"], "name it with --contest"),
        ([], "give one of -o FILE, --bundle FILE, --exchange FILE"),
    ],
)
def test_what_cannot_be_written_is_said(verified: World, options: list[str], message: str) -> None:
    done = CliRunner().invoke(app, ["export", *options])
    assert message in str(done.exception)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "x.csv", "--area", "64"],
         "found --area for a list (csv, json), which takes --format, --contest, --superseded; "
         "leave it out, or write a workbook (xlsx)"),
        (["-o", "x.json", "--with-photos"], "leave it out, or write a bundle"),
        (["-o", "x.xlsx", "--contest", "gubernur", "--superseded"], "found --superseded for a wo"),
        (["--bundle", "b.zip", "--superseded"], "found --superseded for a bundle"),
        (["--bundle", "b.zip", "--format", "csv"], "found --format for a bundle"),
        (["--exchange", "ex.zip", "--contest", "gubernur"],
         "found --contest for an exchange file, which takes no option; leave it out, or write "
         "a list (csv, json) or a workbook (xlsx) or a bundle"),
    ],
)  # fmt: skip
def test_an_option_that_the_file_does_not_use_is_refused(
    verified: World, tmp_path: Path, options: list[str], message: str
) -> None:
    options[1] = str(tmp_path / options[1])
    done = CliRunner().invoke(app, ["export", *options])
    assert isinstance(done.exception, SettingsError)
    assert message in str(done.exception)
    assert list(tmp_path.glob(f"{Path(options[1]).stem}*")) == []


def test_a_bundle_by_the_command_is_verified_by_the_command(
    verified: World, tmp_path: Path
) -> None:
    file = tmp_path / "bukti.zip"
    made = CliRunner().invoke(app, ["export", "--bundle", str(file), "--with-photos"])
    assert made.exit_code == 0, made.output
    said = dict(line.split(": ", 1) for line in made.output.splitlines() if ": " in line)
    key, noted = said["key"].strip(), said["head"].strip()
    done = CliRunner().invoke(app, ["verify", str(file), "--key", key, "--head", noted])
    assert done.exit_code == 0, done.output
    assert "it holds" in done.output
    alone = CliRunner().invoke(app, ["verify", str(file)])
    assert "signer not compared" in alone.output
    assert key in alone.output
    report = json.loads(
        CliRunner().invoke(app, ["verify", str(file), "--json", "--key", "0" * 64]).stdout
    )
    assert (report["holds"], report["tallies"], report["simulated"]) == (False, 1, True)
    assert [(fault["place"], fault["what"]) for fault in report["faults"]] == [
        ("signature.json", "another key signed")
    ]
    spoilt = tmp_path / "rusak.zip"
    spoilt.write_bytes(file.read_bytes()[:-40])
    broken = CliRunner().invoke(app, ["verify", str(spoilt)])
    assert broken.exit_code == 1
    assert "no ZIP file that can be read" in broken.output
