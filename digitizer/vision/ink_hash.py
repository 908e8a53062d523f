"""The ink hash of a page: 256 bits that stay nearly the same on every photo of the same paper.

Photos of one form look alike as pictures, and two photos of one sheet do not: another table,
another tilt. What tells one sheet from all others is the ink of its digit boxes, in page
millimetres. So the darkness of every box over a small grid is taken against its own paper; what the
boxes written in have in common, the print and that ink lies in the middle, is taken off; and of
what is left the signs of random projections are kept (SimHash: Charikar, STOC 2002).

Nothing is looked at but the inside of the digit boxes, so nothing private can be in it.
"""

import hashlib
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import PageSpec
from digitizer.domain.geometry import Rect
from digitizer.domain.likeness import BITS
from digitizer.vision.ink import DARKEST_PAPER, GreyImage
from digitizer.vision.rectify import Page

GRID: Final = 6
"""Grid cells along each side of a box: finer ones see how the page was laid flat, coarser ones see
only which digit it is."""

SAMPLES: Final = 3
"""Samples along each side of a grid cell, so many that they meet every stroke."""

INSET: Final = 0.1
"""This share of a box's shorter side is left out at every edge: the printed border."""

CLOSING: Final = 7
"""Dark spots narrower than so many samples are ink, wider ones are shade."""

INKED: Final = 0.1
"""A box counts as written in when one of its grid cells is so much darker than its paper. Pale pens
and pencil reach 0.12, empty boxes stay below 0.06 in every photo measured."""

LEAST_BOXES: Final = 4
"""A page with ink in fewer boxes has no hash: where next to nothing is written, much is alike."""


def ink_hash(page: Page, grey: GreyImage) -> str | None:
    """The ink hash of a page in hex, or None where too little is written, or nothing is counted.

    Args:
        page: laid flat.
        grey: its picture in grey.
    """
    if not any(field.counted for field in page.spec.fields):
        return None
    ink = box_ink(page.spec, grey, page.pixels_per_mm)
    written = ink.max(axis=1) >= INKED
    if written.sum() < LEAST_BOXES:
        return None
    signs = _projections(ink.size) @ _own_ink(ink, written) > 0
    return np.packbits(signs).tobytes().hex()


def box_ink(spec: PageSpec, grey: GreyImage, pixels_per_mm: float) -> NDArray[np.float32]:
    """How much darker than its paper each grid cell of each digit box is, (boxes, cells), 0 to 1.

    Boxes are in the order of the form, without those of dates, which are the same at every TPS.
    """
    boxes = [box for field in spec.fields if field.counted for box in field.digit_boxes]
    along = GRID * SAMPLES
    x, y = _samples(boxes, along, pixels_per_mm)
    seen = cv2.remap(
        grey, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(255,)
    )
    ink = _darkness(np.asarray(seen, np.uint8).reshape(len(boxes), along, along))
    cells = cv2.resize(ink, (GRID, GRID * len(boxes)), interpolation=cv2.INTER_AREA)
    return np.asarray(cells.reshape(len(boxes), GRID * GRID) / 255, np.float32)


def _darkness(boxes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How much darker than its paper every sample is, (boxes * along, along), 0 to 255.

    Paper is what a grey closing leaves: strokes go, the edge of a shadow stays.
    """
    count, along, _ = boxes.shape
    edge, side = CLOSING // 2, along + 2 * (CLOSING // 2)
    rows = np.pad(boxes, ((0, 0), (edge, edge), (edge, edge)), mode="edge").reshape(-1, side)
    paper = cv2.morphologyEx(rows, cv2.MORPH_CLOSE, np.ones((CLOSING, CLOSING), np.uint8))
    bright = np.maximum(paper, np.uint8(DARKEST_PAPER))
    ink = 255 - cv2.divide(rows, bright, scale=255.0)
    inside = ink.reshape(count, side, side)[:, edge:-edge, edge:-edge]
    return np.asarray(inside, np.uint8).reshape(-1, along)


def _samples(
    boxes: list[Rect], along: int, pixels_per_mm: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where each box is looked at, x and y in pixels, (boxes * along, along)."""
    sides = np.array([(box.x, box.y, box.width, box.height) for box in boxes])
    edge = INSET * sides[:, 2:].min(axis=1, keepdims=True)
    start, length = sides[:, :2] + edge, sides[:, 2:] - 2 * edge
    shares = (np.arange(along) + 0.5) / along
    at = (start[:, :, None] + length[:, :, None] * shares) * pixels_per_mm - 0.5
    shape = (len(boxes), along, along)
    x = np.broadcast_to(at[:, 0, None, :], shape).reshape(-1, along)
    y = np.broadcast_to(at[:, 1, :, None], shape).reshape(-1, along)
    return np.asarray(x, np.float32), np.asarray(y, np.float32)


def _own_ink(ink: NDArray[np.float32], written: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The ink of the boxes written in, less what they have in common; 0 in all others."""
    own = np.zeros_like(ink)
    own[written] = ink[written] - ink[written].mean(axis=0)
    return own.ravel()


@lru_cache(maxsize=16)
def _projections(length: int) -> NDArray[np.float32]:
    """Random directions, each a row of plus and minus ones, (BITS, length): the same for ever."""
    stream = hashlib.shake_256(b"digitizer ink hash").digest(-(-BITS * length // 8))
    signs = np.unpackbits(np.frombuffer(stream, np.uint8))[: BITS * length]
    return signs.reshape(BITS, length).astype(np.float32) * 2 - 1
