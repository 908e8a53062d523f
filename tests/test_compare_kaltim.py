"""Kalimantan Timur, simulated: official results with planted differences, all found, no other."""

import csv
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from digitizer.cli import app
from digitizer.official import Asked, import_folder
from digitizer.settings import Settings
from digitizer.store.comparisons import comparison_of, comparisons_below, difference_rows
from digitizer.store.elections import get_contest, get_election, init_election
from digitizer.store.engine import open_engine, read_session, write_session
from digitizer.store.events import list_events
from digitizer.store.recaps import recap_of
from tests import kaltim
from tests.store.build import NOW
from tests.store.conftest import empty_engine

__all__ = ["empty_engine"]

pytestmark = [pytest.mark.slow, pytest.mark.untold]  # tallies are put in all at once

PASLON: Final = {"1000001": 1, "1000002": 2}
PAPERS: Final = (
    "suara_sah", "suara_tidak_sah", "suara_total", "pemilih_dpt_l", "pemilih_dpt_p",
    "pemilih_dpt_j", "pengguna_dpt_l", "pengguna_dpt_p", "pengguna_dpt_j", "pengguna_total_j",
)  # fmt: skip
PLANTED: Final = 60
UNPUBLISHED: Final = 30
UNTOLD: Final = 20
NOT_IN: Final = 25

Plant = tuple[str, str, str, int | None, int | None]
"""TPS, field, kind, ours and theirs."""


def said(values: Mapping[str, int]) -> dict[str, Any]:
    chart = {theirs: values[f"paslon_{ours}"] for theirs, ours in PASLON.items()}
    papers = {name: values[name] for name in PAPERS if name in values}
    return {
        "mode": "hhcw",
        "tungsura": {"chart": chart, "administrasi": {**papers, "pemilih_dptb_kpu": 0}},
        "images": None, "psu": None, "ts": "2024-12-09 12:00:00",
        "status_suara": True, "status_adm": True,
    }  # fmt: skip


def planted() -> tuple[dict[str, dict[str, Any] | None], set[Plant], set[str]]:
    """What is published, each number of it that is not ours, and the TPS that we lack."""
    lot = random.Random(20241209)
    ours = {code: dict(values) for code, values in kaltim.simulated_values().items()}
    compared = ("paslon_1", "paslon_2", *PAPERS)
    codes = lot.sample(sorted(ours), PLANTED + UNPUBLISHED + UNTOLD + NOT_IN)
    changed, unpublished = codes[:PLANTED], codes[PLANTED : PLANTED + UNPUBLISHED]
    untold = codes[PLANTED + UNPUBLISHED : -NOT_IN]
    not_in = codes[-NOT_IN:]
    theirs = {code: said(values) for code, values in ours.items()}
    plants: set[Plant] = set()
    for place, code in enumerate(changed):
        name = compared[place % len(compared)]
        mine = ours[code][name]
        other = lot.choice([None, mine + lot.randint(1, 40), max(0, mine - 9) if mine else 9])
        part = "chart" if name.startswith("paslon") else "administrasi"
        key = f"100000{name[7:]}" if part == "chart" else name
        theirs[code]["tungsura"][part][key] = other
        kind = "missing_theirs" if other is None else "differs"
        plants.add((code, name, kind, mine, other))
    for code in unpublished:
        theirs[code]["tungsura"] = {"chart": None, "administrasi": None}
    for code in (*unpublished, *untold):
        plants |= {(code, name, "only_ours", ours[code][name], None) for name in compared}
    for code in not_in:
        plants |= {(code, name, "only_theirs", None, ours[code][name]) for name in compared}
    published = {code: (None if code in untold else one) for code, one in theirs.items()}
    return published, plants, set(not_in)


def written(folder: Path, published: Mapping[str, dict[str, Any] | None]) -> Path:
    for code, one in published.items():
        if one is not None:
            file = folder / code[:4] / code[:6] / f"{code}.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(one))
    return folder


