"""Advice at capture: a good preview is ready, a defaced one is told exactly what to do."""

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from digitizer.domain.advice import Advice, Inspection
from digitizer.domain.geometry import Rect
from digitizer.errors import Numbers
from digitizer.forms import load_form, load_forms
from digitizer.forms.render import render_image
from digitizer.synth.camera import CameraParams, photograph
from digitizer.synth.sheet import Pose
from digitizer.vision.inspect import inspect
from tests.vision.pages import GOOD, PPWP, Image, around, good_shot, painted

FORMS = load_forms()
PAGE = load_form(PPWP).page(2)
NAMED: Numbers = {"form": PPWP, "page": 2}


def preview(image: Image) -> Image:
    scale = 1000 / max(image.shape)
    return np.asarray(
        cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )


def seen(image: Image) -> Inspection:
    return inspect(preview(image), FORMS, (image.shape[1], image.shape[0]))


def covered(image: Image, *rects: Rect, grey: int = 225) -> Image:
    for rect in rects:
        image = painted(image, good_shot().truth, rect, grey)
    return image


def without(*corners: str) -> Image:
    marks = [mark.point for mark in PAGE.fiducials if mark.corner in corners]
    return covered(good_shot().image, *(around(at.x, at.y, 10) for at in marks))


def without_tag(image: Image) -> Image:
    assert PAGE.tag is not None
    return covered(image, PAGE.tag.rect.grown(2))


@cache
def salinan() -> Image:
    """A photo of a sheet that has neither tag nor corner marks."""
    form = load_form("c-hasil-salinan-ppwp-2024")
    size = form.page(1).size
    params = CameraParams(
        pose=Pose(8, 30, 2, 0.004, "arc", 40, 1.5), box_px=80, blur=0.1, surface="wood"
    )
    flat = render_image(form, 1, 8.0)
    return photograph(flat, size, params=params, rng=np.random.default_rng(3)).image


@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_good_page_is_ready(page: int) -> None:
    found = seen(good_shot(page).image)
    assert found.advice == Advice("ready", {"form": PPWP, "page": page})
    assert (found.form, found.page, found.tag) == (PPWP, page, 100 + page)
    assert len(found.seen) == 4
    assert (found.missing, found.glare) == ((), 0)
    assert found.light > 150
    assert found.sharpness is not None
    assert found.sharpness > 0.8


def test_the_scale_is_that_of_the_photo_at_its_full_size() -> None:
    image = good_shot().image
    points = np.array([(300.0, 450.0), (310.0, 450.0)])
    true = float(np.linalg.norm(np.diff(good_shot().truth.project(points), axis=0))) / 10
    found = seen(image)
    assert found.pixels_per_mm == pytest.approx(true, rel=0.05)
    small = preview(image)
    alone = inspect(small, FORMS).pixels_per_mm
    assert alone == pytest.approx(true * 1000 / max(image.shape), rel=0.05)


def test_the_scale_of_a_very_large_photo_is_that_at_which_it_is_decoded() -> None:
    small = preview(good_shot().image)
    height, width = small.shape[:2]
    alone = inspect(small, FORMS).pixels_per_mm
    assert alone is not None
    for times, scale in ((8, 8.0), (9, 4.5)):  # 48 and 61 megapixels
        found = inspect(small, FORMS, (times * width, times * height))
        assert found.pixels_per_mm == pytest.approx(scale * alone)
        assert found.advice.code == "ready"


def test_a_photo_that_would_be_too_large_is_told_so_whatever_it_shows() -> None:
    for image in (good_shot().image, np.asarray(good_shot().image * 0.1, np.uint8)):
        found = inspect(preview(image), FORMS, (16_320, 12_240))
        assert found.advice == Advice("too_large", {"found": 200, "needed": 110})


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_preview_is_ready_too(turns: int) -> None:
    turned = np.ascontiguousarray(np.rot90(good_shot().image, turns))
    assert seen(turned).advice == Advice("ready", NAMED)


