"""Confirming a page by its print: much of it must agree, and some of it in every row."""

import numpy as np
import pytest

from digitizer.errors import PageNotLocated
from digitizer.forms import load_form, load_forms
from digitizer.pipeline import atlas_of
from digitizer.vision.confirm import CONFIRMED, LEAST_ROW, Placed
from digitizer.vision.locate import locate_page
from digitizer.vision.mesh import Mesh
from digitizer.vision.registration import Agreement, Registered
from digitizer.vision.sight import Candidate
from tests.siblings import with_other_number_of_paslon
from tests.vision.pages import PPWP, photo_of

FORM = load_form(PPWP)
PAGE = FORM.page(2)
STEP_MM = 20.0


def placed(agrees_down: np.ndarray, middles: np.ndarray) -> Placed:
    """A place whose blocks agree across the page, and down the page where they are said to."""
    agrees = np.column_stack([np.ones(len(middles), np.bool_), agrees_down])
    ones = np.ones((len(middles), 2))
    agreement = Agreement(middles, ones, agrees, np.zeros_like(ones))
    candidate = Candidate(FORM, PAGE, np.eye(3), None, 0.0, "print")
    return Placed(candidate, Registered(Mesh.flat(PAGE.size), agreement))


def blocks() -> np.ndarray:
    xs = np.arange(STEP_MM, PAGE.size.width, STEP_MM)
    ys = np.arange(STEP_MM, PAGE.size.height, STEP_MM)
    return np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)


def test_a_page_that_agrees_everywhere_is_confirmed() -> None:
    at = blocks()
    one = placed(np.ones(len(at), np.bool_), at)
    assert one.weakest_row == pytest.approx(1.0)
    assert one.confirmed


def test_ink_that_hides_half_of_the_print_here_and_there_denies_nothing() -> None:
    at = blocks()
    one = placed(np.arange(len(at)) % 2 == 0, at)
    assert one.weakest_row == pytest.approx(0.5, abs=0.1)
    assert one.confirmed


def test_one_row_that_the_photo_does_not_have_denies_the_page() -> None:
    at = blocks()
    one = placed(np.abs(at[:, 1] - 450) > 70, at)
    assert one.support > 0.9 > CONFIRMED
    assert one.weakest_row < LEAST_ROW
    assert not one.confirmed


def test_rows_outside_the_picture_say_nothing() -> None:
    at = blocks()
    one = placed(at[:, 1] < 600, at)
    one.registered.agreement.worth[at[:, 1] >= 600] = 0
    assert one.confirmed


@pytest.mark.parametrize("change", [-1, 1])
def test_a_form_with_another_number_of_paslon_is_not_this_form(change: int) -> None:
    image = with_other_number_of_paslon((FORM, PAGE), change, seed=5)
    with pytest.raises(PageNotLocated):
        locate_page(photo_of(image), atlas_of(load_forms()))
