"""Quality at the digit boxes: sharpness, glare, shade and cut fields of photos made so."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from digitizer.domain.form import FormSpec
from digitizer.domain.geometry import Rect, bounding_rect
from digitizer.domain.reading import FieldQuality, Quality
from digitizer.forms import load_form
from digitizer.forms.render import render_image
from digitizer.synth.camera import CameraParams, Shot, photograph
from digitizer.synth.sheet import Pose
from digitizer.vision.borders import Shift
from digitizer.vision.locate import PageLocation
from digitizer.vision.mesh import Mesh
from digitizer.vision.quality import kept_contrast, measure_quality
from digitizer.vision.rectify import Page, rectify
from digitizer.vision.register import FieldShifts
from digitizer.vision.tones import tones_of
from tests.vision.pages import PPWP, Image, painted, photo_of

SALINAN = "c-hasil-salinan-ppwp-2024"


def taken(form: FormSpec, number: int, blur: float = 0.0, box_px: float = 40.0) -> Shot:
    """A flat photo of a blank; `blur` in strokes, `box_px` of the page's own smallest box."""
    spec = form.page(number)
    box_mm = smallest(form, number)
    params = CameraParams(Pose(2, 20, 0, 0.0, "arc", 0, 1.6), box_px=box_px, blur=blur, noise=1.0)
    flat = render_image(form, number, 1.5 * box_px / box_mm)
    return photograph(flat, spec.size, params=params, rng=np.random.default_rng(1), box_mm=box_mm)


def smallest(form: FormSpec, number: int) -> float:
    boxes = [box for field in form.page(number).fields for box in field.digit_boxes]
    return min(min(box.width, box.height) for box in boxes)


def laid_flat(image: Image, shot: Shot, form: FormSpec, number: int) -> Page:
    """The page of a flat photo, placed by its truth."""
    spec = form.page(number)
    width, height = spec.size.width, spec.size.height
    corners = np.array([(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)])
    homography, _ = cv2.findHomography(corners, shot.truth.project(corners), 0)
    location = PageLocation(
        form, spec, np.asarray(homography, np.float64), Mesh.flat(spec.size),
        reprojection_error_mm=0.1, residual_mm=0.1, support=1.0, method="tag_and_corners",
        turns=0, identity="tag", rivals=(),
    )  # fmt: skip
    return rectify(photo_of(image), location)


@cache
def plano() -> tuple[Shot, FormSpec]:
    form = load_form(PPWP)
    return taken(form, 2), form


def quality_of(page: Page) -> tuple[Quality, Mapping[str, FieldQuality]]:
    return measure_quality(page, tones_of(page))


def measured(image: Image) -> tuple[Quality, Mapping[str, FieldQuality]]:
    shot, form = plano()
    return quality_of(laid_flat(image, shot, form, 2))


def covered(name: str, grey: int, share: float = 1.0) -> Image:
    """The photo with a field's boxes painted over, or only the upper share of them."""
    shot, form = plano()
    rect = bounding_rect(form.fields[name].digit_boxes).grown(4)
    return painted(shot.image, shot.truth, replace(rect, height=share * rect.height), grey)


def test_a_good_photo_shows_every_field_well() -> None:
    quality, fields = measured(plano()[0].image)
    assert set(fields) == {field.id for field in plano()[1].page(2).fields}
    assert quality.box_pixels == pytest.approx(40, rel=0.1)
    assert quality.sharpness > 0.8
    assert quality.brightness == pytest.approx(quality.light, abs=25)
    assert quality.glare == 0
    for field in fields.values():
        assert field.residual_mm is not None
        assert field.residual_mm < 0.8
        assert (field.glare, field.whole) == (0, True)
        assert field.shade < 0.2


@pytest.mark.parametrize("name", ["paslon_1", "paslon_3"])
def test_burnt_out_boxes_are_glare_of_their_field(name: str) -> None:
    quality, fields = measured(covered(name, 255))
    assert {field: view.glare for field, view in fields.items() if view.glare} == {name: 1.0}
    assert quality.glare == pytest.approx(3 / 9)
    assert fields[name].residual_mm is None


def test_boxes_burnt_out_by_half_are_glare_too() -> None:
    shot, form = plano()
    rect = bounding_rect(form.fields["paslon_2"].digit_boxes).grown(4)
    half = replace(rect, width=0.45 * rect.width)
    _, fields = measured(painted(shot.image, shot.truth, half, 255))
    assert fields["paslon_2"].glare == pytest.approx(1 / 3)


def test_paper_over_boxes_is_no_glare() -> None:
    _, fields = measured(covered("paslon_2", 225))
    assert fields["paslon_2"].glare == 0


