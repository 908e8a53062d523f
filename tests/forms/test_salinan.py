"""The two SALINAN: the official A4 copy as it was measured, and the Pilkada's in our own layout."""

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from digitizer.domain.form import FormSpec, PrintedLine
from digitizer.domain.geometry import Rect
from digitizer.forms import load_form, load_forms
from digitizer.forms.render import render_image

SALINAN, PLANO = "c-hasil-salinan-ppwp-2024", "c-hasil-ppwp-2024"
SALINAN_KWK, PLANO_KWK = "c-hasil-salinan-kwk-gubernur-2024-2p", "c-hasil-kwk-gubernur-2024-2p"
BOTH = (SALINAN, SALINAN_KWK)
MM = 25.4 / 72
NEAR = 0.15
"""Millimetres; the official blank is a picture of 0.13 mm a pixel."""


@pytest.mark.parametrize(("copy", "plano"), [(SALINAN, PLANO), (SALINAN_KWK, PLANO_KWK)])
def test_a_copy_asks_for_the_same_numbers_under_the_same_rules(copy: str, plano: str) -> None:
    ours, theirs = load_form(copy), load_form(plano)
    assert list(ours.fields) == list(theirs.fields)
    assert ours.rules == theirs.rules
    for name, field in ours.fields.items():
        assert (field.label, field.role) == (theirs.fields[name].label, theirs.fields[name].role)
        assert len(field.digit_boxes) == len(theirs.fields[name].digit_boxes)
        assert not field.bubbles
        assert not field.tally


@pytest.mark.parametrize("form_id", BOTH)
def test_two_pages_without_marks(form_id: str) -> None:
    form = load_form(form_id)
    assert [page.number for page in form.pages] == [1, 2]
    for page in form.pages:
        assert (page.size.width, page.size.height) == (210, 297)
        assert page.tag is None
        assert page.fiducials == ()
        assert page.header is not None
        blank = render_image(form, page.number, 3.0)
        assert blank.shape == (891, 630, 3)
        assert 0.02 < np.mean(blank < 128) < 0.2


def test_only_the_pilkada_copy_is_a_reference_layout() -> None:
    assert not load_form(SALINAN).reference_layout
    assert load_form(SALINAN_KWK).reference_layout


@pytest.mark.parametrize("form_id", BOTH)
def test_neighbouring_boxes_of_a_number_share_an_edge(form_id: str) -> None:
    for field in load_form(form_id).fields.values():
        for left, right in pairwise(field.digit_boxes):
            assert left.right == pytest.approx(right.x, abs=0.001)
            assert (left.y, left.height) == (right.y, right.height)


def _titles(form: FormSpec, number: int) -> tuple[str, ...]:
    strips = form.page(number).printed_titles
    return tuple(" ".join(text.text for text in strip) for strip in strips)


def test_titles_tell_the_copies_from_every_other_page() -> None:
    said = Counter(
        _titles(form, page.number) for form in load_forms() for page in form.pages if page.titles
    )
    for form_id in BOTH:
        for page in load_form(form_id).pages:
            assert said[_titles(load_form(form_id), page.number)] == 1


def test_the_copies_share_no_title_but_the_page_number() -> None:
    assert _titles(load_form(SALINAN), 1)[1:] == ("MODEL C.HASIL SALINAN-PPWP", "Hal 1 dari 2")
    for number in (1, 2):
        ours, theirs = (_titles(load_form(form_id), number) for form_id in BOTH)
        assert set(ours) & set(theirs) == {f"Hal {number} dari 2"}


def test_a_ruling_along_a_box_keeps_its_width() -> None:
    """The table's border is wider than the box's own and runs along the last box's edge."""
    form = load_form(SALINAN)
    box = form.fields["pengguna_dpt_j"].digit_boxes[-1]
    scale = 20.0
    row = render_image(form, 1, scale)[round(box.centre.y * scale), :, 0]
    dark = np.flatnonzero(row[round((box.right - 1) * scale) :] < 128)
    assert len(dark) / scale == pytest.approx(0.52, abs=0.06)


@pytest.fixture(scope="module")
def geometry(dev_data: Path) -> dict[str, Any]:
    text = (dev_data / "forms" / "c-hasil-salinan-ppwp-2024.geometry.json").read_text()
    measured: dict[str, Any] = json.loads(text)
    return measured


