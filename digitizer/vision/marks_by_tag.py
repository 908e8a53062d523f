"""Find the corner marks of a page around its tag, at sub-pixel precision."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

import cv2
import numpy as np

from digitizer.domain.form import Fiducial
from digitizer.vision.fiducials import find_corner_marks, mark_likeness, refine_mark
from digitizer.vision.ink import GreyImage
from digitizer.vision.mark_search import quadrant_places
from digitizer.vision.plane import Matrix, Points, project, rect_corners
from digitizer.vision.sight import Sighting

ROUGH_LIKENESS: Final = 0.55
"""Correlation with the ideal mark, at least, before the page's map is known."""

MARK_CHOICES: Final = 4
"""So many candidates are weighed for each corner."""

PLACES: Final = 40
"""So many places of the right pattern are compared with the mark."""


Search = Callable[[GreyImage, Matrix, Fiducial], Iterator[tuple[Points, Matrix]]]
"""Finds rough places of a mark, each with the map at which it was sought, from the tag's."""

Marks = tuple[tuple[Fiducial, tuple[Points, ...]], ...]
"""For every corner mark of a page the places that may be it, most alike first."""


def joined(first: Marks, second: Marks) -> Marks:
    """The places of both, those of the first before the others."""
    return tuple(
        (fiducial, (*places, *more)[: 2 * MARK_CHOICES])
        for (fiducial, places), (_, more) in zip(first, second, strict=True)
    )


def marks_by_corner(grey: GreyImage, sighting: Sighting, search: Search) -> Marks:
    """Where the page's corner marks may lie, at sub-pixel precision.

    The tag alone gives scale, direction and a rough place; a mark is sought within a third of its
    distance from the tag.
    """
    affine, _ = cv2.estimateAffine2D(rect_corners(sighting.tag.rect), sighting.corners)
    rough = np.vstack([affine, (0, 0, 1)])
    jacobian = np.asarray(rough[:2, :2], np.float64)
    scale = float(np.sqrt(abs(np.linalg.det(jacobian))))
    tag_centre = sighting.corners.mean(axis=0)
    kinds = {fiducial.square_side: fiducial for fiducial in sighting.page.fiducials}
    confirmed = {
        side: _confirmed_marks(grey, jacobian, fiducial, search) for side, fiducial in kinds.items()
    }
    found = []
    for fiducial in sighting.page.fiducials:
        guess = project(rough, np.array([(fiducial.point.x, fiducial.point.y)]))[0]
        reach = 0.33 * float(np.linalg.norm(guess - tag_centre)) + 15 * scale
        near = [at for at in confirmed[fiducial.square_side] if np.linalg.norm(at - guess) < reach]
        found.append((fiducial, tuple(near[:MARK_CHOICES])))
    return tuple(found)


def _confirmed_marks(
    grey: GreyImage, jacobian: Matrix, fiducial: Fiducial, search: Search
) -> list[Points]:
    """Refined places whose surroundings have the shape of the mark, most alike first."""
    side, shape = fiducial.square_side, fiducial.shape
    scale = float(np.sqrt(abs(np.linalg.det(jacobian))))
    weighed: list[tuple[float, Points]] = []
    for rough, local in search(grey, jacobian, fiducial):
        if mark_likeness(grey, rough, local, side, shape) > ROUGH_LIKENESS:
            square_px = side * float(np.sqrt(abs(np.linalg.det(local))))
            at = refine_mark(grey, rough, square_px, shape)
            weighed.append((mark_likeness(grey, at, local, side, shape), at))
    weighed.sort(key=lambda item: -item[0])
    places: list[Points] = []
    for likeness, at in weighed:
        apart = all(np.linalg.norm(at - other) > side * scale / 2 for other in places)
        if apart and likeness > ROUGH_LIKENESS:
            places.append(at)
    return places


def _by_means(
    grey: GreyImage, jacobian: Matrix, fiducial: Fiducial
) -> Iterator[tuple[Points, Matrix]]:
    """Places with the mark's pattern of dark and light: quick, for a good photo."""
    if fiducial.shape != "saddle":
        return
    square_px = fiducial.square_side * float(np.sqrt(abs(np.linalg.det(jacobian))))
    diagonal = jacobian @ np.ones(2)
    falling, rising = quadrant_places(grey, square_px)
    for at in (falling if diagonal[0] * diagonal[1] > 0 else rising)[:PLACES]:
        yield at, jacobian


def _by_template(
    factors: Sequence[float], grey: GreyImage, jacobian: Matrix, fiducial: Fiducial
) -> Iterator[tuple[Points, Matrix]]:
    """Places that correlate with the mark, at these factors of the tag's scale."""
    for factor in factors:
        local = np.asarray(jacobian * factor)
        for mark in find_corner_marks(grey, local, fiducial.square_side, shape=fiducial.shape):
            yield np.array([mark.x, mark.y]), local


SEARCHES: Final[tuple[Search, ...]] = (
    _by_means,
    partial(_by_template, (1.0,)),
    partial(_by_template, (0.62, 0.78, 1.28)),
)
"""Tried in turn until four marks fit: perspective and bent paper shrink and grow what is far from
the tag."""
