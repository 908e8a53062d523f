"""Over every sample and development photo: nothing clear is wrong, and no value is invented."""

import csv
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import cv2
import pytest

from benchmarks.dev_locate import shown
from benchmarks.photos_accuracy import PhotoReader, Result, Truth, counted, samples, screen_photos
from digitizer.store.election_file import read_election_file
from tests.conftest import ROOT

PPWP_FILES = {
    "ppwp_2024_screen/pilpres-2024-hal1.jpg": 1,
    "ppwp_2024_screen/pilpres-2024-hal2.jpg": 2,
    "ppwp_2024_screen/pilpres-2024-hal3.jpg": 3,
    "negatives/08_upside_down_hal2.jpg": 2,
    "negatives/09_rotated_90_hal3.jpg": 3,
}


EXPECTED = tuple(
    form
    for contest in read_election_file(ROOT / "samples/election.toml").contests
    for form in contest.form_ids
)


@cache
def reader() -> PhotoReader:
    cv2.setNumThreads(1)
    return PhotoReader()


def assert_honest(result: Result) -> None:
    assert result.wrong == (), result.name
    if result.clear:
        assert result.right == result.fields, f"{result.name} is clear and not exact"


ACCEPTED = {
    row["file"]: row["accept"] for row in json.loads((ROOT / "samples/expected.json").read_text())
}


@pytest.mark.parametrize("truth", samples(ROOT / "samples"), ids=lambda truth: truth.name)
def test_samples(truth: Truth) -> None:
    result = reader().result(truth, expected=EXPECTED)
    assert_honest(result)
    verdict = "clear" if result.clear else "doubtful" if result.located else "unreadable"
    assert verdict in ACCEPTED[truth.name]


def test_screen_photos_give_no_wrong_value(dev_data: Path) -> None:
    for truth in screen_photos(dev_data):
        assert_honest(reader().result(truth))


def test_screen_photos_are_read_as_the_labels_say(dev_data: Path) -> None:
    labels = {truth.name: truth.as_written for truth in screen_photos(dev_data)}
    with (dev_data / "photos" / "expected.csv").open(encoding="utf-8") as file:
        same = {row["file"]: row["same_values_as"] or row["file"] for row in csv.DictReader(file)}
    for name, page in PPWP_FILES.items():
        data = (dev_data / "photos" / name).read_bytes()
        truth = Truth(name, data, "c-hasil-ppwp-2024", page, labels[same[name]])
        result = reader().result(truth)
        assert result.located, name
        assert_honest(result)
        unsure = sum("?" in text for text in truth.as_written.values())
        assert result.right >= result.fields - unsure, name


def other_pictures(dev_data: Path) -> Iterator[Path]:
    """Pictures of no known form."""
    folder = dev_data / "photos"
    yield folder / "cdigital" / "dpr10_sample_01.jpeg"
    yield from (
        path for path in sorted((folder / "negatives").iterdir())
        if f"negatives/{path.name}" not in PPWP_FILES
    )  # fmt: skip


@pytest.mark.parametrize("folder", ["c1_2019", "cdigital"])
def test_sheets_of_other_years_and_designs_are_clear_only_if_exact(
    dev_data: Path, folder: str
) -> None:
    for truth in sheets(dev_data, folder):
        result = reader().result(truth)
        assert result.located, truth.name
        if result.clear:
            assert result.wrong == (), truth.name


def sheets(dev_data: Path, folder: str) -> Iterator[Truth]:
    """The development photos of a folder whose form is known, with what is written on them."""
    rows: dict[str, dict[str, str]] = {}
    with (dev_data / "photos" / "labels_dev.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["file"].startswith(folder) and "." not in row["field"]:
                rows.setdefault(row["file"], {})[row["field"]] = row["value_as_written"]
    for name, written in rows.items():
        if (page := shown(name)) is not None:
            data = (dev_data / "photos" / name).read_bytes()
            yield Truth(name, data, *page, counted(page[0], written))


def test_pictures_of_anything_else_give_no_number(dev_data: Path) -> None:
    for path in other_pictures(dev_data):
        truth = Truth(path.name, path.read_bytes(), "none", 0, {})
        result = reader().result(truth)
        assert not result.wrong, f"{path.name} was taken for a form it is not"


def test_counted_leaves_dates_out() -> None:
    assert counted("c-hasil-ppwp-2024", {"tanggal": "14", "suara_sah": "427"}) == {
        "suara_sah": "427"
    }
