"""Filled forms laid onto each other: what they share is the blank."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitizer.domain.form import PageSpec
from digitizer.domain.geometry import Rect, Size
from digitizer.errors import DigitizerError
from digitizer.forms import load_form
from digitizer.learn import look_at_picture, propose, stacked
from tests.synth import filled_page

FORM = "c-hasil-kwk-gubernur-2024-2p"
PAGE = 1
HEIGHT = 1800

Grey = NDArray[np.uint8]


def photos(count: int, page: int = PAGE) -> list[Grey]:
    """Pages of as many hands, each held a little otherwise, in a light of its own."""
    return [_photo(seed, page) for seed in range(700, 700 + count)]


def _photo(seed: int, page: int) -> Grey:
    rng = np.random.default_rng(seed)
    flat, _ = filled_page(FORM, page, seed)
    scale = HEIGHT / flat.shape[0]
    small = cv2.resize(flat, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    held = corners + rng.normal(0, 0.006 * width, corners.shape).astype(np.float32)
    lean = cv2.getPerspectiveTransform(corners, held)
    taken = cv2.warpPerspective(grey, lean, (width, height), borderValue=255.0)
    light = np.linspace(rng.uniform(0.75, 1.0), rng.uniform(0.75, 1.0), width)
    noisy = taken * light + rng.normal(0, 4, taken.shape)
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def placed(found: PageSpec, page: PageSpec) -> list[Rect]:
    """The digit boxes that were found, on the page as its corner marks place them."""
    here = np.array([[mark.point.x, mark.point.y] for mark in found.fiducials])
    there = np.array([[mark.point.x, mark.point.y] for mark in page.fiducials])
    onto, _ = cv2.findHomography(here, there)
    rects = []
    for field in found.fields:
        for box in field.digit_boxes:
            ends = np.array([[[box.x, box.y], [box.right, box.bottom]]])
            (x0, y0), (x1, y1) = cv2.perspectiveTransform(ends, onto)[0]
            rects.append(Rect(float(x0), float(y0), float(x1 - x0), float(y1 - y0)))
    return rects


@pytest.mark.slow
def test_ten_filled_photos_give_the_boxes_of_their_form() -> None:
    page = load_form(FORM).page(PAGE)
    common, used = stacked(photos(10))
    assert used == 10
    size = Size(page.size.height * common.shape[1] / common.shape[0], page.size.height)
    seen, _ = look_at_picture(common, size, None)
    (found,) = propose([seen], id="x", title="X", year=2024).pages
    assert len(found.fiducials) == 4
    wanted = [rect for field in page.fields for rect in field.digit_boxes]
    given = placed(found, page)
    near = [
        min(
            max(abs(rect.x - x.x), abs(rect.y - x.y), abs(rect.right - x.right),
                abs(rect.bottom - x.bottom))
            for x in given
        )
        for rect in wanted
    ]  # fmt: skip
    # A pixel is 0.37 mm of a plano here.
    assert sum(miss < 1.0 for miss in near) >= 0.95 * len(wanted)
    assert len(given) <= 1.02 * len(wanted)


def test_photos_of_other_pages_are_left_out_and_too_few_are_refused() -> None:
    with pytest.raises(DigitizerError, match="2 of 2 pictures fit"):
        stacked(photos(2))
    white = np.full((HEIGHT, HEIGHT * 2 // 3), 255, np.uint8)
    with pytest.raises(DigitizerError, match="4 of 6 pictures fit onto each other, needed 5"):
        stacked([*photos(4), white, white])
