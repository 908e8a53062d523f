"""Locating: each method places a good page exactly; what none can place is refused by its reason.

Most tests deface a good photo whose truth is known.
"""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from digitizer.domain.form import Corner
from digitizer.domain.geometry import Rect
from digitizer.domain.reading import Method
from digitizer.errors import PageNotLocated, PhotoProblem
from digitizer.forms import load_form, load_forms
from digitizer.pipeline import atlas_of
from digitizer.vision import seen_tags
from digitizer.vision.blank import Atlas
from digitizer.vision.locate import PageLocation, locate_page
from digitizer.vision.sight import Miss, Sight
from tests.vision.pages import (
    ALL_CORNERS,
    PAGE,
    PPWP,
    Image,
    around,
    empty_sheet,
    good_shot,
    painted,
    photo_of,
    turned,
    with_tag_of,
    without_marks,
    without_tag,
)

ATLAS = atlas_of(load_forms())
OTHER_FORMS = atlas_of(tuple(form for form in load_forms() if form.id != PPWP))


def located(image: Image) -> PageLocation:
    """Where the good page lies; whatever was done to it, it is page 2 of PPWP."""
    location = locate_page(photo_of(image), ATLAS)
    assert (location.form.id, location.page.number) == (PPWP, 2)
    return location


def error_px(location: PageLocation) -> float:
    """The largest distance of any digit box from its true place, in pixels of the photo."""
    centres = np.array([(b.centre.x, b.centre.y) for f in PAGE.fields for b in f.digit_boxes])
    off = location.project(centres) - good_shot().truth.project(centres)
    return float(np.linalg.norm(off, axis=1).max())


def refused(image: Image, atlas: Atlas = ATLAS) -> PageNotLocated:
    with pytest.raises(PageNotLocated) as caught:
        locate_page(photo_of(image), atlas)
    assert caught.value.message
    assert caught.value.hint
    return caught.value


def whole(image: Image) -> Image:
    return image


def without_a_mark(image: Image) -> Image:
    return without_marks(image, "top_left")


def without_any(image: Image) -> Image:
    return without_marks(without_tag(image), *ALL_CORNERS)


BY_METHOD: tuple[tuple[Method, Callable[[Image], Image]], ...] = (
    ("tag_and_corners", whole),
    ("tag_and_some_corners", without_a_mark),
    ("corners", without_tag),
    ("print", without_any),
)


@pytest.mark.parametrize("page", [1, 2, 3])
def test_every_page_is_known_by_its_tag(page: int) -> None:
    location = locate_page(photo_of(good_shot(page).image), ATLAS)
    assert (location.form.id, location.page.number) == (PPWP, page)
    assert (location.method, location.identity) == ("tag_and_corners", "tag")
    assert location.turns == 0


@pytest.mark.parametrize(("method", "deface"), BY_METHOD)
def test_each_method_places_the_page_within_a_pixel_or_so(
    method: Method, deface: Callable[[Image], Image]
) -> None:
    location = located(deface(good_shot().image))
    assert location.method == method
    assert location.rivals == ()
    assert location.support > 0.8
    assert location.residual_mm < 0.5
    assert error_px(location) < 2.0  # a digit box has 34


@pytest.mark.parametrize("turns", [1, 2, 3])
@pytest.mark.parametrize(("method", "deface"), BY_METHOD)
def test_a_turned_photo_says_how_to_turn_it_back(
    method: Method, deface: Callable[[Image], Image], turns: int
) -> None:
    location = located(turned(deface(good_shot().image), turns))
    assert location.method == method
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
def test_two_or_three_corner_marks_and_the_tag_are_enough(hidden: tuple[Corner, ...]) -> None:
    location = located(without_marks(good_shot().image, *hidden))
    assert (location.method, location.identity) == ("tag_and_some_corners", "tag")
    assert error_px(location) < 1.0


def test_a_dark_blob_is_not_taken_for_a_corner_mark() -> None:
    mark = PAGE.fiducials[0].point
    blank = without_marks(good_shot().image, "top_left")
    blob = painted(blank, good_shot().truth, around(mark.x + 4, mark.y + 3, 7), grey=10)
    location = located(blob)
    assert location.method == "tag_and_some_corners"
    assert error_px(location) < 1.0


def test_one_corner_mark_and_the_tag_are_not_enough_but_the_print_is() -> None:
    image = without_marks(good_shot().image, "top_left", "bottom_left", "bottom_right")
    location = located(image)
    assert location.method == "print"
    assert error_px(location) < 1.0