def _apart(rect: Rect, measured: list[float]) -> float:
    """The largest distance of an edge from the measured one, in millimetres."""
    edges = (rect.x, rect.y, rect.right, rect.bottom)
    return max(abs(edge - value * MM) for edge, value in zip(edges, measured, strict=True))


@pytest.mark.dev_data
def test_boxes_are_those_of_the_official_blank(geometry: dict[str, Any]) -> None:
    measured = {
        entry["id"]: (entry["page"], entry["rect"])
        for entry in geometry["fields"]
        if entry["kind"] in {"digit_box", "words"}
    }
    places = {
        name: (page.number, rect)
        for page in load_form(SALINAN).pages
        for field in page.fields
        for name, rect in (
            *((f"{field.id}.d{i}", box) for i, box in enumerate(field.digit_boxes, 1)),
            *(((f"{field.id}.words", field.words),) if field.words else ()),
        )
    }
    assert places.keys() == measured.keys()
    for name, (page, rect) in places.items():
        assert page == measured[name][0], name
        assert _apart(rect, measured[name][1]) < NEAR, name


def _prints(line: PrintedLine, ruling: dict[str, Any]) -> bool:
    """Whether the printed line is that ruling; its measured ends take in the strokes it meets."""
    across, along = ("y", "x") if ruling["dir"] == "h" else ("x", "y")
    return (
        line.grey == 0
        and abs(getattr(line.start, across) - ruling[across] * MM) < NEAR
        and abs(getattr(line.end, across) - ruling[across] * MM) < NEAR
        and abs(getattr(line.start, along) - ruling[f"{along}0"] * MM) < 3 * NEAR
        and abs(getattr(line.end, along) - ruling[f"{along}1"] * MM) < 3 * NEAR
        and abs(line.width - ruling["stroke_pt"] * MM) < NEAR
    )


@pytest.mark.dev_data
def test_every_ruling_of_the_official_blank_is_printed(geometry: dict[str, Any]) -> None:
    form = load_form(SALINAN)
    assert len(geometry["anchor_lines"]) == 165
    for ruling in geometry["anchor_lines"]:
        lines = form.page(ruling["page"]).lines
        assert any(_prints(line, ruling) for line in lines), ruling


@pytest.mark.dev_data
def test_private_cells_cover_names_and_signatures(geometry: dict[str, Any]) -> None:
    for page in load_form(SALINAN).pages:
        measured = [
            cell
            for entry in geometry["fields"]
            if entry["kind"] == "signature" and entry["page"] == page.number
            for cell in (entry["rect"], entry.get("name_cell"))
            if cell is not None
        ]
        assert len(page.private) == len(measured) == 13
        for cell in measured:
            assert min(_apart(rect, cell) for rect in page.private) < NEAR


@pytest.mark.dev_data
def test_header_holds_every_place_line(geometry: dict[str, Any]) -> None:
    for page in load_form(SALINAN).pages:
        assert page.header is not None
        for entry in geometry["fields"]:
            if entry["kind"] == "text_line" and entry["id"].startswith(f"p{page.number}."):
                x0, y0, x1, y1 = (value * MM for value in entry["rect"])
                assert page.header.x < x0 < x1 < page.header.right
                assert page.header.y < y0 < y1 < page.header.bottom


@pytest.mark.dev_data
@pytest.mark.parametrize("number", [1, 2])
def test_the_drawn_blank_looks_like_the_official_one(dev_data: Path, number: int) -> None:
    """Strokes spread to 0.2 mm, so that the letters of another typeface may differ."""
    path = dev_data / "forms" / f"c-hasil-salinan-ppwp-2024-hal{number}.png"
    official = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert official is not None
    drawn = cv2.cvtColor(render_image(load_form(SALINAN), number, 1610 / 210), cv2.COLOR_BGR2GRAY)
    assert drawn.shape == official.shape
    theirs, ours = (cv2.GaussianBlur(255 - ink, (0, 0), 1.5).ravel() for ink in (official, drawn))
    assert np.asarray(np.corrcoef(theirs, ours))[0, 1] > 0.95
