"""Locating: a good page is placed exactly, a defaced one is refused with its reason."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from digitizer.domain.form import FormSpec
from digitizer.domain.geometry import Rect
from digitizer.errors import PageNotLocated, PhotoProblem
from digitizer.forms import load_form, load_forms
from digitizer.vision.locate import PageLocation, locate_page, project
from tests.vision.pages import PPWP, Image, around, good_shot, painted, photo_of

FORMS = load_forms()
SPEC = load_form(PPWP).page(2)
OTHER_FORM = [form for form in FORMS if form.id != PPWP]


def without(image: Image, *corners: str) -> Image:
    """The good photo with some corner marks whited out."""
    out = image
    for mark in SPEC.fiducials:
        if mark.corner in corners:
            out = painted(out, good_shot().truth, around(mark.point.x, mark.point.y, 10))
    return out


def without_tag(image: Image) -> Image:
    assert SPEC.tag is not None
    return painted(image, good_shot().truth, SPEC.tag.rect.grown(2))


def error_mm(location: PageLocation) -> float:
    """The largest distance of any digit box from its true place, in page millimetres."""
    centres = np.array([(b.centre.x, b.centre.y) for f in SPEC.fields for b in f.digit_boxes])
    seen = good_shot().truth.project(centres)
    back = np.asarray(np.linalg.inv(location.homography), np.float64)
    return float(np.linalg.norm(project(back, seen) - centres, axis=1).max())


def refused(image: Image, forms: Sequence[FormSpec] = FORMS) -> PageNotLocated:
    with pytest.raises(PageNotLocated) as caught:
        locate_page(photo_of(image), forms)
    assert caught.value.message
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("page", [1, 2, 3])
def test_every_page_is_known_by_its_tag(page: int) -> None:
    location = locate_page(photo_of(good_shot(page).image), FORMS)
    assert (location.form.id, location.page.number) == (PPWP, page)
    assert location.method == "tag_and_corners"
    assert location.turns == 0


def test_a_good_page_is_placed_within_a_millimetre_or_so() -> None:
    location = locate_page(photo_of(good_shot().image), FORMS)
    assert error_mm(location) < 2.0
    assert location.reprojection_error_mm < 1.0


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_photo_says_how_to_turn_it_back(turns: int) -> None:
    turned = np.ascontiguousarray(np.rot90(good_shot().image, turns))
    location = locate_page(photo_of(turned), FORMS)
    assert location.method == "tag_and_corners"
    assert location.turns == turns


@pytest.mark.parametrize(
    "hidden",
    [
        ("top_left",),
        ("top_right",),
        ("bottom_right",),
        ("bottom_left",),
        ("top_right", "bottom_right"),
    ],
)
def test_two_or_three_corner_marks_and_the_tag_are_enough(hidden: tuple[str, ...]) -> None:
    location = locate_page(photo_of(without(good_shot().image, *hidden)), FORMS)
    assert location.method == "tag_and_some_corners"
    assert error_mm(location) < 9.0


def test_a_dark_blob_is_not_taken_for_a_corner_mark() -> None:
    mark = SPEC.fiducials[0].point
    blank = without(good_shot().image, "top_left")
    blob = painted(blank, good_shot().truth, around(mark.x + 4, mark.y + 3, 7), grey=10)
    location = locate_page(photo_of(blob), FORMS)
    assert location.method == "tag_and_some_corners"
    assert error_mm(location) < 9.0


def test_one_corner_mark_is_not_enough() -> None:
    error = refused(without(good_shot().image, "top_left", "bottom_left", "bottom_right"))
    assert error.problem == "page_incomplete"
    assert error.message == (
        "found 1 of 4 corner marks of c-hasil-ppwp-2024 page 2 "
        "(missing top left, bottom right, bottom left), needed 2 beside the tag"
    )


def test_a_page_without_its_tag_is_an_unknown_form() -> None:
    error = refused(without_tag(good_shot().image))
    assert error.problem == "unknown_form"
    assert error.message == "found 4 corner marks but no tag of a known form"


def test_a_tag_that_no_form_carries_is_an_unknown_form() -> None:
    error = refused(good_shot().image, OTHER_FORM)
    assert error.problem == "unknown_form"
    assert error.message == "found tag 102 of DICT_APRILTAG_36h10, which no known form carries"


@pytest.mark.parametrize("half", ["upper", "lower"])
def test_half_a_page_is_incomplete(half: str) -> None:
    image = good_shot().image
    middle = image.shape[0] // 3 if half == "upper" else image.shape[0] // 2
    assert refused(image[:middle] if half == "upper" else image[middle:]).problem == (
        "page_incomplete"
    )


def test_a_mirrored_page_is_never_placed() -> None:
    assert refused(np.ascontiguousarray(good_shot().image[:, ::-1])).problem in {
        "unknown_form",
        "no_form",
        "page_incomplete",
    }


@pytest.mark.parametrize(("grey", "problem"), [(0, "too_dark"), (20, "too_dark"), (230, "no_form")])
def test_an_empty_picture_is_named(grey: int, problem: PhotoProblem) -> None:
    assert refused(np.full((1200, 900, 3), grey, dtype=np.uint8)).problem == problem


def test_a_blurred_page_is_named() -> None:
    assert (
        refused(np.asarray(cv2.GaussianBlur(good_shot().image, (0, 0), 9), np.uint8)).problem
        == "too_blurred"
    )


def test_a_shaken_page_is_named_although_its_edges_along_the_way_stay_sharp() -> None:
    shaken = np.asarray(cv2.blur(good_shot().image, (31, 1)), np.uint8)
    assert refused(shaken).problem == "too_blurred"


def test_a_private_rectangle_never_helps_to_locate() -> None:
    image = good_shot().image
    for rect in SPEC.private:
        image = painted(image, good_shot().truth, Rect(rect.x, rect.y, rect.width, rect.height))
    assert locate_page(photo_of(image), FORMS).method == "tag_and_corners"
