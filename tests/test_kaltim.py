"""The Pilkada 2024 in Kalimantan Timur: its places and contests, without a vote."""

import csv
import importlib.util
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from digitizer.api.recap_view import recap_view
from digitizer.cli import app
from digitizer.commands.setting_up import without_definition
from digitizer.forms import load_form
from digitizer.settings import Settings
from digitizer.store.election_file import ElectionFile, read_election_file
from digitizer.store.elections import get_contest, list_wilayah
from digitizer.store.engine import open_engine, read_session
from digitizer.store.order_file import read_order_file
from digitizer.store.places import place_names, same_place
from digitizer.store.recaps import children, recap_of
from tests.conftest import ROOT

FOLDER = ROOT / "samples" / "kaltim-2024"
TPS_OF_KABKOTA = {
    "6401": 485, "6402": 1447, "6403": 475, "6407": 321, "6408": 701,
    "6409": 293, "6411": 77, "6471": 996, "6472": 1202, "6474": 277,
}  # fmt: skip
PASLON = {
    "6401": 2, "6402": 3, "6403": 2, "6407": 3, "6408": 2,
    "6409": 4, "6411": 3, "6471": 3, "6472": 2, "6474": 4,
}  # fmt: skip

with (FOLDER / "kecamatan.csv").open(encoding="utf-8") as rows:
    KECAMATAN = list(csv.DictReader(rows))


@pytest.fixture(scope="module")
def kaltim() -> ElectionFile:
    return read_election_file(FOLDER / "election.toml")


def test_every_total_is_the_known_one(kaltim: ElectionFile) -> None:
    assert len(kaltim.tps) == 6274 == sum(TPS_OF_KABKOTA.values())
    codes = [station.code for station in kaltim.tps]
    assert Counter(code[:4] for code in codes) == TPS_OF_KABKOTA
    assert Counter(code[:6] for code in codes) == {
        row["code"]: int(row["tps"]) for row in KECAMATAN
    }
    assert len(KECAMATAN) == 105
    desa = {code[:10] for code in codes}
    assert len(desa) == 1038
    assert Counter(code[:6] for code in desa) == {
        row["code"]: int(row["desa"]) for row in KECAMATAN
    }


def test_tps_are_spread_evenly_and_numbered_from_one(kaltim: ElectionFile) -> None:
    counts = Counter(station.code[:10] for station in kaltim.tps)
    for row in KECAMATAN:
        here = [count for desa, count in counts.items() if desa.startswith(row["code"])]
        assert max(here) - min(here) <= 1
    known = {station.code for station in kaltim.tps}
    for desa, count in counts.items():
        assert {f"{desa}{number:03d}" for number in range(1, count + 1)} <= known


def test_what_is_not_known_is_left_open(kaltim: ElectionFile) -> None:
    assert {station.registered for station in kaltim.tps} == {None}
    assert kaltim.election.simulated
    names = {name for contest in kaltim.contests for name in contest.candidates}
    assert names == {"Paslon 1", "Paslon 2", "Paslon 3", "Paslon 4", "Kolom kosong"}


def test_the_contests(kaltim: ElectionFile) -> None:
    governor, *others = kaltim.contests
    assert (governor.area, len(governor.candidates)) == ("64", 2)
    assert {item.area: len(item.candidates) for item in others} == PASLON
    (samarinda,) = (item for item in others if item.area == "6472")
    assert samarinda.candidates == ("Kolom kosong", "Paslon 2")
    for item in others:
        assert all(form.endswith(f"-{len(item.candidates)}p") for form in item.form_ids)
        assert ("walikota" in item.form_ids[0]) == (item.area[2] == "7")


def test_every_contest_has_its_forms_with_a_row_for_each_paslon(kaltim: ElectionFile) -> None:
    for item in kaltim.contests:
        for form in map(load_form, item.form_ids):
            votes = [field for field in form.fields.values() if field.role == "votes"]
            assert len(votes) == len(item.candidates)
    assert list(without_definition(kaltim.contests)) == []
    other = replace(kaltim.contests[1], form_ids=("c-hasil-baru",))
    assert list(without_definition([other])) == [
        f"no definition yet of form c-hasil-baru ({other.id}): its photos are not read"
    ]


def test_the_names_of_the_table_are_those_of_the_codes() -> None:
    for row in KECAMATAN:
        assert same_place(place_names(row["code"])["kecamatan"], row["kecamatan"])


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_kaltim", ROOT / "samples/make_kaltim.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_list_can_be_made_again(maker: ModuleType) -> None:
    assert maker.listed() == (FOLDER / "tps.csv").read_text(encoding="utf-8")


@pytest.mark.dev_data
def test_the_figures_are_those_of_the_source(dev_data: Path) -> None:
    source = dev_data / "regions" / "kaltim_pilkada2024.json"
    places = json.loads(source.read_text(encoding="utf-8"))
    found = {
        (item["kode"], item["tps"], item["n_desa"])
        for kabkota in places["kabkota"]
        for item in kabkota["kecamatan"]
    }
    assert found == {(row["code"], int(row["tps"]), int(row["desa"])) for row in KECAMATAN}
    pairs = places["paslon"]["bupati_walikota"]
    assert {code: len(item) for code, item in pairs.items()} == PASLON


def test_it_is_set_up_and_the_re_votes_ordered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(tmp_path))
    command = CliRunner()
    made = command.invoke(app, ["election", "init", str(FOLDER / "election.toml")])
    assert made.exit_code == 0
    told = made.output.splitlines()
    assert told[0].endswith("11 contests, 6274 TPS")
    assert told[1].startswith("registered voters are not known for 6274 TPS")
    assert "no definition" not in made.output
    for known in ("", " (known already)"):
        ordered = command.invoke(app, ["election", "order", str(FOLDER / "psu-2025.toml")])
        assert ordered.exit_code == 0
        assert ordered.output.splitlines()[:2] == [
            "bupati-kutai-kartanegara-psu: round 2 of bupati-kutai-kartanegara, 1447 TPS, "
            f"photos since 2025-04-18 16:00 UTC{known}",
            "bupati-mahakam-ulu-psu: round 2 of bupati-mahakam-ulu, 77 TPS, "
            f"photos since 2025-05-23 16:00 UTC{known}",
        ]
    again = command.invoke(app, ["election", "init", str(FOLDER / "election.toml")])
    assert again.exit_code == 0
    engine = open_engine(Settings().database)
    with read_session(engine) as session:
        governor = recap_of(session, "gubernur")
        assert (governor.counted, governor.expected, governor.revotes) == (0, 6274, 0)
        kukar = recap_of(session, "bupati-kutai-kartanegara")
        assert (kukar.counted, kukar.expected, kukar.revotes) == (0, 1447, 1447)
        assert get_contest(session, "bupati-mahakam-ulu-psu").limited
        assert {row.code: row.recap.expected for row in children(session, "gubernur", "64")} == (
            TPS_OF_KABKOTA
        )
        for contest in ("gubernur", "walikota-samarinda"):
            assert recap_view(session, get_contest(session, contest), "", "id").defined
        monkeypatch.setattr("digitizer.api.recap_view.main_form", lambda _contest: None)
        assert not recap_view(session, get_contest(session, "gubernur"), "", "id").defined
        assert [item.name for item in list_wilayah(session)] == ["Kalimantan Timur"]
    engine.dispose()


def test_the_order_names_no_person() -> None:
    file = read_order_file(FOLDER / "psu-2025.toml")
    assert {item.candidates for item in file.rounds} == {("Paslon 1", "Paslon 2", "Paslon 3")}
