"""A page placed by the corners that a person points at."""

from dataclasses import replace

import numpy as np
import pytest

from digitizer.domain.placement import Corners, Placement
from digitizer.vision.by_hand import locate_by_hand
from tests.vision.pages import PAGE, PPWP, good_shot, photo_of
from tests.vision.test_locate import ATLAS, error_px, without_any

SHOT = good_shot()
WRONG = 3 if PAGE.number != 3 else 1


def corners_of() -> Corners:
    """Where the corners of the sheet are in truth, as shares of the picture."""
    page = next(page for form, page in ATLAS.pages if form.id == PPWP)
    width, height = page.size.width, page.size.height
    sheet = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    seen = SHOT.truth.project(sheet) / np.array(SHOT.image.shape[1::-1])
    first, second, third, fourth = ((float(x), float(y)) for x, y in seen)
    return first, second, third, fourth


def test_corners_given_roughly_are_followed_by_the_print() -> None:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners_of()
    off = 0.004
    rough = ((ax + off, ay), (bx, by - off), (cx - off, cy), (dx, dy + off))
    placement = Placement(PPWP, PAGE.number, rough)
    location = locate_by_hand(photo_of(without_any(SHOT.image)), ATLAS, placement)
    assert (location.method, location.identity, location.rivals) == ("person", "person", ())
    assert location.support > 0.8
    assert error_px(location) < 2.0


def test_where_the_print_denies_the_corners_it_is_said() -> None:
    placement = Placement(PPWP, WRONG, corners_of())
    location = locate_by_hand(photo_of(SHOT.image), ATLAS, placement)
    assert "of the print agrees with the corners" in location.rivals[0]


def test_a_page_of_no_form_is_refused() -> None:
    placement = replace(Placement(PPWP, 1, corners_of()), page=9)
    with pytest.raises(ValueError, match=f"no page 9 of {PPWP}"):
        locate_by_hand(photo_of(SHOT.image), ATLAS, placement)


@pytest.mark.parametrize(
    "corners",
    [
        ((0.1, 0.1), (0.1, 0.9), (0.9, 0.9), (0.9, 0.1)),
        ((0.1, 0.1), (0.15, 0.1), (0.15, 0.15), (0.1, 0.15)),
        ((0.1, 0.1), (9.0, 0.1), (0.9, 0.9), (0.1, 0.9)),
        ((0.0, 0.0), (1.0, 0.3), (0.1, 1.0), (1.0, 0.9)),
        ((0.0, 0.0), (1.0, 0.0), (0.3, 0.3), (0.0, 1.0)),
        ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.5)),
        ((0.0, 0.0), (1.0, 0.0), (1.0, 0.0), (0.0, 1.0)),
    ],
    ids=["the wrong way", "too small", "far outside", "crossed", "dented", "straight", "twice"],
)
def test_corners_that_are_no_sheet_are_refused(corners: Corners) -> None:
    with pytest.raises(ValueError, match="corners"):
        Placement(PPWP, 1, corners)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_sheet_seen_askew_is_one_whichever_corner_is_its_first(turns: int) -> None:
    seen = ((0.3, 0.1), (0.9, 0.25), (0.8, 0.9), (0.05, 0.7))
    first, second, third, fourth = (*seen[turns:], *seen[:turns])
    assert Placement(PPWP, 1, (first, second, third, fourth)).area > 0.3
