"""The tones of a page laid flat: its picture in grey, how light its paper is, how black its print.

Worked out once a page: all who ask how dark something is on it ask against these.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from digitizer.domain.form import Fiducial
from digitizer.domain.geometry import Rect
from digitizer.vision.ink import GreyImage
from digitizer.vision.locate import in_view
from digitizer.vision.rectify import Page
from digitizer.vision.refuse import grey_level

WHITE: Final = 250
"""Paper of this grey level or lighter is burnt out."""

PRINT_SHARE: Final = 0.2
"""Grey of black print as a share of the grey of its paper, as cameras and scanners show it."""

PIECE_MM: Final = 20.0
"""A page that the photo does not show whole is looked at in pieces of this side."""

FEWEST_PATCHES: Final = 2
"""Squares of corner marks in view, of which black can be told."""


@dataclass(frozen=True, slots=True, eq=False)
class Tones:
    """Grey levels of a page, 0 to 255.

    Attributes:
        grey: the page, as `Page.image`.
        pixels_per_mm: its scale.
        paper: the median of what the photo shows of it.
        black: of solid print.
    """

    grey: GreyImage
    pixels_per_mm: float
    paper: float
    black: float

    @property
    def white_all_over(self) -> bool:
        """As a scan is; on any other page white is what the light has burnt out."""
        return self.paper >= WHITE

    def within(self, rect: Rect) -> GreyImage:
        """The pixels of a rectangle of the page, as far as the picture goes."""
        return _within(self.grey, rect, self.pixels_per_mm)


def tones_of(page: Page) -> Tones:
    """The tones of a page laid flat."""
    grey = np.asarray(cv2.cvtColor(page.image, cv2.COLOR_BGR2GRAY), np.uint8)
    shown = _shown(page, grey)
    paper = float(grey_level(shown, 0.5))
    marks = _mark_levels(page, grey)
    # Something may lie over a corner; the darkest are print. A photo that shows no marks, or a page
    # without, has no print so wide that blur leaves it black: there black is taken to be as dark
    # against its paper as print usually is.
    black = (
        float(np.percentile(marks, 25))
        if len(marks) >= FEWEST_PATCHES
        else min(float(grey_level(shown, 0.01)), PRINT_SHARE * paper)
    )
    return Tones(grey, page.pixels_per_mm, paper, black)


def _shown(page: Page, grey: GreyImage) -> GreyImage:
    """The pixels of a page that its photo shows; the rest of it is white, and is no paper."""
    width, height = page.spec.size.width, page.spec.size.height
    if in_view(page.location, [Rect(0, 0, width, height)], page.photo.size)[0]:
        return grey
    pieces = [
        Rect(x, y, min(PIECE_MM, width - x), min(PIECE_MM, height - y))
        for y in np.arange(0, height, PIECE_MM).tolist()
        for x in np.arange(0, width, PIECE_MM).tolist()
    ]
    shown = [
        _within(grey, piece, page.pixels_per_mm).ravel()
        for piece, seen in zip(pieces, in_view(page.location, pieces, page.photo.size), strict=True)
        if seen
    ]
    return np.concatenate(shown)[:, None] if shown else grey


def _mark_levels(page: Page, grey: GreyImage) -> list[float]:
    """The grey of each black square of the corner marks that the photo shows."""
    patches = [patch for mark in page.spec.fiducials for patch in _patches(mark)]
    seen = in_view(page.location, patches, page.photo.size) if patches else ()
    windows = (
        _within(grey, patch, page.pixels_per_mm)
        for patch, shown in zip(patches, seen, strict=True)
        if shown
    )
    return [float(np.median(window)) for window in windows if window.size]


def _patches(mark: Fiducial) -> Iterator[Rect]:
    """The middle of each black square of a corner mark."""
    side = mark.square_side
    for offset in (-0.5, 0.5) if mark.shape == "saddle" else (0.0,):
        x, y = mark.point.x + offset * side, mark.point.y + offset * side
        yield Rect(x - 0.2 * side, y - 0.2 * side, 0.4 * side, 0.4 * side)


def _within(grey: GreyImage, rect: Rect, scale: float) -> GreyImage:
    rows, columns = (
        slice(max(0, round(start * scale)), max(0, round(end * scale)))
        for start, end in ((rect.y, rect.bottom), (rect.x, rect.right))
    )
    return grey[rows, columns]