def test_every_planted_difference_is_found_and_nothing_else(
    empty_engine: Engine, tmp_path: Path
) -> None:
    published, plants, not_in = planted()
    with write_session(empty_engine) as session:
        init_election(session, kaltim.election_file(), "system", NOW)
        made = [item for item in kaltim.tallies() if item.tps not in not_in]
        kaltim.load_tallies(session, made)
        session.commit()
        contest = get_contest(session, kaltim.CONTEST)
    asked = Asked(contest, "uji", PASLON, "system", NOW)
    imported = import_folder(empty_engine, asked, written(tmp_path / "kpu", published))
    assert imported.official.not_compared == {
        "administrasi.pemilih_dptb_kpu": 6274 - UNPUBLISHED - UNTOLD
    }
    with read_session(empty_engine) as session:
        election = get_election(session)
        assert election is not None
        found = {
            (row.tps.code, row.difference.field, row.difference.kind, row.difference.ours,
             row.difference.theirs)
            for row in difference_rows(session, election, contest, imported.official)
        }  # fmt: skip
        assert found == plants
        whole = comparison_of(session, contest)
        assert (whole.expected, whole.neither, whole.unlisted) == (6274, 0, 0)
        assert (whole.only_ours, whole.only_theirs) == (UNPUBLISHED + UNTOLD, NOT_IN)
        assert whole.differing + whole.incomplete == PLANTED
        assert whole.equal == 6274 - PLANTED - UNPUBLISHED - UNTOLD - NOT_IN
        recap = recap_of(session, kaltim.CONTEST)
        for name in ("paslon_1", "paslon_2", *PAPERS):
            assert whole.numbers[name].ours == recap.totals[name]
            planted_here = [p for p in plants if p[1] == name and p[2] == "differs"]
            assert whole.numbers[name].differing == len(planted_here)
            assert whole.numbers[name].difference == sum(
                (mine or 0) - (other or 0) for *_, mine, other in planted_here
            )
        areas = ["64"]
        while areas:
            below = [p for area in areas for p in comparisons_below(session, contest, area)]
            assert sum(place.sums.differing for place in below) == whole.differing
            assert sum(place.sums.expected for place in below) == 6274
            areas = [place.code for place in below if place.level != "tps"]


def test_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(tmp_path / "data"))
    command = CliRunner()
    election = kaltim.FOLDER / "election.toml"
    assert command.invoke(app, ["election", "init", str(election)]).exit_code == 0
    engine = open_engine(Settings().database)
    some = kaltim.tallies()[:50]
    with write_session(engine) as session:
        kaltim.load_tallies(session, some)
        session.commit()
    asked = ["compare", "import", "--contest", "gubernur", "--source", "uji"]
    theirs = {item.tps: said(kaltim.simulated_values()[item.tps]) for item in some[:40]}
    theirs[some[3].tps]["tungsura"]["chart"]["1000001"] += 5
    file = tmp_path / "kpu.json"
    file.write_text(json.dumps(theirs))
    wrong = command.invoke(app, [*asked, "--paslon", "1000001=1", str(file)])
    assert wrong.exit_code == 1
    assert "no number of ours is given for 1000002" in str(wrong.exception)
    done = command.invoke(
        app, [*asked, "--paslon", "1000001=1", "--paslon", "1000002=2", str(file)]
    )
    assert done.exit_code == 0, done.output
    assert "import 1 of gubernur: 40 TPS, 0 of them not published yet, 480 numbers" in done.output
    assert "not compared: administrasi.pemilih_dptb_kpu (40 TPS)" in done.output
    assert "40 of 6274 TPS are on both sides: 39 equal, 1 differ" in done.output
    shown = command.invoke(app, ["compare", "show", "--contest", "gubernur", "--wilayah", "64"])
    assert "Kabupaten Paser" in shown.output, shown.output
    print(shown.output)
    data = json.loads(
        command.invoke(app, ["compare", "show", "--contest", "gubernur", "--json"]).output
    )
    assert data["simulated"]
    assert data["comparison"]["numbers"]["paslon_1"]["difference"] == -5
    assert data["comparison"]["only_ours"] == 10
    output = tmp_path / "selisih.csv"
    done = command.invoke(app, ["compare", "export", "--contest", "gubernur", "-o", str(output)])
    rows = list(csv.DictReader(output.read_text("utf-8-sig").splitlines()))
    assert f"{len(rows)} differences in" in done.output
    kinds = {row["kind"] for row in rows}
    assert kinds == {"differs", "only_ours"}
    assert [row["difference"] for row in rows if row["kind"] == "differs"] == ["-5"]
    with read_session(engine) as session:
        (event,) = list_events(session, kind="tallies_exported")
        assert event.payload["rows"] == len(rows)
    engine.dispose()
