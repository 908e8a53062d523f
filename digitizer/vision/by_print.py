"""Locate a page by its print alone: features of the photo against those of the drawn blanks."""

from collections.abc import Iterable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.errors import PageNotLocated
from digitizer.vision.blank import Blank
from digitizer.vision.features import Features, matches
from digitizer.vision.mesh import Measured, Mesh, fit_mesh
from digitizer.vision.plane import Matrix, Points, is_upright_sheet, project
from digitizer.vision.sight import Candidate, Miss, Sight

PHOTO_SIDE: Final = 1000
"""Longer side, in pixels, at which the photo's features are sought."""

NEAR_SHARE: Final = 0.012
"""A match fits a homography within this share of the longer side: paper bends."""

BENT_SHARE: Final = 0.06
"""Matches within this share of the page's longer side say how it bends."""

LEAST_MATCHES: Final = 14
"""Fewer agree by chance."""

TRIED: Final = 5
"""So many pages, with the most matches, are fitted."""

MOST_CANDIDATES: Final = 4
CELLS: Final = (3, 4)
STIFFNESS: Final = 1.0


def by_print(sight: Sight, blanks: Iterable[Blank]) -> Sequence[Candidate] | Miss:
    """Where pages of these blanks may lie, those with the most agreeing matches first."""
    grey, scale = sight.pyramid.resized(PHOTO_SIDE)
    photo = Features.of(grey)
    paired = [(blank, matches(photo, blank.features)) for blank in blanks]
    paired.sort(key=lambda item: -len(item[1]))
    fits = []
    for blank, pairs in paired[:TRIED]:
        if len(pairs) >= LEAST_MATCHES:
            places = photo.places[pairs[:, 0]]
            fit = _fit(blank, blank.features.places[pairs[:, 1]], places, max(grey.shape))
            if fit is not None:
                fits.append(fit)
    fits.sort(key=lambda item: -item[0])
    found = [candidate.at_full_size(scale) for _, candidate in fits[:MOST_CANDIDATES]]
    return found or Miss(_nothing(len(paired[0][1]) if paired else 0))


def _fit(blank: Blank, at: Points, seen: Points, long_side: int) -> tuple[int, Candidate] | None:
    """The homography that most matches agree on, with their number (MAGSAC, Barath 2019)."""
    found, mask = cv2.findHomography(
        at, seen, cv2.USAC_MAGSAC, NEAR_SHARE * long_side, maxIters=2000, confidence=0.999
    )
    if found is None:
        return None
    matrix, inside = np.asarray(found, np.float64), mask.ravel() > 0
    if int(inside.sum()) < LEAST_MATCHES or not is_upright_sheet(matrix, blank.page.size):
        return None
    start, misfit = _bend(blank, matrix, at, seen)
    candidate = Candidate(blank.form, blank.page, matrix, start, misfit, "print")
    return int(inside.sum()), candidate


def _bend(blank: Blank, matrix: Matrix, at: Points, seen: Points) -> tuple[Mesh, float]:
    """A first mesh from the matches near a homography, and how well they fit it."""
    size = blank.page.size
    long_mm = max(size.width, size.height)
    moved = project(np.asarray(np.linalg.inv(matrix)), seen) - at
    near: NDArray[np.bool_] = np.linalg.norm(moved, axis=1) < BENT_SHARE * long_mm
    weights = np.ones((int(near.sum()), 2))
    tolerance = 0.003 * long_mm
    measured = Measured(at[near], moved[near], weights)
    mesh = fit_mesh(measured, size, CELLS, stiffness=STIFFNESS, tolerance=tolerance)
    off = np.linalg.norm(moved[near] - mesh.at(at[near]), axis=1)
    agreeing = off[off < 3 * tolerance]
    return mesh, float(np.sqrt(np.mean(agreeing**2))) if len(agreeing) else tolerance


def _nothing(found: int) -> PageNotLocated:
    return PageNotLocated(
        "no_form",
        f"found {found} places like the print of a known form, needed {LEAST_MATCHES} that agree",
        "send a photo of a whole page of C.HASIL",
        {"variant": "nothing"},
    )
