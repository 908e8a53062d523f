"""How much ink is in and about each bubble, and whether a column's printed rings are seen at all.

Everything is measured against the bubble's own paper and the page's own black, so that light,
shadow and camera drop out.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitizer.vision.ink import GreyImage
from digitizer.vision.segment import BUBBLE_MARGIN

Floats = NDArray[np.float64]
Pixels = NDArray[np.float32]

CORNERS: Final = 1.25
PAPER_QUANTILE: Final = 0.7
"""Paper is this quantile of each corner of a bubble's cell, beyond that share of its radius, and
the mean of the four: the edge of a shadow across the bubble then darkens no more than itself."""

INSIDE: Final = 0.8
"""Fill is measured over this share of the radius: within the ring, around the printed digit."""

AROUND: Final = 1.2
"""Ink about a bubble is sought from this share of its radius outwards, clear of its ring."""

REACH: Final = 0.5
STEPS: Final = 7
"""Rings are sought within this share of the radius, in so many steps across and down."""

RING_SOFTNESS: Final = 0.16
DIGIT_RADIUS: Final = 0.3
DIGIT_DEPTH: Final = 0.6
"""The print of an empty bubble, as a photo shows it: a soft ring and a paler spot for its digit, in
shares of the radius and of the ring's depth."""

PRINTED_DIGITS: Final = (
    0.002, -0.042, -0.005, -0.006, -0.010, 0.001, 0.014, -0.027, 0.015, 0.010,
)  # fmt: skip
"""Fill of the empty bubbles 0 to 9 against the middle of all: Helvetica at 0.59 of the diameter, as
measured on generated photos of the forms with bubbles."""

OTHER_FONT: Final = 0.02
"""The page's own empty bubbles are followed this far from `PRINTED_DIGITS`."""

EMPTY_QUANTILE: Final = 0.3
"""Of the bubbles with the same digit, mostly empty, this one counts as empty: the middle one would
be filled on a page most of whose numbers share a digit."""

LEAST_DEPTH: Final = 20.0
"""Grey levels between paper and black below which darkness is no longer divided by them."""


@dataclass(frozen=True, slots=True)
class ColumnInk:
    """What the pixels say of the bubble columns of a page; 0 is paper, 1 the page's black print.

    Attributes:
        fill: (columns, 10), darkness inside a bubble beyond that of an empty one with its digit.
        around: (columns, 10), darkness outside its ring beyond what is usual on the page.
        depth: (columns, 10), how deep the print of a bubble is, or the ink in its place, against
            the print of the page's others: 1 as usual, 0 where it is burnt out.
        rings: (columns,), correlation of the column's common pattern with printed rings, -1 to 1.
    """

    fill: Floats
    around: Floats
    depth: Floats
    rings: Floats


def measure_columns(cells: GreyImage, ink_grey: float) -> ColumnInk:
    """Measure the ink of all bubble columns of one page.

    Args:
        cells: (columns, 10, height, width), the bubbles 0 to 9 with `BUBBLE_MARGIN`.
        ink_grey: grey level of black print on this page.
    """
    count, _, height, width = cells.shape
    pixels = cells.reshape(count, 10, height * width).astype(np.float32)
    places = _places(height, width)
    corners = pixels[..., places.corners]
    rank = round(PAPER_QUANTILE * (corners.shape[-1] - 1))
    paper = np.partition(corners, rank, axis=-1)[..., rank].mean(axis=-1)[..., None]
    dark = paper - pixels
    rings, place = _find_rings(dark, places)
    dark /= np.maximum(paper - ink_grey, LEAST_DEPTH)
    inside = (dark @ places.inside[place][..., None])[..., 0].astype(np.float64)
    around = (dark @ places.around[place][..., None])[..., 0].astype(np.float64)
    depth = (dark @ places.rings.T).max(axis=-1).astype(np.float64)
    return ColumnInk(
        inside - _empty(inside),
        around - float(np.median(around)),
        depth / max(float(np.median(depth)), 1e-9),
        rings,
    )


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a bubble may lie in its cell: weights over pixels, (places, pixels), one row a place.

    Attributes:
        rings: the print of an empty bubble, of mean 0 and length 1.
        inside, around: the area within its ring and that outside, of sum 1.
        corners: indices of the pixels of each corner of the cell, (4, pixels).
    """

    rings: Pixels
    inside: Pixels
    around: Pixels
    corners: NDArray[np.intp]


@lru_cache(maxsize=8)
def _places(height: int, width: int) -> _Places:
    radius = min(height, width) / 2 / (1 + 2 * BUBBLE_MARGIN)
    steps = np.linspace(-REACH, REACH, STEPS) * radius
    y, x = np.mgrid[:height, :width].reshape(2, -1)
    across, down = (axis.reshape(-1, 1) for axis in np.meshgrid(steps, steps))
    x, y = x - (width - 1) / 2, y - (height - 1) / 2
    away = np.hypot(x - across, y - down)
    ring = np.exp(-0.5 * ((away / radius - 1) / RING_SOFTNESS) ** 2)
    ring += DIGIT_DEPTH * np.exp(-0.5 * (away / radius / DIGIT_RADIUS) ** 2)
    ring -= ring.mean(axis=1, keepdims=True)
    ring /= np.linalg.norm(ring, axis=1, keepdims=True)
    # A pixel on the edge counts by about the share of it that lies inside.
    inside = np.clip(0.5 + INSIDE * radius - away, 0, 1)
    around = np.clip(0.5 + away - AROUND * radius, 0, 1)
    corners = [
        np.flatnonzero((np.hypot(x, y) > CORNERS * radius) & (x * right > 0) & (y * low > 0))
        for right, low in ((-1, -1), (1, -1), (-1, 1), (1, 1))
    ]
    return _Places(
        ring.astype(np.float32),
        (inside / inside.sum(axis=1, keepdims=True)).astype(np.float32),
        (around / around.sum(axis=1, keepdims=True)).astype(np.float32),
        np.array(corners),
    )


def _find_rings(dark: Pixels, places: _Places) -> tuple[Floats, NDArray[np.intp]]:
    """The likeness to printed rings of what a column's bubbles have in common, and where.

    The middle of ten bubbles pixel by pixel leaves out the one or two that are filled.
    """
    common = np.sort(dark, axis=1)[:, 4:6].mean(axis=1)
    common -= common.mean(axis=1, keepdims=True)
    length = np.maximum(np.linalg.norm(common, axis=1, keepdims=True), 1e-9)
    likeness = (common / length) @ places.rings.T
    place = likeness.argmax(axis=1)
    return likeness[np.arange(len(place)), place].astype(np.float64), place


def _empty(inside: Floats) -> Floats:
    """The darkness inside an empty bubble of this page, by its digit."""
    printed = np.array(PRINTED_DIGITS)
    printed += np.median(inside - printed)
    seen = np.quantile(inside, EMPTY_QUANTILE, axis=0)
    return np.clip(seen, printed - OTHER_FONT, printed + OTHER_FONT)
