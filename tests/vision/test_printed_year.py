"""The year in a title too small for letters: other digits are seen, its own are never denied."""

import cv2
import numpy as np
import pytest

from digitizer.forms import load_form
from digitizer.forms.render import render_image
from digitizer.vision.confirm import Placed
from digitizer.vision.mesh import Mesh
from digitizer.vision.photo import decode_photo
from digitizer.vision.printed_year import other_year
from digitizer.vision.registration import Agreement, Registered
from digitizer.vision.sight import Candidate, Sight
from tests.siblings import retitled
from tests.vision.pages import Image, jpg

FORMS = (
    "c-hasil-salinan-ppwp-2024",
    "c-hasil-salinan-kwk-gubernur-2024-2p",
    "c-hasil-ppwp-2024",
    "c-hasil-ppwp-cdigital-2024-2p",
)
CAPITALS = 6.0
"""Pixels of the title's capitals: half of what a program that reads letters needs."""


def photographed(form_id: str, year: str, blur: float = 0.7) -> tuple[Image, float]:
    """A page under the title of a year, seen small, and its pixels a millimetre."""
    form = load_form(form_id)
    shown = form if year == "2024" else retitled((form, form.pages[0]), {"2024": year})
    assert shown is not None
    sizes = [t.size for strip in form.pages[0].printed_titles for t in strip if "2024" in t.text]
    scale = CAPITALS / (0.72 * sizes[0])
    fine = render_image(shown, 1, 4 * scale)
    small = cv2.resize(fine, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(7).normal(0, 4, small.shape)
    grey = 40 + 0.7 * cv2.GaussianBlur(small, (0, 0), blur) + noise
    return np.clip(grey, 0, 255).astype(np.uint8), scale


def year_seen(form_id: str, picture: Image, scale: float) -> str | None:
    """What is said of the year of a form's first page, were it laid over this picture."""
    form = load_form(form_id)
    page = form.pages[0]
    flat = Mesh.flat(page.size)
    # A third of a pixel off, as places are.
    homography = np.array([[scale, 0, 0.3], [0, scale, -0.3], [0, 0, 1]])
    candidate = Candidate(form, page, homography, flat, 0.0, "print")
    nothing = np.ones((1, 2))
    agreement = Agreement(nothing, nothing, nothing > 0, nothing)
    placed = Placed(candidate, Registered(flat, agreement))
    return other_year(Sight.of(decode_photo(jpg(picture, 80))), placed, render_image)


@pytest.mark.parametrize("form_id", FORMS)
@pytest.mark.parametrize("blur", [0.3, 0.9, 1.6])
def test_its_own_year_is_never_denied(form_id: str, blur: float) -> None:
    assert year_seen(form_id, *photographed(form_id, "2024", blur)) is None


@pytest.mark.parametrize("form_id", FORMS)
@pytest.mark.parametrize("year", ["2018", "2019", "2029", "2034"])
def test_another_year_is_seen_where_no_letter_can_be_read(form_id: str, year: str) -> None:
    assert year_seen(form_id, *photographed(form_id, year)) is not None


def test_the_year_is_told_digit_by_digit() -> None:
    form_id = FORMS[0]
    assert year_seen(form_id, *photographed(form_id, "2034", 0.6)) == "2034"


def test_of_a_line_that_is_not_seen_nothing_is_said() -> None:
    form_id = FORMS[0]
    picture, scale = photographed(form_id, "2034")
    assert year_seen(form_id, np.full_like(picture, 200), scale) is None
    assert year_seen(form_id, *photographed(form_id, "2034", 6.0)) is None


def test_a_page_without_a_year_in_its_titles_has_none_to_deny() -> None:
    picture, scale = photographed(FORMS[0], "2034")
    assert year_seen("c1-ppwp-2019", picture, scale) is None
