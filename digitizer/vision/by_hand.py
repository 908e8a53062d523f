"""A page placed by the four corners that a person points at."""

from typing import Final

import cv2
import numpy as np

from digitizer.domain.form import FormSpec
from digitizer.domain.placement import Placement
from digitizer.vision.blank import Atlas
from digitizer.vision.confirm import CONFIRMED, best_of
from digitizer.vision.locate import PageLocation, check_in_view, location_of
from digitizer.vision.mesh import Mesh
from digitizer.vision.photo import Photo
from digitizer.vision.plane import quarter_turns
from digitizer.vision.sight import Candidate, Sight

NO_MISFIT: Final = 0.0
"""Four corners fix a homography: nothing is left to measure."""


def locate_by_hand(photo: Photo, atlas: Atlas, placement: Placement) -> PageLocation:
    """Place a page where a person says that its corners are; the print says how it bends.

    Where too little of the print agrees, the page is laid flat by its corners alone, and says so.

    Raises:
        PageNotLocated: much of the page lies outside the picture.
        ValueError: the page is none of the atlas.
    """
    forms = [form for form, page in atlas.pages
             if (form.id, page.number) == (placement.form, placement.page)]  # fmt: skip
    if not forms:
        raise ValueError(f"the atlas has no page {placement.page} of {placement.form}")
    sight = Sight.of(photo)
    candidate = by_hand(placement, forms[0], sight.size)
    placed = best_of(sight, atlas, [candidate])
    if placed is not None and placed.support >= CONFIRMED:
        location = location_of(placed, "person", ())
    else:
        location = _flat(candidate, placed.support if placed is not None else 0.0)
    check_in_view(location, sight.size)
    return location


def by_hand(placement: Placement, form: FormSpec, size: tuple[int, int]) -> Candidate:
    """The place that four corners give (Hartley and Zisserman 2004, section 4.1).

    Args:
        placement: what the person said.
        form: of that name.
        size: width and height of the upright photo in pixels.
    """
    page = form.page(placement.page)
    width, height = page.size.width, page.size.height
    sheet = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = np.array(placement.corners, np.float32) * np.array(size, np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(sheet, seen), np.float64)
    return Candidate(form, page, matrix, None, NO_MISFIT, "person")


def _flat(candidate: Candidate, support: float) -> PageLocation:
    """A page laid flat by its corners alone."""
    return PageLocation(
        candidate.form,
        candidate.page,
        candidate.homography,
        Mesh.flat(candidate.page.size),
        reprojection_error_mm=NO_MISFIT,
        residual_mm=NO_MISFIT,
        support=support,
        method=candidate.method,
        turns=quarter_turns(candidate.homography, candidate.page.size),
        identity="person",
        rivals=(f"only {support:.0%} of the print agrees with the corners",),
    )