def test_a_tag_with_the_number_0_is_an_unknown_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is seen at the first size of the photo, and at no other."""
    numbers = iter([0])
    monkeypatch.setattr(seen_tags, "find_tags", lambda *_: ((), {}))
    monkeypatch.setattr(seen_tags, "unknown_tag", lambda *_: next(numbers, None))
    found = seen_tags.seen_tags(Sight.of(photo_of(good_shot().image)), ATLAS)
    assert isinstance(found, Miss)
    assert found.refusal.numbers == {"variant": "tag", "tag": 0}


def test_four_corner_marks_alone_are_named_by_the_titles() -> None:
    location = located(without_tag(good_shot().image))
    assert (location.method, location.identity) == ("corners", "title")


@pytest.mark.parametrize("page", [1, 3])
def test_a_tag_of_another_page_is_a_rival_and_not_believed(page: int) -> None:
    location = located(with_tag_of(good_shot().image, page))
    assert location.identity == "layout"
    assert location.rivals == (f"the tag says {PPWP} page {page}",)
    assert error_px(location) < 1.0


def test_a_tag_that_no_form_carries_is_an_unknown_form() -> None:
    error = refused(good_shot().image, OTHER_FORMS)
    assert error.problem == "unknown_form"
    assert error.message.startswith("found tag 102")
    assert error.numbers == {"variant": "tag", "tag": 102}


def test_a_page_of_a_form_not_known_is_never_a_page_of_another() -> None:
    error = refused(without_tag(good_shot().image), OTHER_FORMS)
    assert error.problem == "unknown_form"
    assert error.numbers == {"variant": "marks", "found": 4}


def test_four_marks_on_an_empty_sheet_are_an_unknown_form() -> None:
    error = refused(empty_sheet())
    assert error.problem == "unknown_form"
    assert error.numbers == {"variant": "marks", "found": 4}


@pytest.mark.parametrize(
    ("rows", "cut"),
    [((0.0, 0.33), "paslon_2 paslon_3"), ((0.5, 1.0), "paslon_1 paslon_2")],
)
def test_half_a_page_is_incomplete_and_says_what_is_cut(
    rows: tuple[float, float], cut: str
) -> None:
    height = good_shot().image.shape[0]
    error = refused(good_shot().image[round(rows[0] * height) : round(rows[1] * height)])
    assert error.problem == "page_incomplete"
    assert error.numbers == {
        "variant": "fields", "page": 2, "found": 1, "needed": 3, "fields": cut,
    }  # fmt: skip


def test_the_left_half_without_a_number_is_incomplete() -> None:
    image = good_shot().image
    error = refused(np.ascontiguousarray(image[:, : image.shape[1] // 2]))
    assert error.problem == "page_incomplete"
    assert error.numbers["found"] == 0


def test_an_edge_cut_off_leaves_tag_and_some_corners() -> None:
    image = good_shot().image
    location = locate_page(photo_of(image[: round(0.9 * image.shape[0])]), ATLAS)
    assert location.method == "tag_and_some_corners"
    assert error_px(location) < 2.0


def test_an_edge_cut_off_with_the_tag_leaves_the_print() -> None:
    image = good_shot().image
    start = round(0.2 * image.shape[0])
    location = locate_page(photo_of(image[start:]), ATLAS)
    assert location.method == "print"
    centres = np.array([(b.centre.x, b.centre.y) for f in PAGE.fields for b in f.digit_boxes])
    off = location.project(centres) + np.array([0, start]) - good_shot().truth.project(centres)
    assert np.linalg.norm(off, axis=1).max() < 2.0


@pytest.mark.parametrize("deface", [whole, without_tag])
def test_a_mirrored_page_is_never_placed(deface: Callable[[Image], Image]) -> None:
    error = refused(np.ascontiguousarray(deface(good_shot().image)[:, ::-1]))
    assert error.problem == "unknown_form"
    assert error.numbers == {"variant": "marks", "found": 4}


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
    for rect in PAGE.private:
        image = painted(image, good_shot().truth, Rect(rect.x, rect.y, rect.width, rect.height))
    assert located(image).method == "tag_and_corners"


def test_an_outline_follows_the_paper_clockwise() -> None:
    location = located(good_shot().image)
    box = load_form(PPWP).fields["paslon_1"].digit_boxes[0]
    other = load_form(PPWP).fields["paslon_2"].digit_boxes[1]
    outline, second = location.outlines([box, other])
    assert np.allclose(second[0], location.project(np.array([(other.x, other.y)]))[0])
    assert np.allclose(outline[0], location.project(np.array([(box.x, box.y)]))[0])
    assert cv2.contourArea(outline.astype(np.float32), oriented=True) > 0
