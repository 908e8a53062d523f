"""The drawn blank carries what the form file says, where it says."""

import io
from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2
import pytest
from PIL import Image

from digitizer.domain.form import FormSpec, PageSpec
from digitizer.domain.geometry import Rect
from digitizer.forms import load_forms
from digitizer.forms.render import (
    REFERENCE_NOTE,
    guide_dots,
    render_image,
    render_pdf,
    render_png,
)

PIXELS_PER_MM = 3.0
Gray = npt.NDArray[np.uint8]


def _pages() -> Iterator[tuple[FormSpec, PageSpec]]:
    for form in load_forms():
        for page in form.pages:
            yield form, page


PAGES = pytest.mark.parametrize(
    ("form", "page"), [pytest.param(f, p, id=f"{f.id}-{p.number}") for f, p in _pages()]
)


@cache
def _gray(form_id: str, number: int) -> Gray:
    form = next(form for form in load_forms() if form.id == form_id)
    image = render_image(form, number, PIXELS_PER_MM)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def _cut(gray: Gray, rect: Rect) -> Gray:
    x0, y0, x1, y1 = (round(v * PIXELS_PER_MM) for v in (rect.x, rect.y, rect.right, rect.bottom))
    return gray[y0:y1, x0:x1]


@PAGES
def test_size_is_true(form: FormSpec, page: PageSpec) -> None:
    gray = _gray(form.id, page.number)
    assert gray.shape == (
        round(page.size.height * PIXELS_PER_MM),
        round(page.size.width * PIXELS_PER_MM),
    )


@PAGES
def test_tag_is_found_where_the_form_says(form: FormSpec, page: PageSpec) -> None:
    assert page.tag is not None
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10)
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    detector = cv2.aruco.ArucoDetector(dictionary, parameters)
    corners, ids, _ = detector.detectMarkers(_gray(form.id, page.number))
    assert np.ravel(ids).tolist() == [page.tag.id]
    top_left, top_right, bottom_right, bottom_left = page.tag.rect.corners
    # The print is turned by half a turn against OpenCV's own drawing, as KPU prints it.
    expected = [(p.x, p.y) for p in (bottom_right, bottom_left, top_left, top_right)]
    found = (np.reshape(corners, (4, 2)) + 0.5) / PIXELS_PER_MM
    assert np.abs(found - expected).max() < 0.3


@PAGES
def test_corner_marks_are_saddles_at_their_points(form: FormSpec, page: PageSpec) -> None:
    gray = _gray(form.id, page.number)
    stated = np.array([(mark.point.x, mark.point.y) for mark in page.fiducials])
    start = (stated * PIXELS_PER_MM - 0.5).astype(np.float32).reshape(-1, 1, 2)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 50, 0.001)
    found = cv2.cornerSubPix(gray, start + np.float32(2.0), (9, 9), (-1, -1), criteria)
    assert np.abs((found.reshape(-1, 2) + 0.5) / PIXELS_PER_MM - stated).max() < 0.1


@PAGES
def test_digit_boxes_are_bordered_and_empty(form: FormSpec, page: PageSpec) -> None:
    gray = _gray(form.id, page.number)
    for field in page.fields:
        for box in field.digit_boxes:
            inside = _cut(gray, box.grown(-1.5))
            assert inside.min() > 190, field.id
            border = _cut(gray, box.grown(0.5))
            assert np.mean(border < 100) > 0.04, field.id


@PAGES
def test_print_leaves_the_places_to_write_alone(form: FormSpec, page: PageSpec) -> None:
    gray = _gray(form.id, page.number)
    for field in page.fields:
        for row in (*field.tally, *field.row_sums):
            for cell in row:
                assert _cut(gray, cell.grown(-2.0)).min() > 190, field.id


def test_guides_are_thirty_three_dots() -> None:
    box = Rect(10, 20, 20, 20)
    dots = list(guide_dots(box))
    assert len(dots) == 33
    assert all(box.grown(-2).overlaps(dot) for dot in dots)


def test_same_form_same_bytes() -> None:
    for form in load_forms():
        assert render_pdf(form) == render_pdf(form)


def test_pdf_has_true_size_and_says_what_it_is() -> None:
    for form in load_forms():
        document = pypdfium2.PdfDocument(render_pdf(form))
        assert len(document) == len(form.pages)
        for page in form.pages:
            width, height = (side * 25.4 / 72 for side in document[page.number - 1].get_size())
            assert (width, height) == pytest.approx((page.size.width, page.size.height), abs=0.01)
            words = document[page.number - 1].get_textpage().get_text_bounded()
            assert (REFERENCE_NOTE in words) == form.reference_layout
            assert "SIMULASI" not in words
        document.close()


def test_watermark_is_on_every_page_and_in_no_box() -> None:
    for form in load_forms():
        document = pypdfium2.PdfDocument(render_pdf(form, watermark="SIMULASI"))
        for page in form.pages:
            words = document[page.number - 1].get_textpage().get_text_bounded()
            assert words.count("SIMULASI") >= 2
            marked = render_image(form, page.number, PIXELS_PER_MM, watermark="SIMULASI")
            gray = np.asarray(cv2.cvtColor(marked, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
            plain = _gray(form.id, page.number)
            for field in page.fields:
                # The square inside a bubble; the corners around a bubble are paper.
                inside = (bubble.grown(-1.3) for column in field.bubbles for bubble in column)
                for rect in (*field.digit_boxes, *inside):
                    assert np.array_equal(_cut(gray, rect), _cut(plain, rect)), field.id
        document.close()


def test_png_states_its_resolution() -> None:
    form = load_forms()[0]
    picture = Image.open(io.BytesIO(render_png(form, 1, 2.0)))
    assert picture.size == (1200, 1800)
    assert picture.info["dpi"] == pytest.approx((50.8, 50.8), abs=0.05)


def test_no_such_page() -> None:
    with pytest.raises(IndexError, match="has no page 9"):
        render_image(load_forms()[0], 9, 1.0)
