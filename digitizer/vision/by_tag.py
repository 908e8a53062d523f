"""Locate a page by its tag together with its corner marks, at sub-pixel precision.

The tag names the page and tells which way is up; the corner marks, far apart and exact, carry the
homography.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, product
from typing import Final

import cv2
import numpy as np

from digitizer.domain.form import Fiducial
from digitizer.domain.reading import Method
from digitizer.errors import PageNotLocated
from digitizer.vision.fiducials import (
    mark_likeness,
)
from digitizer.vision.ink import GreyImage
from digitizer.vision.marks_by_tag import SEARCHES, Marks, joined, marks_by_corner
from digitizer.vision.plane import (
    Matrix,
    Points,
    is_upright_sheet,
    jacobian_at,
    project,
    rect_corners,
)
from digitizer.vision.sight import Candidate, Miss, Sight, Sighting

MARK_LIKENESS: Final = 0.70
"""A corner mark must correlate this well with its ideal under the page's own local map."""

TAG_MISFIT_MM: Final = 14.0
"""A flat page has its tag within this distance of where four corner marks put it."""

BENT_MISFIT_MM: Final = 60.0
"""Bent paper may have it this far: its print must confirm such a place."""

FEWER_MARKS_MISFIT_MM: Final = 12.0
"""The same when the tag itself takes part in the fit."""

MOST_CANDIDATES: Final = 4
MARK_SIDE: Final = 1400
"""Corner marks are sought at the smallest size with this longer side."""

Chosen = tuple[tuple[Fiducial, Points], ...]
"""Corner marks, each with the place in the photo that is taken for it."""


def by_tag(sight: Sight, sighting: Sighting) -> Sequence[Candidate] | Miss:
    """Where the page named by a tag may lie, the likeliest place first.

    All four corner marks make the first candidates ("tag_and_corners"), three or two of them with
    the tag's own corners the next ("tag_and_some_corners"). They are sought at one size.
    """
    grey, scale = sight.pyramid.near(MARK_SIDE)
    small = replace(sighting, corners=(sighting.corners + 0.5) * scale - 0.5)
    found: Marks = tuple((fiducial, ()) for fiducial in sighting.page.fiducials)
    for search in SEARCHES:
        found = joined(found, marks_by_corner(grey, small, search))
        fits = list(_fits(grey, small, found, 4, TAG_MISFIT_MM))
        if fits:
            return [fit.at_full_size(scale) for fit in fits]
    fits = [
        *_fits(grey, small, found, 4, BENT_MISFIT_MM),
        *_fits(grey, small, found, 3, FEWER_MARKS_MISFIT_MM),
        *_fits(grey, small, found, 2, FEWER_MARKS_MISFIT_MM),
    ]
    if not fits:
        return Miss(_too_few_marks(sighting, found), sighting)
    return [fit.at_full_size(scale) for fit in fits]


def _fits(
    grey: GreyImage, sighting: Sighting, marks: Marks, count: int, limit_mm: float
) -> Iterator[Candidate]:
    """Fits of exactly `count` marks that keep their shape under them, least misfit first."""
    fits = [
        (fit, chosen)
        for chosen in _choices(marks, count)
        if (fit := _fit(sighting, chosen, limit_mm)) is not None
    ]
    fits.sort(key=lambda item: item[0].misfit_mm)
    shaped = (fit for fit, chosen in fits if keeps_shape(grey, fit.homography, chosen))
    return islice(shaped, MOST_CANDIDATES)


def keeps_shape(grey: GreyImage, homography: Matrix, chosen: Chosen) -> bool:
    """Whether all marks look as they must under the page's own local map."""
    return all(
        mark_likeness(
            grey,
            at,
            jacobian_at(homography, np.array([fiducial.point.x, fiducial.point.y])),
            fiducial.square_side,
            fiducial.shape,
        )
        > MARK_LIKENESS
        for fiducial, at in chosen
    )


def _choices(marks: Marks, count: int) -> Iterator[Chosen]:
    """Every way to take exactly `count` corner marks, one place each."""
    options = [[None, *((fiducial, at) for at in places)] for fiducial, places in marks]
    for choice in product(*options):
        taken = tuple(item for item in choice if item is not None)
        if len(taken) == count:
            yield taken


def _fit(sighting: Sighting, chosen: Chosen, limit_mm: float) -> Candidate | None:
    """The homography of some corner marks, or None when tag and marks do not agree."""
    tag = rect_corners(sighting.tag.rect)
    at = np.array([(fiducial.point.x, fiducial.point.y) for fiducial, _ in chosen])
    seen = np.array([place for _, place in chosen])
    whole = len(chosen) == len(sighting.page.fiducials)
    source = at if whole else np.vstack([at, tag])
    target = seen if whole else np.vstack([seen, sighting.corners])
    found, _ = cv2.findHomography(source, target, 0)
    matrix = np.asarray(found, np.float64)
    if not is_upright_sheet(matrix, sighting.page.size):
        return None
    back = np.asarray(np.linalg.inv(matrix), np.float64)
    misfits = np.linalg.norm(
        project(back, np.vstack([seen, sighting.corners])) - np.vstack([at, tag]), axis=1
    )
    if misfits.max() > limit_mm:
        return None
    method: Method = "tag_and_corners" if whole else "tag_and_some_corners"
    rms = float(np.sqrt(np.mean(misfits**2)))
    return Candidate(sighting.form, sighting.page, matrix, None, rms, method)


def _too_few_marks(sighting: Sighting, marks: Marks) -> PageNotLocated:
    missing = [fiducial.corner.replace("_", " ") for fiducial, places in marks if not places]
    found = len(marks) - len(missing)
    named = sighting.name
    if found < 2:
        return PageNotLocated(
            "page_incomplete",
            f"found {found} of {len(marks)} corner marks of {named} "
            f"(missing {', '.join(missing)}), needed 2 beside the tag",
            "retake with all four corners in view",
            {
                "variant": "corners",
                "form": sighting.form.id,
                "page": sighting.page.number,
                "found": found,
                "needed": len(marks),
                "missing": " ".join(fiducial.corner for fiducial, places in marks if not places),
            },
        )
    return PageNotLocated(
        "page_incomplete",
        f"found {found} of {len(marks)} corner marks of {named}, which do not fit its tag",
        "flatten the sheet and retake with all four corners in view",
        {
            "variant": "misfit",
            "form": sighting.form.id,
            "page": sighting.page.number,
            "found": found,
            "needed": len(marks),
        },
    )
