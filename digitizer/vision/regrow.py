"""Follow paper that is bent so deeply that a first look finds only a part of its print.

The part found tells how the sheet bends, and so where the rest of it is. Laid flat by that guess,
the photo shows more print nearly as it is on the blank, and another look finds it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitizer.vision.blank import Blank
from digitizer.vision.features import Features
from digitizer.vision.flatten import Pyramid, lattice
from digitizer.vision.mesh import Mesh
from digitizer.vision.plane import Matrix, Points, project
from digitizer.vision.registration import Registered, refined
from digitizer.vision.sheet import Sheet, View
from digitizer.vision.sheet_fit import fit_sheet

SIDE: Final = 1200
"""Longer side, in pixels, of the page laid flat for another look."""

FEATURES: Final = 2000
RATIO: Final = 0.85
"""A match counts when the next best nearby is farther by this ratio."""

REACH_SHARES: Final = (0.15, 0.08, 0.05)
"""A match is sought within this share of the page's longer side, in one look after the other."""

TELLING: Final = 0.1
"""A block that tells less than this of x or of y is no place in both."""

TOLERANCE_SHARE: Final = 0.0025
"""A match counts in full within this share of the photo's longer side."""

LEAST_MATCHES: Final = 14

ENOUGH: Final = 0.9
"""Support from which no other look is needed."""

HOPELESS: Final = 0.2
"""Support below which, after a look, no other look helps."""

GAIN: Final = 0.01
"""A look after which support has grown by less was the last one for a page already in place."""

PLACED: Final = 0.8
"""Support of a page already in place."""


def regrown(
    pyramid: Pyramid, blank: Blank, homography: Matrix, found: Registered
) -> tuple[Matrix, Registered]:
    """Homography and registration after looking again, if more of the print then agrees."""
    height, width = pyramid.sizes[0].shape
    view = View.of((width, height), blank.page.size)
    best = last = found
    best_matrix = matrix = homography
    sheet: Sheet | None = None
    for reach in REACH_SHARES:
        at, seen = _matched(pyramid, blank, matrix, last, reach * view.long_side)
        if len(at) < LEAST_MATCHES:
            break
        sheet = fit_sheet(view, at, seen, matrix, TOLERANCE_SHARE * view.side, sheet)
        matrix, bend = sheet.as_mesh()
        last = refined(pyramid, blank, matrix, bend)
        support, before = last.agreement.support, best.agreement.support
        if support > before:
            best, best_matrix = last, matrix
        if support >= ENOUGH or support < HOPELESS or before + GAIN > support > PLACED:
            break
    return best_matrix, best


def _matched(
    pyramid: Pyramid, blank: Blank, matrix: Matrix, last: Registered, reach: float
) -> tuple[Points, Points]:
    """Page and photo places of matched features and of the blocks that agree in x and y."""
    at, seen = _sighted(pyramid, blank, matrix, last.mesh, reach)
    agreement = last.agreement
    sure = agreement.agrees.all(axis=1) & (agreement.worth.min(axis=1) > TELLING)
    also = agreement.middles[sure]
    return (
        np.vstack([at, also]),
        np.vstack([seen, project(matrix, last.mesh.moved(also))]),
    )


def _sighted(
    pyramid: Pyramid, blank: Blank, matrix: Matrix, mesh: Mesh, reach: float
) -> tuple[Points, Points]:
    """Page and photo places of features matched after laying the page flat."""
    size = blank.page.size
    scale = SIDE / max(size.width, size.height)
    pixels = (round(size.width * scale), round(size.height * scale))
    flat = pyramid.sampled(lattice(matrix, mesh, (scale, scale), pixels), pixels)
    seen = Features.of(flat, FEATURES)
    places = (seen.places + 0.5) / scale
    pairs = _near_matches(seen, places, blank.features, reach)
    at = blank.features.places[pairs[:, 1]]
    return at, project(matrix, mesh.moved(places[pairs[:, 0]]))


def _near_matches(
    seen: Features, places: Points, blank: Features, reach: float
) -> NDArray[np.int64]:
    """Pairs (n, 2) of indices of clearly nearest descriptors among those that lie near."""
    if len(places) < 2 or len(blank.places) < 2:
        return np.empty((0, 2), np.int64)
    product = seen.descriptors @ blank.descriptors.T
    apart = np.linalg.norm(places[:, None] - blank.places[None], axis=2)
    product[apart > reach] = -1
    index = np.arange(len(product))
    nearest = product.argmax(axis=1)
    best = product[index, nearest]
    product[index, nearest] = -1
    distance, next_distance = (
        np.sqrt(np.maximum(2 - 2 * cosine, 0)) for cosine in (best, product.max(axis=1))
    )
    clear = (distance < RATIO * next_distance) & (best > 0)
    return np.column_stack([np.nonzero(clear)[0], nearest[clear]])
