"""On bent paper every digit box is laid where it truly is: the photos' own truth tells."""

from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitizer.domain.geometry import Rect
from digitizer.forms import load_forms
from digitizer.pipeline import atlas_of
from digitizer.vision.locate import PageLocation, locate_page
from digitizer.vision.photo import decode_photo
from digitizer.vision.plane import project
from tests.synth import MadePhoto, Planned, planned_set

OFF = 0.05
"""A digit box lies within this share of its width from its true place."""

FLAT_OFF = 0.10
"""On paper bent like this a flat sheet would have boxes this far off."""


def bent() -> list[Planned]:
    """One medium photo a page, the first of the set."""
    chosen: dict[tuple[str, int], Planned] = {}
    for plan in planned_set("medium", 24):
        chosen.setdefault((plan.form, plan.page), plan)
    return list(chosen.values())


@cache
def taken(plan: Planned) -> tuple[MadePhoto, PageLocation]:
    cv2.setNumThreads(1)
    made = plan.made()
    return made, locate_page(decode_photo(made.shot.jpeg), atlas_of(load_forms()))


def boxes(made: MadePhoto) -> list[Rect]:
    return [box for field in made.form.page(made.page).fields for box in field.digit_boxes]


def shares(made: MadePhoto, seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far the middles of the digit boxes lie from their true places, over the boxes' widths."""
    truth, rects = made.shot.truth, boxes(made)
    middles = truth.project(np.array([(box.centre.x, box.centre.y) for box in rects]))
    left = truth.project(np.array([(box.x, box.centre.y) for box in rects]))
    right = truth.project(np.array([(box.right, box.centre.y) for box in rects]))
    widths = np.linalg.norm(right - left, axis=1)
    return np.asarray(np.linalg.norm(seen - middles, axis=1) / widths)


@pytest.mark.parametrize("plan", bent(), ids=lambda plan: plan.name)
def test_every_digit_box_of_a_medium_photo_is_in_its_place(plan: Planned) -> None:
    made, location = taken(plan)
    assert (location.form.id, location.page.number) == (plan.form, plan.page)
    assert location.turns == -plan.turns % 4
    middles = np.array([(box.centre.x, box.centre.y) for box in boxes(made)])
    assert shares(made, location.project(middles)).max() < OFF


def test_it_is_the_mesh_that_puts_them_there() -> None:
    made, location = max(
        (taken(plan) for plan in bent()[:4]), key=lambda item: item[0].params.pose.curl
    )
    middles = np.array([(box.centre.x, box.centre.y) for box in boxes(made)])
    assert shares(made, project(location.homography, middles)).max() > FLAT_OFF
