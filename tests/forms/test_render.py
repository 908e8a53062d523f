"""The drawn blank carries what the form file says, where it says."""

import io
import math
from collections.abc import Iterable, Iterator
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2
import pytest
from PIL import Image

from digitizer.domain.form import FormSpec, MarkShape, PageSpec
from digitizer.domain.geometry import Rect
from digitizer.forms import load_form, load_forms
from digitizer.forms.render import (
    REFERENCE_NOTE,
    guide_dots,
    mark_squares,
    render_image,
    render_pdf,
    render_png,
)
from tests.synth import telling_forms

PAGE_WIDTH = 1800
"""Of every drawn page, in pixels: 3 a millimetre for the plano, more for the thin lines of A4."""

Gray = npt.NDArray[np.uint8]


def _pages() -> Iterator[tuple[FormSpec, PageSpec]]:
    for form in telling_forms():
        for page in form.pages:
            yield form, page


def _each(pages: Iterable[tuple[FormSpec, PageSpec]]) -> pytest.MarkDecorator:
    cases = [pytest.param(form, page, id=f"{form.id}-{page.number}") for form, page in pages]
    return pytest.mark.parametrize(("form", "page"), cases)


PAGES = _each(_pages())
TAGGED = _each((form, page) for form, page in _pages() if page.tag is not None)


def _marked(shape: MarkShape) -> pytest.MarkDecorator:
    return _each((f, p) for f, p in _pages() if shape in {mark.shape for mark in p.fiducials})


def _scale(page: PageSpec) -> float:
    """Pixels per millimetre."""
    return PAGE_WIDTH / page.size.width


@cache
def _gray(form_id: str, number: int) -> Gray:
    form = load_form(form_id)
    image = render_image(form, number, _scale(form.page(number)))
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def _cut(gray: Gray, rect: Rect, page: PageSpec) -> Gray:
    edges = (rect.x, rect.y, rect.right, rect.bottom)
    x0, y0, x1, y1 = (round(edge * _scale(page)) for edge in edges)
    return gray[y0:y1, x0:x1]


@PAGES
def test_size_is_true(form: FormSpec, page: PageSpec) -> None:
    gray = _gray(form.id, page.number)
    # Where the height is no whole number of pixels, it is rounded up.
    assert gray.shape == (math.ceil(page.size.height * _scale(page) - 0.01), PAGE_WIDTH)


@TAGGED
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
    found = (np.reshape(corners, (4, 2)) + 0.5) / _scale(page)
    assert np.abs(found - expected).max() < 0.3


@_marked("saddle")
def test_corner_marks_are_saddles_at_their_points(form: FormSpec, page: PageSpec) -> None:
    gray = _gray(form.id, page.number)
    stated = np.array([(mark.point.x, mark.point.y) for mark in page.fiducials])
    start = (stated * _scale(page) - 0.5).astype(np.float32).reshape(-1, 1, 2)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 50, 0.001)
    found = cv2.cornerSubPix(gray, start + np.float32(2.0), (9, 9), (-1, -1), criteria)
    assert np.abs((found.reshape(-1, 2) + 0.5) / _scale(page) - stated).max() < 0.1


@_marked("square")
def test_corner_marks_are_single_squares_about_their_points(form: FormSpec, page: PageSpec) -> None:
    gray = _gray(form.id, page.number)
    for mark in page.fiducials:
        (square,) = mark_squares(mark)
        assert square.centre.x == pytest.approx(mark.point.x)
        assert square.centre.y == pytest.approx(mark.point.y)
        assert _cut(gray, square.grown(-0.2), page).max() == 0
        around = _cut(gray, square.grown(1.0), page)
        black = np.count_nonzero(around < 128) / _scale(page) ** 2
        assert black == pytest.approx(mark.square_side**2, rel=0.06)


@PAGES
def test_digit_boxes_are_bordered_and_empty(form: FormSpec, page: PageSpec) -> None:
    gray = _gray(form.id, page.number)
    for field in page.fields:
        for box in field.digit_boxes:
            inside = _cut(gray, box.grown(-1.5), page)
            assert inside.min() > 190, field.id
            border = _cut(gray, box.grown(0.5), page)
            assert np.mean(border < 100 + 155 * field.box_grey) > 0.04, field.id


