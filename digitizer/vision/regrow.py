"""Follow paper that is bent so deeply that a first look finds only a part of its print.

The part found tells how the paper next to it lies. Laid flat by that guess, the photo shows more
print nearly as it is on the blank, and a second look finds it.
"""

from typing import Final

import numpy as np

from digitizer.vision.blank import Blank
from digitizer.vision.features import Features, matches
from digitizer.vision.mesh import Measured, Mesh, Points, fit_mesh
from digitizer.vision.plane import Matrix
from digitizer.vision.registration import Pyramid, Registered, lattice, register

SIDE: Final = 1100
"""Longer side, in pixels, of the page laid flat for another look."""

NEAR_SHARE: Final = 0.02
"""A match joins when it lies within this share of the page's longer side from the mesh."""

FEATURES: Final = 1600
GROWTHS: Final = 6
CELLS: Final = (7, 10)
STIFFNESS: Final = 0.2
TOLERANCE_SHARE: Final = 0.002
LEAST_MATCHES: Final = 14

LOOKS: Final = 3
ENOUGH: Final = 0.85
"""Support from which no other look is needed."""

GAIN: Final = 0.02
"""Another look is worth it as long as support grows by this."""


def regrown(pyramid: Pyramid, blank: Blank, homography: Matrix, found: Registered) -> Registered:
    """The registration after looking again, as long as more of the print agrees."""
    best = found
    for _ in range(LOOKS):
        if best.agreement.support >= ENOUGH:
            break
        start = _second_look(pyramid, blank, homography, best.mesh)
        if start is None:
            break
        again = register(pyramid, blank, homography, start)
        if again.agreement.support < best.agreement.support + GAIN:
            break
        best = again
    return best


def _second_look(pyramid: Pyramid, blank: Blank, homography: Matrix, mesh: Mesh) -> Mesh | None:
    """A mesh from features of the page laid flat by another; None where too few agree."""
    size = blank.page.size
    scale = SIDE / max(size.width, size.height)
    pixels = (round(size.width * scale), round(size.height * scale))
    flat = pyramid.sampled(lattice(homography, mesh, (scale, scale), pixels), pixels)
    seen = Features.of(flat, FEATURES)
    pairs = matches(seen, blank.features)
    at = blank.features.places[pairs[:, 1]]
    step = (seen.places[pairs[:, 0]] + 0.5) / scale - at
    reach = NEAR_SHARE * max(size.width, size.height)
    inside = np.linalg.norm(step, axis=1) < reach
    total = step + mesh.at(at + step)
    for _ in range(GROWTHS):
        if int(inside.sum()) < LEAST_MATCHES:
            return None
        grown = _fitted(blank, at[inside], total[inside])
        now = np.linalg.norm(total - grown.at(at), axis=1) < reach
        if (now == inside).all():
            break
        inside = now
    return grown


def _fitted(blank: Blank, at: Points, moved: Points) -> Mesh:
    size = blank.page.size
    tolerance = TOLERANCE_SHARE * max(size.width, size.height)
    measured = Measured(at, moved, np.ones((len(at), 2)))
    return fit_mesh(measured, size, CELLS, stiffness=STIFFNESS, tolerance=tolerance)
