"""The print alone: it places the page that it is, and nothing where there is no page."""

import numpy as np
import pytest

from digitizer.domain.geometry import Rect
from digitizer.forms import load_forms
from digitizer.pipeline import atlas_of
from digitizer.vision.blank import Blank
from digitizer.vision.by_print import CLOSE_LOOK, GLANCE, Look, by_print
from digitizer.vision.plane import project, rect_corners
from digitizer.vision.sight import Candidate, Miss, Sight
from tests.vision.pages import PAGE, PPWP, Image, good_shot, painted, photo_of


def blanks() -> list[Blank]:
    atlas = atlas_of(load_forms())
    return [atlas.blank(form, page) for form, page in atlas.pages if form.id == PPWP]


def found(image: Image, look: Look) -> Candidate:
    answer = by_print(Sight.of(photo_of(image)), blanks(), look)
    assert not isinstance(answer, Miss)
    return answer[0]


def off_mm(candidate: Candidate) -> float:
    """The largest distance of a digit box from its true place."""
    at = np.array([(b.centre.x, b.centre.y) for f in PAGE.fields for b in f.digit_boxes])
    assert candidate.start is not None
    seen = project(candidate.homography, candidate.start.moved(at))
    return float(np.linalg.norm(good_shot().truth.page_points(seen) - at, axis=1).max())


@pytest.mark.parametrize("look", [GLANCE, CLOSE_LOOK])
def test_a_good_page_is_named_and_placed(look: Look) -> None:
    candidate = found(good_shot().image, look)
    assert (candidate.page.number, candidate.method) == (PAGE.number, "print")
    assert off_mm(candidate) < 3


def test_three_quarters_of_a_page_are_enough() -> None:
    size = PAGE.size
    rest = Rect(0, 0.75 * size.height, size.width, 0.25 * size.height)
    candidate = found(painted(good_shot().image, good_shot().truth, rest), CLOSE_LOOK)
    assert candidate.page.number == PAGE.number
    corners = rect_corners(Rect(0, 0, size.width, 0.7 * size.height))
    seen = project(candidate.homography, corners)
    off = np.linalg.norm(good_shot().truth.page_points(seen) - corners, axis=1)
    assert off.max() < 0.03 * size.height


def test_noise_is_no_page() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (900, 700, 3), np.uint8)
    answer = by_print(Sight.of(photo_of(noise)), blanks(), GLANCE)
    assert isinstance(answer, Miss)
    assert answer.refusal.problem == "no_form"
