"""How good a photo is where it matters: at the digit boxes."""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.geometry import Rect
from digitizer.domain.reading import Quality
from digitizer.vision.fiducials import GreyImage
from digitizer.vision.locate import jacobian_at
from digitizer.vision.rectify import Page, photo_scale

PROFILE_MM: Final = 2.5
"""A border is looked at so far to either side."""


def measure_quality(page: Page) -> Quality:
    """Resolution, sharpness and light of a located photo. Judging them is for the policy."""
    grey = np.asarray(cv2.cvtColor(page.image, cv2.COLOR_BGR2GRAY), np.uint8)
    return Quality(
        pixels_per_mm=photo_scale(page.location),
        box_pixels=_box_pixels(page),
        sharpness=border_sharpness(page, grey),
        brightness=float(np.median(grey)),
    )


def border_sharpness(page: Page, grey: GreyImage) -> float:
    """How steep the printed box borders are: 0 (blurred away) to 1 (as printed).

    A border is a dark stroke of known width w. Blurred by a camera, its profile grows lower and
    wider; the depth left at its middle is compared with the print's own depth, known from the
    corner marks. The median over all boxes counts, as ink lies across some.
    """
    depths = [
        _depth(grey, page.pixels_per_mm, ends)
        for field in page.spec.fields
        for box, shift in zip(field.digit_boxes, page.shifts[field.id].boxes, strict=True)
        for ends in _sides(shift.moved(box))
    ]
    found = [depth for depth in depths if depth is not None]
    if not found:
        return 0.0
    full = max(1.0, float(np.median(grey)) - print_grey(page, grey))
    return float(np.clip(np.median(found) / full, 0, 1))


def print_grey(page: Page, grey: GreyImage) -> float:
    """Grey level of solid black print on this page, from the squares of its corner marks."""
    levels = []
    for mark in page.spec.fiducials:
        for side in (-0.5, 0.5):
            x = round((mark.point.x + side * mark.square_side) * page.pixels_per_mm)
            y = round((mark.point.y + side * mark.square_side) * page.pixels_per_mm)
            half = max(1, round(0.2 * mark.square_side * page.pixels_per_mm))
            patch = grey[max(0, y - half) : y + half + 1, max(0, x - half) : x + half + 1]
            if patch.size:
                levels.append(float(np.median(patch)))
    # A corner that the photo does not show is white; the darkest half is print.
    return float(np.percentile(levels, 25)) if levels else float(np.percentile(grey, 1))


def _box_pixels(page: Page) -> float:
    """Median shorter side of the digit boxes in photo pixels."""
    sides = []
    for field in page.spec.fields:
        for box in field.digit_boxes:
            centre = np.array([box.centre.x, box.centre.y])
            columns = np.linalg.norm(jacobian_at(page.location.homography, centre), axis=0)
            sides.append(min(box.width * columns[0], box.height * columns[1]))
    return float(np.median(sides)) if sides else 0.0


def _sides(box: Rect) -> Iterator[tuple[float, float, float, float, bool]]:
    """Each side of a box without its ends: from x, y to x, y, and whether it stands upright."""
    dx, dy = 0.25 * box.width, 0.25 * box.height
    for x in (box.x, box.right):
        yield x, box.y + dy, x, box.bottom - dy, True
    for y in (box.y, box.bottom):
        yield box.x + dx, y, box.right - dx, y, False


def _depth(
    grey: GreyImage, scale: float, side: tuple[float, float, float, float, bool]
) -> float | None:
    """Depth in grey levels of the profile across one side; None beyond the picture."""
    x0, y0, x1, y1, upright = (*side[:4], side[4])
    reach = PROFILE_MM
    if upright:
        window = grey[_span(y0, y1, scale), _span(x0 - reach, x0 + reach, scale)]
        profile: NDArray[np.float64] = np.median(window, axis=0) if window.size else np.empty(0)
    else:
        window = grey[_span(y0 - reach, y0 + reach, scale), _span(x0, x1, scale)]
        profile = np.median(window, axis=1) if window.size else np.empty(0)
    if len(profile) < 3:
        return None
    return float(np.percentile(profile, 80) - profile.min())


def _span(start: float, end: float, scale: float) -> slice:
    return slice(max(0, round(start * scale)), max(0, round(end * scale)))
