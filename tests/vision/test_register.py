"""Boxes are found where they are or not at all: a slipped row would spell a neighbour's number."""

import numpy as np
import pytest

from benchmarks.photos_accuracy import PhotoReader, Truth, counted
from digitizer.forms import load_forms
from digitizer.pipeline import atlas_of
from digitizer.vision.locate import locate_page
from digitizer.vision.rectify import Page, rectify
from digitizer.vision.register import Shifts, measure_shifts
from tests.synth import Tier, made_photo
from tests.vision.pages import PPWP, good_shot, photo_of

KWK = "c-hasil-kwk-gubernur-2024-2p"


@pytest.fixture(scope="module")
def page() -> Page:
    photo = photo_of(good_shot(1).image)
    return rectify(photo, locate_page(photo, atlas_of(load_forms())))


def slipped(page: Page, right_mm: float, down_mm: float) -> Shifts:
    """What is measured when the page lies so far from where the mesh puts it."""
    by = [round(side * page.pixels_per_mm) for side in (down_mm, right_mm)]
    moved = np.roll(page.image, by, axis=(0, 1))
    return measure_shifts(moved, page.pixels_per_mm, page.spec)


def test_every_border_of_a_good_page_is_found_in_its_place(page: Page) -> None:
    shifts = [shift for field in page.shifts.values() for shift in field.boxes]
    assert all(shift.found for shift in shifts)
    assert max(max(abs(shift.dx), abs(shift.dy)) for shift in shifts) < 0.5


def test_a_border_beside_its_place_is_found_there_and_by_how_far(page: Page) -> None:
    shifts = [shift for field in slipped(page, 1.0, 0.0).values() for shift in field.boxes]
    assert np.mean([shift.found for shift in shifts]) > 0.95
    assert np.median([shift.dx for shift in shifts if shift.found]) == pytest.approx(1.0, abs=0.25)


@pytest.mark.parametrize(
    ("right", "down"),
    [(6.0, 0.0), (8.0, 0.0), (10.0, 0.0), (0.0, 6.0), (0.0, 8.0), (0.0, 10.0), (-7.0, 7.0)],
)
def test_of_a_page_that_slipped_by_more_than_half_a_box_none_is_believed(
    page: Page, right: float, down: float
) -> None:
    shifts = slipped(page, right, down)
    assert not any(shift.found for field in shifts.values() for shift in field.boxes)


def test_of_a_page_without_boxes_none_is_believed(page: Page) -> None:
    empty = np.full_like(page.image, 225)
    shifts = measure_shifts(empty, page.pixels_per_mm, page.spec)
    assert not any(shift.found for field in shifts.values() for shift in field.boxes)


@pytest.mark.parametrize(
    ("form", "page_number", "tier", "seed"),
    [
        # Bent so far that, without a mesh, a whole column of rows fits one row lower.
        (PPWP, 1, "hard", 20002),
        # Two corner marks lost: a homography alone is so far off that boxes fit their neighbours.
        (KWK, 1, "medium", 9000),
    ],
)
def test_on_bent_paper_every_number_is_that_of_its_own_row(
    form: str, page_number: int, tier: Tier, seed: int
) -> None:
    made = made_photo(form, page_number, tier, seed)
    written = {name: entry.as_written for name, entry in made.entries.items()}
    truth = Truth(f"{tier}-{seed}", made.shot.jpeg, form, page_number, counted(form, written))
    result = PhotoReader().result(truth)
    assert result.located
    assert result.wrong == ()
    assert result.right == result.fields
