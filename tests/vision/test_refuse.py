"""Refusals: each names what is wrong with the picture, with what was found and needed."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitizer.domain.reading import Quality
from digitizer.errors import Numbers, PageUnreadable
from digitizer.forms import load_form
from digitizer.vision.mark_search import find_marks
from digitizer.vision.refuse import (
    DARK_GREY,
    SURE_MARK,
    edge_sharpness,
    enclose_sheet,
    grey_level,
    reduced,
    refusal_without_tag,
    refuse_if_unreadable,
)
from tests.vision.pages import PPWP, Image, around, good_shot, painted

FORM = load_form(PPWP)
PAGE = FORM.page(2)
GOOD = Quality(
    pixels_per_mm=2.0, box_pixels=36.0, sharpness=0.8, brightness=210.0, light=220.0, glare=0.0
)


def grey(image: Image) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def without_marks(*corners: str) -> Image:
    """The good photo with its tag and some corner marks painted over."""
    assert PAGE.tag is not None
    out = painted(good_shot().image, good_shot().truth, PAGE.tag.rect.grown(2))
    for mark in PAGE.fiducials:
        if mark.corner in corners:
            out = painted(out, good_shot().truth, around(mark.point.x, mark.point.y, 10))
    return out


def refused(image: Image) -> tuple[str, Numbers]:
    error = refusal_without_tag(grey(image))
    assert error.message
    assert error.hint
    return error.problem, error.numbers


def test_a_page_without_its_tag_shows_its_four_marks() -> None:
    assert refused(without_marks()) == ("unknown_form", {"variant": "marks", "found": 4})


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_marks_are_seen_in_any_turn(turns: int) -> None:
    turned = np.ascontiguousarray(np.rot90(without_marks(), turns))
    assert refused(turned) == ("unknown_form", {"variant": "marks", "found": 4})


@pytest.mark.parametrize(
    ("hidden", "found"),
    [(("top_left",), 3), (("top_left", "top_right"), 2), (("top_left", "bottom_right"), 2)],
)
def test_marks_that_enclose_no_sheet_are_part_of_one(hidden: tuple[str, ...], found: int) -> None:
    numbers = {"variant": "half", "found": found, "needed": 4}
    assert refused(without_marks(*hidden)) == ("page_incomplete", numbers)


def test_one_mark_is_no_form() -> None:
    numbers = {"variant": "marks", "found": 1, "needed": 4}
    image = without_marks("top_left", "top_right", "bottom_left")
    assert refused(image) == ("no_form", numbers)


def test_an_empty_wall_is_no_form() -> None:
    numbers = {"variant": "marks", "found": 0, "needed": 4}
    assert refused(np.full((1200, 900, 3), 230, np.uint8)) == ("no_form", numbers)


def test_a_dark_picture_is_named_with_its_grey() -> None:
    numbers = {"variant": "light", "found": 20, "needed": DARK_GREY}
    assert refused(np.full((1200, 900, 3), 20, np.uint8)) == ("too_dark", numbers)


@pytest.mark.parametrize("kernel", [(31, 1), (1, 31), (25, 25)])
def test_a_blurred_page_is_named_even_where_one_way_stays_sharp(kernel: tuple[int, int]) -> None:
    problem, numbers = refused(np.asarray(cv2.blur(good_shot().image, kernel), np.uint8))
    assert problem == "too_blurred"
    assert numbers["variant"] == "contrast"
    assert 0 <= int(numbers["found"]) < int(numbers["needed"]) == 60


def test_a_picture_without_edges_has_no_sharpness() -> None:
    assert edge_sharpness(np.full((600, 800), 128, np.uint8)) is None


def test_a_large_picture_is_judged_small_and_a_small_one_as_it_is() -> None:
    assert reduced(np.zeros((4000, 3000), np.uint8)).shape == (1000, 750)
    assert reduced(np.zeros((3001, 4032), np.uint8)).shape == (744, 1000)
    assert reduced(np.zeros((600, 800), np.uint8)).shape == (600, 800)


def test_a_grey_level_has_its_share_of_pixels_below() -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert grey_level(ramp, 0.5) == 127
    assert grey_level(ramp, 0.99) == 253


@pytest.mark.parametrize(
    ("quality", "problem", "numbers"),
    [
        (
            {"light": 31.0},
            "too_dark",
            {"variant": "light", "found": 31, "needed": 48},
        ),
        ({"glare": 0.75}, "glare", {"variant": "boxes", "found": 75, "needed": 50}),
        ({"sharpness": 0.021}, "too_blurred", {"variant": "contrast", "found": 2, "needed": 4}),
    ],
)
def test_a_placed_page_that_nobody_can_read_is_refused(
    quality: dict[str, float], problem: str, numbers: dict[str, int | str]
) -> None:
    refuse_if_unreadable(FORM, PAGE, GOOD)
    measured = {name: getattr(GOOD, name) for name in Quality.__slots__} | quality
    with pytest.raises(PageUnreadable) as caught:
        refuse_if_unreadable(FORM, PAGE, Quality(**measured))
    assert caught.value.problem == problem
    assert caught.value.numbers == {**numbers, "form": PPWP, "page": 2}


@pytest.mark.dev_data
@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("01_plain_text_page.png", "no_form"),
        ("02_number_table.png", "no_form"),
        ("03_noise_scene.jpg", "no_form"),
        ("04_lens_covered.jpg", "too_dark"),
        ("05_half_page_cdigital.jpg", "page_incomplete"),
        ("06_half_page_plano.jpg", "page_incomplete"),
        ("07_corner_marks_only.jpg", "unknown_form"),
    ],
)
def test_each_negative_is_refused_for_its_own_reason(
    dev_data: Path, name: str, problem: str
) -> None:
    data = np.fromfile(dev_data / "photos" / "negatives" / name, np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    assert image is not None
    assert refusal_without_tag(np.asarray(image, np.uint8)).problem == problem


@pytest.mark.dev_data
def test_the_marks_of_a_real_sheet_are_seen_and_nothing_else(dev_data: Path) -> None:
    data = np.fromfile(dev_data / "photos" / "cdigital" / "data_sample_02.jpg", np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    assert image is not None
    small = reduced(np.asarray(image, np.uint8))
    marks = find_marks(small, SURE_MARK)
    assert len(marks) == 4
    assert enclose_sheet(marks, small.shape)
