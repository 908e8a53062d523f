"""The development photos: real sheets, or screens showing them, with labels read by eye."""

import csv
from pathlib import Path

import pytest

from digitizer.errors import PhotoError
from digitizer.forms import load_forms
from digitizer.vision.cells import read_cells
from digitizer.vision.digits import GlyphReader
from digitizer.vision.locate import locate_page
from digitizer.vision.photo import decode_photo
from digitizer.vision.rectify import rectify
from digitizer.vision.segment import segment

pytestmark = pytest.mark.dev_data

FORM = "c-hasil-ppwp-2024"
HAL2 = {"paslon_1": "123", "paslon_2": "274", "paslon_3": "X32"}
HAL3 = {"suara_sah": "427", "suara_tidak_sah": "__3", "suara_total": "430"}


def read(path: Path) -> tuple[str, int, dict[str, str]]:
    photo = decode_photo(path.read_bytes())
    page = rectify(photo, locate_page(photo, load_forms()))
    reading = read_cells(page, segment(page), GlyphReader.load())
    return (
        reading.form,
        reading.page,
        {name: field.as_written for name, field in reading.fields.items()},
    )


@pytest.mark.parametrize(
    ("file", "page", "labels"),
    [
        ("ppwp_2024_screen/pilpres-2024-hal2.jpg", 2, HAL2),
        ("ppwp_2024_screen/pilpres-2024-hal3.jpg", 3, HAL3),
        ("negatives/08_upside_down_hal2.jpg", 2, HAL2),
        ("negatives/09_rotated_90_hal3.jpg", 3, HAL3),
    ],
)
def test_screen_photos_read_as_labelled(
    dev_data: Path, file: str, page: int, labels: dict[str, str]
) -> None:
    form, number, found = read(dev_data / "photos" / file)
    assert (form, number) == (FORM, page)
    assert {name: found[name] for name in labels} == labels


def test_on_a_blank_page_no_digit_is_invented(dev_data: Path) -> None:
    form, number, found = read(dev_data / "photos/ppwp_2024_screen/pilpres-2024-hal1.jpg")
    assert (form, number) == (FORM, 1)
    boxes = "".join(found.values())
    assert set(boxes) <= {"_", "?"}
    assert boxes.count("?") <= 2


def test_every_other_photo_is_refused_with_its_reason(dev_data: Path) -> None:
    forms = load_forms()
    with (dev_data / "photos/expected.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["expect"] != "read"]
    # Every c1_2019 scan takes the same way; a few stand for all.
    chosen = [row for row in rows if "c1_2019" not in row["file"] or row["file"][-5] in "15"]
    wrong: list[tuple[str, str, str]] = []
    for row in chosen:
        try:
            photo = decode_photo((dev_data / "photos" / row["file"]).read_bytes())
            location = locate_page(photo, forms)
        except PhotoError as error:
            known = {row["problem"]}
            if row["problem"] == "unknown_form" and "negatives" not in row["file"]:
                known |= {"no_form", "page_incomplete"}  # forms whose marks are not known yet
            if error.problem not in known:
                wrong.append((row["file"], error.problem, row["problem"]))
        else:
            wrong.append((row["file"], location.form.id, row["problem"]))
    assert not wrong
