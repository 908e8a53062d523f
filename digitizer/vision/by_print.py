"""Locate a page by its print alone: features of the photo against those of the drawn blanks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.geometry import Size
from digitizer.errors import PageNotLocated
from digitizer.vision.blank import Blank
from digitizer.vision.features import Features, matches
from digitizer.vision.mesh import Measured, Mesh, fit_mesh
from digitizer.vision.plane import Matrix, Points, is_upright_sheet, project
from digitizer.vision.sight import Candidate, Miss, Sight


@dataclass(frozen=True, slots=True)
class Look:
    """How closely the photo is looked at.

    Attributes:
        side: longer side, in pixels, at which features are sought.
        features: of the photo, at most.
        blank_features: of each blank.
        rival: a page on which fewer matches agree than this share of the most is left out.
    """

    side: int
    features: int
    blank_features: int
    rival: float


GLANCE: Final = Look(650, 800, 1000, 0.4)
"""Enough for a good photo, on which most matches that agree are those of the right page."""

CLOSE_LOOK: Final = Look(1000, 1600, 1600, 0.0)
"""For what a glance does not find."""

NEAR_SHARE: Final = 0.02
"""A match fits a homography within this share of the longer side: paper bends."""

GROWN_SHARE: Final = 0.035
"""A match joins the mesh when it lies within this share of the page's longer side from it."""

WELL_SHARE: Final = 0.004
"""Matches fit a homography and its bend well within this share of the longer side."""

TOLERANCE_SHARE: Final = 0.003
LEAST_MATCHES: Final = 14
"""Fewer agree by chance."""

TRIED: Final = 8
"""So many pages, with the most matches, are fitted."""

MOST_CANDIDATES: Final = 4
ROUNDS: Final = 8
"""A mesh has grown over all the paper within so many rounds."""

CELLS: Final = (6, 9)
STIFFNESS: Final = 0.3


def by_print(sight: Sight, blanks: Iterable[Blank], look: Look) -> Sequence[Candidate] | Miss:
    """Where pages of these blanks may lie, those with the most agreeing matches first."""
    grey, scale = sight.pyramid.resized(look.side)
    photo = Features.of(grey, look.features)
    paired = [
        (blank, matches(photo, blank.features.strongest(look.blank_features))) for blank in blanks
    ]
    paired.sort(key=lambda item: -len(item[1]))
    fits = []
    for blank, pairs in paired[:TRIED]:
        if len(pairs) >= LEAST_MATCHES:
            places = photo.places[pairs[:, 0]]
            fit = _fit(blank, blank.features.places[pairs[:, 1]], places, max(grey.shape))
            if fit is not None:
                fits.append(fit)
    fits.sort(key=lambda item: -item[0])
    found = [
        candidate.at_full_size(scale)
        for agreeing, candidate in fits[:MOST_CANDIDATES]
        if agreeing >= look.rival * fits[0][0]
    ]
    return found or Miss(_nothing(len(paired[0][1]) if paired else 0))


def _fit(blank: Blank, at: Points, seen: Points, long_side: int) -> tuple[int, Candidate] | None:
    """Homography and bend that most matches agree on, with their number.

    The first to agree do so on a homography (MAGSAC: Barath et al., CVPR 2019). Where paper is bent
    deeply they are those of one part of it.
    """
    found, mask = cv2.findHomography(
        at, seen, cv2.USAC_MAGSAC, NEAR_SHARE * long_side, maxIters=2000, confidence=0.999
    )
    if found is None or int(mask.sum()) < LEAST_MATCHES:
        return None
    inside = _grown(blank.page.size, at, seen, mask.ravel() > 0)
    count = int(inside.sum())
    if count < LEAST_MATCHES:
        return None
    start, misfit, matrix = _laid(blank.page.size, at[inside], seen[inside])
    if not is_upright_sheet(matrix, blank.page.size):
        return None
    return count, Candidate(blank.form, blank.page, matrix, start, misfit, "print")


def _laid(size: Size, at: Points, seen: Points) -> tuple[Mesh, float, Matrix]:
    """Mesh, misfit in millimetres, and the flat map that they stand on.

    That is a homography; where bent paper does not follow one, an affine map may serve better.
    """
    found, _ = cv2.findHomography(at, seen, 0)
    matrix = np.asarray(found, np.float64)
    if not is_upright_sheet(matrix, size):
        affine = _affine(at, seen)
        return (*_bend(size, affine, at, seen), affine)
    first = (*_bend(size, matrix, at, seen), matrix)
    if first[1] < WELL_SHARE * max(size.width, size.height):
        return first
    affine = _affine(at, seen)
    return min(first, (*_bend(size, affine, at, seen), affine), key=lambda item: item[1])


def _grown(size: Size, at: Points, seen: Points, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """All matches that one smooth sheet explains, from those that agree on one part of it.

    The mesh that fits a part foretells where its neighbours lie. It stands on an affine map, which
    continues a bent sheet tamely where a homography runs away.
    """
    reach = GROWN_SHARE * max(size.width, size.height)
    for _ in range(ROUNDS):
        affine = _affine(at[inside], seen[inside])
        moved = project(np.asarray(np.linalg.inv(affine)), seen) - at
        mesh = _fitted(size, at[inside], moved[inside])
        grown = np.linalg.norm(moved - mesh.at(at), axis=1) < reach
        if (grown == inside).all() or int(grown.sum()) < LEAST_MATCHES:
            break
        inside = grown
    return inside


def _affine(at: Points, seen: Points) -> Matrix:
    """The affine map of least squares, as (3, 3)."""
    source = np.column_stack([at, np.ones(len(at))])
    answer, *_ = np.linalg.lstsq(source, seen, rcond=None)
    return np.vstack([answer.T, (0, 0, 1)])


def _bend(size: Size, matrix: Matrix, at: Points, seen: Points) -> tuple[Mesh, float]:
    """The mesh of matches over a homography, and how well they fit it, in millimetres."""
    moved = project(np.asarray(np.linalg.inv(matrix)), seen) - at
    mesh = _fitted(size, at, moved)
    off = np.linalg.norm(moved - mesh.at(at), axis=1)
    return mesh, float(np.sqrt(np.mean(off**2)))


def _fitted(size: Size, at: Points, moved: Points) -> Mesh:
    measured = Measured(at, moved, np.ones((len(at), 2)))
    tolerance = TOLERANCE_SHARE * max(size.width, size.height)
    return fit_mesh(measured, size, CELLS, stiffness=STIFFNESS, tolerance=tolerance)


def _nothing(found: int) -> PageNotLocated:
    return PageNotLocated(
        "no_form",
        f"found {found} places like the print of a known form, needed {LEAST_MATCHES} that agree",
        "send a photo of a whole page of C.HASIL",
        {"variant": "nothing"},
    )