def test_corner_marks_of_a_form_of_ones_own_may_be_single_squares() -> None:
    marks = tuple(replace(mark, shape="square") for mark in PAGE.fiducials)
    page = replace(PAGE, fiducials=marks)
    form = replace(load_form(PPWP), pages=(page,), rules=())
    flat = render_image(form, 2, 4.0)
    shot = photograph(flat, page.size, params=GOOD, rng=np.random.default_rng(5))
    found = inspect(preview(shot.image), (form,), (shot.image.shape[1], shot.image.shape[0]))
    assert (found.advice, len(found.seen)) == (Advice("ready", NAMED), 4)
    hidden = marks[2].point
    image = painted(shot.image, shot.truth, around(hidden.x, hidden.y, 10))
    found = inspect(preview(image), (form,), (image.shape[1], image.shape[0]))
    assert (found.advice.code, found.missing) == ("corners_missing", ("bottom_right",))


@pytest.mark.parametrize("corner", ["top_left", "top_right", "bottom_right", "bottom_left"])
def test_a_hidden_corner_is_named(corner: str) -> None:
    numbers = {**NAMED, "found": 3, "needed": 4, "missing": corner}
    found = seen(without(corner))
    assert found.advice == Advice("corners_missing", numbers)
    assert found.missing == (corner,)


def test_a_lower_half_out_of_view_misses_its_corners() -> None:
    image = good_shot().image
    numbers = {**NAMED, "found": 2, "needed": 4, "missing": "bottom_right bottom_left"}
    assert seen(image[: 2 * image.shape[0] // 3]).advice == Advice("corners_missing", numbers)


def test_a_preview_too_far_away_is_told_to_come_closer() -> None:
    small = preview(good_shot().image)
    height, width = good_shot().image.shape[:2]
    advice = inspect(small, FORMS, (width // 3, height // 3)).advice
    assert advice.code == "come_closer"
    assert advice.numbers["needed"] == 20
    assert 10 < int(advice.numbers["found"]) < 15


def test_burnt_out_boxes_are_counted() -> None:
    boxes = PAGE.fields[0].digit_boxes
    image = covered(good_shot().image, *(box.grown(4) for box in boxes), grey=255)
    assert seen(image).advice == Advice("glare", {**NAMED, "found": len(boxes), "needed": 0})


def test_a_dark_preview_is_told_its_grey() -> None:
    dark = np.asarray(good_shot().image * 0.1, np.uint8)
    advice = seen(dark).advice
    assert advice.code == "too_dark"
    assert int(advice.numbers["found"]) < int(advice.numbers["needed"]) == 48


def test_a_shaken_preview_is_told_so() -> None:
    shaken = np.asarray(cv2.blur(good_shot().image, (31, 1)), np.uint8)
    advice = seen(shaken).advice
    assert advice.code == "too_blurred"
    assert int(advice.numbers["found"]) < int(advice.numbers["needed"]) == 60


def test_a_tag_of_no_known_form_is_named() -> None:
    others = [form for form in FORMS if form.id != PPWP]
    found = inspect(preview(good_shot().image), others)
    assert found.advice == Advice("unknown_form", {"tag": 102})
    assert (found.form, found.page, found.tag) == (None, None, 102)


def test_a_covered_tag_is_asked_for() -> None:
    assert seen(without_tag(good_shot().image)).advice == Advice("tag_hidden", {"found": 4})


def test_two_corners_without_a_tag_are_part_of_a_sheet() -> None:
    image = without_tag(without("top_left", "top_right"))
    assert seen(image).advice == Advice("part_of_sheet", {"found": 2, "needed": 4})


def test_a_sheet_without_any_mark_is_seen_as_a_sheet() -> None:
    advice = seen(salinan()).advice
    assert advice.code == "sheet_seen"
    assert 60 < int(advice.numbers["found"]) < 100


@pytest.mark.parametrize("scene", ["wall", "noise"])
def test_where_there_is_no_sheet_nothing_is_seen(scene: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (750, 1000, 3), np.uint8)
    image = noise if scene == "noise" else np.full((750, 1000, 3), 190, np.uint8)
    assert inspect(image, FORMS).advice == Advice("nothing_seen")


def test_a_mirrored_page_is_never_ready() -> None:
    advice = seen(np.ascontiguousarray(good_shot().image[:, ::-1])).advice
    assert advice.code in {"tag_hidden", "part_of_sheet"}
