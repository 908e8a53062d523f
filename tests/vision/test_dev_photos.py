"""The development photos: every row of expected.csv, and what is read on the sheets it calls read.

What is read on the scans of 2019 and on the c.digital sheets is measured by `make accuracy`.
"""

import csv
from functools import cache
from pathlib import Path

import cv2
import pytest

from benchmarks.dev_locate import Seen, fault, look
from digitizer.vision.digits import GlyphReader

pytestmark = pytest.mark.dev_data

PPWP = "c-hasil-ppwp-2024"
HAL2 = {"paslon_1": "123", "paslon_2": "274", "paslon_3": "X32"}
HAL3 = {"suara_sah": "427", "suara_tidak_sah": "__3", "suara_total": "430"}
CORNER_MARKS_ONLY = "negatives/07_corner_marks_only.jpg"


@cache
def seen(path: Path) -> Seen:
    """What becomes of a photo; read once for all tests."""
    cv2.setNumThreads(1)
    return look(path, GlyphReader.load())


def rows(dev_data: Path) -> list[dict[str, str]]:
    with (dev_data / "photos/expected.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_row_holds_in_form_page_turn_and_refusal(dev_data: Path) -> None:
    found = {row["file"]: seen(dev_data / "photos" / row["file"]) for row in rows(dev_data)}
    assert len(found) == 42
    faults = {row["file"]: said for row in rows(dev_data) if (said := fault(row, found))}
    assert faults == {}


def test_every_scan_of_2019_is_located(dev_data: Path) -> None:
    scans = sorted((dev_data / "photos/c1_2019").glob("*.jpg"))
    assert [seen(scan).page for scan in scans] == [("c1-ppwp-2019", 2)] * 25
    assert {seen(scan).method for scan in scans} <= {"corners", "print"}


@pytest.mark.parametrize("name", ["data_sample_02.jpg", "pwp_sample_01.jpg"])
def test_the_redesigned_sheets_are_located_by_their_corner_marks(dev_data: Path, name: str) -> None:
    sheet = seen(dev_data / "photos/cdigital" / name)
    assert sheet.page == ("c-hasil-ppwp-cdigital-2024", 2 if name.startswith("pwp") else 1)
    assert sheet.method == "corners"


def test_corner_marks_alone_are_no_page_of_any_form(dev_data: Path) -> None:
    empty = seen(dev_data / "photos" / CORNER_MARKS_ONLY)
    assert (empty.page, empty.problem) == (None, "unknown_form")


@pytest.mark.parametrize(
    ("file", "page", "turns", "labels"),
    [
        ("ppwp_2024_screen/pilpres-2024-hal2.jpg", 2, 0, HAL2),
        ("ppwp_2024_screen/pilpres-2024-hal3.jpg", 3, 0, HAL3),
        ("negatives/08_upside_down_hal2.jpg", 2, 2, HAL2),
        ("negatives/09_rotated_90_hal3.jpg", 3, 3, HAL3),
    ],
)
def test_screen_photos_read_as_labelled(
    dev_data: Path, file: str, page: int, turns: int, labels: dict[str, str]
) -> None:
    photo = seen(dev_data / "photos" / file)
    assert (photo.page, photo.turns, photo.method) == ((PPWP, page), turns, "tag_and_corners")
    assert {name: photo.written[name] for name in labels} == labels


def test_a_softened_photo_is_refused_as_blurred_or_gives_no_wrong_number(dev_data: Path) -> None:
    photo = seen(dev_data / "photos/ppwp_2024_screen/pilpres-2024-hal2-softened.jpg")
    if photo.page is None:
        assert photo.problem == "too_blurred"
    else:
        assert photo.page == (PPWP, 2)
        for name, label in HAL2.items():
            written = photo.written[name]
            assert all(glyph in (true, "?") for glyph, true in zip(written, label, strict=True))


def test_on_a_blank_page_no_digit_is_invented(dev_data: Path) -> None:
    photo = seen(dev_data / "photos/ppwp_2024_screen/pilpres-2024-hal1.jpg")
    assert photo.page == (PPWP, 1)
    boxes = "".join(photo.written.values())
    assert set(boxes) <= {"_", "?"}
    assert boxes.count("?") <= 2
