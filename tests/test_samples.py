"""The shipped samples are complete, small enough, and say what is on them."""

import csv
import importlib.util
import json
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest

from digitizer.domain.number import spell
from digitizer.forms import load_form
from tests.conftest import ROOT

SAMPLES = ROOT / "samples"
EXPECTED: list[dict[str, Any]] = json.loads((SAMPLES / "expected.json").read_text("utf-8"))
TPS = list(csv.DictReader((SAMPLES / "tps.csv").open(encoding="utf-8")))


def named(row: dict[str, Any]) -> str:
    return Path(row["file"]).stem


def test_photos_weigh_at_most_15_mb() -> None:
    assert sum(path.stat().st_size for path in (SAMPLES / "photos").iterdir()) <= 15_000_000


def test_every_photo_has_an_expectation_and_every_expectation_a_photo() -> None:
    assert {row["file"] for row in EXPECTED} == {
        f"photos/{path.name}" for path in (SAMPLES / "photos").iterdir()
    }


def test_enough_of_every_kind() -> None:
    forms = [(row["tps"], row["form"]) for row in EXPECTED]
    kwk = {tps for tps, form in forms if form == "c-hasil-kwk-gubernur-2024-2p"}
    ppwp = {tps for tps, form in forms if form == "c-hasil-ppwp-2024"}
    assert len(kwk) >= 12 and len(ppwp) >= 2
    whole_clear = {
        tps for tps in kwk if all(r["accept"] == ["clear"] for r in EXPECTED if r["tps"] == tps)
    }
    assert len(whole_clear) >= 5
    assert sum(row["accept"] == ["doubtful"] for row in EXPECTED) >= 4
    assert any(row["accept"] == ["unreadable"] for row in EXPECTED)


@pytest.mark.parametrize("row", EXPECTED, ids=named)
def test_an_expectation_covers_its_page(row: dict[str, Any]) -> None:
    form = load_form(row["form"])
    fields = {field.id: field for field in form.page(row["page"]).fields if field.counted}
    assert set(row["fields"]) == set(fields)
    for name, expected in row["fields"].items():
        assert len(expected["as_written"]) == len(fields[name].digit_boxes)
        assert expected["value"] == spell(expected["as_written"]).value
        assert (expected["bubbles"] is None) == (not fields[name].bubbles)
    assert Path(row["file"]).name == f"{row['tps']}-hal{row['page']}.jpg"
    assert set(row["accept"]) <= {"clear", "doubtful", "unreadable"}


@pytest.mark.parametrize("row", EXPECTED, ids=named)
def test_a_photo_is_a_picture(row: dict[str, Any]) -> None:
    picture = cv2.imread(str(SAMPLES / row["file"]), cv2.IMREAD_REDUCED_GRAYSCALE_8)
    assert picture is not None and min(picture.shape) > 60  # pixels, an eighth of the photo's


def test_registered_voters_are_those_on_the_forms() -> None:
    registered = {row["code"]: int(row["registered"]) for row in TPS}
    written = {
        row["tps"]: row["fields"]["pemilih_dpt_j"]["value"] for row in EXPECTED if row["page"] == 1
    }
    assert {tps: registered[tps] for tps in written} == written


def test_tps_codes_belong_to_two_kecamatan() -> None:
    assert len({row["code"] for row in TPS}) == len(TPS) == 16
    assert all(len(row["code"]) == 13 and row["code"].isdigit() for row in TPS)
    assert {row["code"][:6] for row in TPS} == {"641103", "641104"}


def test_the_election_is_a_simulation_without_names() -> None:
    election = tomllib.loads((SAMPLES / "election.toml").read_text("utf-8"))
    assert election["simulated"] is True
    assert election["title"].startswith("SIMULASI")
    for contest in election["contest"]:
        numbered = [f"Paslon {n}" for n in range(1, len(contest["candidates"]) + 1)]
        assert contest["candidates"] == numbered
        assert all(load_form(form_id) for form_id in contest["form_ids"])


def test_only_the_inconsistent_form_has_wrong_sums() -> None:
    broken = set()
    for row in EXPECTED:
        if row["form"].startswith("c-hasil-kwk") and row["page"] == 2:
            values = {name: field["value"] for name, field in row["fields"].items()}
            parts = (values["paslon_1"], values["paslon_2"])
            if None not in parts and sum(parts) != values["suara_sah"]:
                broken.add(row["tps"])
    assert broken == {"6411042003001"}


def test_the_readme_names_every_tps() -> None:
    text = (SAMPLES / "README.md").read_text("utf-8")
    assert all(row["tps"] in text for row in EXPECTED)


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_samples", SAMPLES / "make_samples.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module


def test_the_samples_can_be_made_again(maker: ModuleType, tmp_path: Path) -> None:
    places = maker.stations()
    assert [tps.code for tps in places] == [row["code"] for row in TPS]
    sample = next(sample for sample in maker.SAMPLES if sample.tps == 8)
    rows = list(maker.make_form(sample, places[8], tmp_path))
    assert rows == [row for row in EXPECTED if row["tps"] == places[8].code]
    for row in rows:
        again = cv2.imread(str(tmp_path / Path(row["file"]).name))
        shipped = cv2.imread(str(SAMPLES / row["file"]))
        assert again is not None and shipped is not None and again.shape == shipped.shape
        # Another processor may round differently; another drawing differs by far more.
        assert np.abs(again.astype(float) - shipped).mean() < 1.0