def test_a_scan_white_all_over_has_no_glare_where_one_border_is_missing() -> None:
    white = np.where(covered("paslon_2", 255) > 160, 255, 0).astype(np.uint8)
    quality, fields = measured(white)
    assert quality.brightness == 255
    assert (quality.glare, fields["paslon_2"].glare) == (0, 0)


def test_a_photo_white_all_over_without_any_border_is_burnt_out() -> None:
    quality, _ = measured(np.full_like(plano()[0].image, 255))
    assert quality.glare == 1


def test_a_shadow_takes_its_share_of_the_light() -> None:
    shot, form = plano()
    rect = bounding_rect(form.fields["paslon_1"].digit_boxes).grown(12)
    shadow = painted(np.full_like(shot.image, 255), shot.truth, rect, 0) == 0
    dark = np.where(shadow, shot.image * 0.3, shot.image).astype(np.uint8)
    _, fields = measured(dark)
    assert fields["paslon_1"].shade == pytest.approx(0.7, abs=0.05)
    assert fields["paslon_2"].shade < 0.1


def test_a_field_cut_by_the_picture_is_not_whole_and_has_no_glare() -> None:
    shot, form = plano()
    box = form.fields["paslon_1"].digit_boxes[1].centre
    at = shot.truth.project(np.array([(box.x, box.y)]))[0]
    _, fields = measured(np.ascontiguousarray(shot.image[:, : int(at[0])]))
    assert not any(view.whole for view in fields.values())
    assert fields["paslon_1"].glare == pytest.approx(0)
    assert fields["paslon_1"].shade == pytest.approx(0)


@pytest.mark.parametrize(("form_id", "number"), [(PPWP, 2), (SALINAN, 2), ("c1-ppwp-2019", 2)])
def test_sharpness_falls_with_blur_on_every_kind_of_print(form_id: str, number: int) -> None:
    form = load_form(form_id)
    found = []
    for blur in (0.0, 0.7, 2.5):
        shot = taken(form, number, blur, box_px=26)
        found.append(quality_of(laid_flat(shot.image, shot, form, number))[0].sharpness)
    assert found == sorted(found, reverse=True)
    assert found[0] > 0.6
    assert found[-1] < 0.2


def test_a_pen_keeps_what_a_line_as_wide_keeps_and_a_wider_one_more() -> None:
    assert kept_contrast(0.4, 1.0, 1.0) == pytest.approx(0.4, abs=1e-6)
    assert kept_contrast(0.4, 0.5, 1.0) == pytest.approx(0.705, abs=0.002)
    assert kept_contrast(0.4, 1.0, 0.5) < 0.22
    assert kept_contrast(0.0, 1.0, 1.0) == 0
    assert kept_contrast(1.0, 1.0, 1.0) > 0.999


def test_a_border_beside_its_place_is_the_residual() -> None:
    shot, form = plano()
    page = laid_flat(shot.image, shot, form, 2)
    boxes = (Shift(0.3, 0.4, 0.8), Shift(-3.0, 4.0, 0.7), Shift(9.0, 9.0, 0.0))
    moved = replace(page, shifts={**page.shifts, "paslon_1": FieldShifts(boxes)})
    assert quality_of(moved)[1]["paslon_1"].residual_mm == pytest.approx(5.0)


def test_print_is_black_also_on_a_page_without_marks() -> None:
    form = load_form(SALINAN)
    shot = taken(form, 2)
    page = laid_flat(shot.image, shot, form, 2)
    tones = tones_of(page)
    assert tones.black <= 0.2 * np.median(tones.grey)


def test_black_and_blur_are_told_by_what_the_photo_shows() -> None:
    """A photo cropped inside the marks: beyond it the page is white, and that is no print."""
    form = load_form(PPWP)
    shot = taken(form, 2, blur=1.2)
    whole = laid_flat(shot.image, shot, form, 2)
    inner = Rect(62, 76, 476, 704)
    corners = shot.truth.project(np.array([(corner.x, corner.y) for corner in inner.corners]))
    (left, top), (right, bottom) = corners.min(axis=0).astype(int), corners.max(axis=0).astype(int)
    moved = np.array([[1.0, 0, -left], [0, 1.0, -top], [0, 0, 1.0]]) @ whole.location.homography
    cut = rectify(
        photo_of(shot.image[top:bottom, left:right]), replace(whole.location, homography=moved)
    )
    assert tones_of(cut).black < 80
    (full, _), (part, _) = quality_of(whole), quality_of(cut)
    assert part.sharpness == pytest.approx(full.sharpness, abs=0.12)
    assert part.brightness == pytest.approx(full.brightness, abs=6)
