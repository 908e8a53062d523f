"""The print of a blank that is a picture, by measurement.

Rulings are what an opening with a long narrow element leaves (Serra, Image Analysis and
Mathematical Morphology, 1982): strokes of letters are shorter. Each is then measured on the ink
across it, to a fraction of a pixel.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.geometry import Point, Rect, Size
from digitizer.learn.drawing import Axis, Drawing, Patch, Ring, Ruling, joined, rulings_of

SHORTEST: Final = 0.0125
"""A ruling is longer than this share of the page's height: capitals of a blank are lower."""

SIGHTS: Final = ((0.25, 1), (0.1, 1), (0.04, 1), (0.1, 7))
"""Darker than the paper about it by such a share of its level is ink, and so many pixels may be
missing in a line. Tally cells are printed pale, but so is the dirt that a compressed picture has
about its letters, and dots make a line only where nothing else does: each is looked for by itself.
"""

PAPER: Final = 0.03
"""Half the side of the neighbourhood in which paper is looked for, as a share of the height."""

THICKEST: Final = 0.004
"""A ruling is no thicker than this share of the page's height; thicker ink is an area."""

APART: Final = 2
"""Filled areas are told apart where no more pixels than this hold them together on either side."""

Grey = NDArray[np.uint8]
Levels = NDArray[np.float32]


def draw_picture(picture: Grey, size: Size) -> tuple[Drawing, ...]:
    """The lines and circles of an upright picture of one page, places in millimetres.

    One drawing for each of `SIGHTS`, the plainest print first.

    Args:
        picture: (height, width), its edges those of the page.
        size: of the page.
    """
    scale = size.height / picture.shape[0]
    ink = darkness(picture)
    return tuple(_seen(ink, size, scale, level, gap) for level, gap in SIGHTS)


def _seen(ink: Levels, size: Size, scale: float, level: float, gap: int) -> Drawing:
    dark = (ink > level).astype(np.uint8)
    patches, thick = _areas(dark, scale)
    lines = dark & ~thick
    rulings = [
        *(_longer(side, scale) for p in patches for side in rulings_of(p.around, scale, 0.0)),
        *_rulings(ink, lines, "across", scale, level, gap),
        *_rulings(ink, lines, "down", scale, level, gap),
    ]
    return Drawing(size, joined(rulings, 1.5 * scale), tuple(_rings(dark, scale)), patches)


def _longer(side: Ruling, scale: float) -> Ruling:
    """The side of an area, so long that it meets the line along which the area was printed."""
    reach = (APART + 1) * scale
    return replace(side, start=side.start - reach, end=side.end + reach)


def _areas(dark: Grey, scale: float) -> tuple[tuple[Patch, ...], Grey]:
    """Filled rectangles, beside which a cell may lie, and where all filled areas are.

    A box that touches a bar has no line there but the bar's side.
    """
    side = round(max(3.0, THICKEST * dark.shape[0])) + 2
    thick = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    # Squares that touch at a corner are two.
    apart = cv2.erode(thick, np.ones((2 * APART + 1, 2 * APART + 1), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(apart, connectivity=4)
    found = [
        Patch(
            Rect(
                (left - APART) * scale,
                (top - APART) * scale,
                (width + 2 * APART) * scale,
                (tall + 2 * APART) * scale,
            ).corners
        )
        for left, top, width, tall, area in stats[1:count].tolist()
        if area > 0.95 * width * tall
    ]
    return tuple(found), np.asarray(cv2.dilate(thick, np.ones((3, 3), np.uint8)), np.uint8)


def darkness(picture: Grey) -> Levels:
    """How much darker than the paper about it every pixel is, 0 to 1."""
    reach = max(3, round(PAPER * picture.shape[0]))
    small = cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    side = max(3, reach // 4) * 2 + 1
    paper = cv2.dilate(small, np.ones((side, side), np.uint8))
    paper = cv2.GaussianBlur(paper, (0, 0), side / 4)
    whole = cv2.resize(paper, picture.shape[::-1], interpolation=cv2.INTER_LINEAR)
    level = picture.astype(np.float32) / np.maximum(whole.astype(np.float32), 1.0)
    return np.asarray(np.clip(1 - level, 0, 1), np.float32)


def _rulings(
    ink: Levels, dark: Grey, axis: Axis, scale: float, level: float, gap: int
) -> Iterator[Ruling]:
    if axis == "down":
        ink, dark = np.ascontiguousarray(ink.T), np.ascontiguousarray(dark.T)
    height = ink.shape[0] if axis == "across" else ink.shape[1]
    shortest, thickest = round(SHORTEST * height), max(3.0, THICKEST * height)
    whole = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((1, gap + 2), np.uint8))
    kept = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((1, shortest), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(kept, connectivity=8)
    for left, top, width, tall, area in stats[1:count].tolist():
        if area / width > thickest:
            continue
        yield from _line(ink, axis, (left, top, width, tall), scale, level if gap == 1 else 0.0)


def _line(
    ink: Levels, axis: Axis, where: tuple[int, int, int, int], scale: float, level: float
) -> Iterator[Ruling]:
    left, top, width, tall = where
    above, below = max(0, top - 2), min(ink.shape[0], top + tall + 2)
    # The median along the line: what crosses it, or is written on it, is not part of it.
    across = ink[above:below, left : left + width]
    profile = np.median(across, axis=1) if level else across.mean(axis=1)
    total = float(profile.sum())
    darkest = float(profile.max(initial=0.0))
    if total <= 0 or darkest < level:
        return
    rows = np.arange(above, below) + 0.5
    at = float((profile * rows).sum()) / total
    thick = total / darkest
    yield Ruling(axis, at * scale, left * scale, (left + width) * scale, thick * scale, 1 - darkest)


def _rings(dark: Grey, scale: float) -> Iterator[Ring]:
    """Closed round borders, by what they enclose."""
    contours, tree = cv2.findContours(dark, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if tree is None:
        return
    for contour, (_, _, _, parent) in zip(contours, tree[0], strict=True):
        if parent < 0:
            continue  # an outer border; its hole tells the ring
        (x, y), radius = cv2.minEnclosingCircle(contour)
        area = cv2.contourArea(contour)
        if radius * scale < 1 or area < 0.8 * np.pi * radius**2:
            continue
        outer_area = cv2.contourArea(contours[parent])
        outer = float(np.sqrt(outer_area / np.pi))
        inner = float(np.sqrt(area / np.pi))
        if outer_area < 0.8 * np.pi * cv2.minEnclosingCircle(contours[parent])[1] ** 2:
            continue
        middle = outer + inner
        yield Ring(Point((x + 0.5) * scale, (y + 0.5) * scale), middle * scale,
                   max(outer - inner, 0.5) * scale)  # fmt: skip