@PAGES
def test_print_leaves_the_places_to_write_alone(form: FormSpec, page: PageSpec) -> None:
    gray = _gray(form.id, page.number)
    for field in page.fields:
        for row in (*field.tally, *field.row_sums):
            for cell in row:
                assert _cut(gray, cell.grown(-2.0), page).min() > 190, field.id


def test_guides_are_thirty_three_dots() -> None:
    box = Rect(10, 20, 20, 20)
    dots = list(guide_dots(box))
    assert len(dots) == 33
    assert all(box.grown(-2).overlaps(dot) for dot in dots)


def test_same_form_same_bytes() -> None:
    for form in telling_forms():
        assert render_pdf(form) == render_pdf(form)


def test_pdf_has_true_size_and_says_what_it_is() -> None:
    for form in telling_forms():
        document = pypdfium2.PdfDocument(render_pdf(form))
        assert len(document) == len(form.pages)
        for index, page in enumerate(form.pages):
            width, height = (side * 25.4 / 72 for side in document[index].get_size())
            assert (width, height) == pytest.approx((page.size.width, page.size.height), abs=0.01)
            words = document[index].get_textpage().get_text_bounded()
            assert (REFERENCE_NOTE in words) == form.reference_layout
            assert "SIMULASI" not in words
        document.close()


def test_watermark_is_on_every_page_and_in_no_box() -> None:
    for form in telling_forms():
        document = pypdfium2.PdfDocument(render_pdf(form, watermark="SIMULASI"))
        for index, page in enumerate(form.pages):
            words = document[index].get_textpage().get_text_bounded()
            assert words.count("SIMULASI") >= 2
            marked = render_image(form, page.number, _scale(page), watermark="SIMULASI")
            gray = np.asarray(cv2.cvtColor(marked, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
            plain = _gray(form.id, page.number)
            for field in page.fields:
                # The square inside a bubble; the corners around a bubble are paper.
                inside = (bubble.grown(-1.3) for column in field.bubbles for bubble in column)
                # Within the border: a thin one is paler than black, and the word shows through.
                boxes = (box.grown(-0.5) for box in field.digit_boxes)
                for rect in (*boxes, *inside):
                    assert np.array_equal(_cut(gray, rect, page), _cut(plain, rect, page)), field.id
        document.close()


def test_png_states_its_resolution() -> None:
    form = load_forms()[0]
    picture = Image.open(io.BytesIO(render_png(form, 1, 2.0)))
    assert picture.size == (1200, 1800)
    assert picture.info["dpi"] == pytest.approx((50.8, 50.8), abs=0.05)


def test_no_such_page() -> None:
    with pytest.raises(IndexError, match="has no page 9"):
        render_image(load_forms()[0], 9, 1.0)


def test_a_page_is_drawn_by_its_printed_number() -> None:
    """Of C1-PPWP only page 2 is known; it is the first page of its PDF."""
    form = load_form("c1-ppwp-2019")
    assert [page.number for page in form.pages] == [2]
    image = render_image(form, 2, 2.0)
    assert image.shape == (608, 420, 3)
    assert image.min() == 0
    with pytest.raises(IndexError, match="form c1-ppwp-2019 has no page 1"):
        render_image(form, 1, 2.0)


def test_pale_borders_are_pale() -> None:
    form = load_form("c-hasil-ppwp-cdigital-2024")
    page = form.page(2)
    gray = _gray(form.id, 2)
    box = form.fields["paslon_1"].digit_boxes[0]
    border = Rect(box.x - 0.3, box.y + 5, 0.6, box.height - 10)
    assert np.abs(_cut(gray, border, page).astype(int) - round(0.79 * 255)).max() <= 2
    date = form.fields["tahun"].digit_boxes[1]
    assert _cut(gray, Rect(date.x - 0.3, date.y + 5, 0.6, 8), page).max() < 10
