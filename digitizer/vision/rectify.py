"""Lay the page flat: from a photo and a location to a picture in page millimetres."""

from dataclasses import dataclass
from statistics import median
from typing import Final

import cv2
import numpy as np

from digitizer.domain.form import PageSpec
from digitizer.domain.geometry import Rect
from digitizer.vision.flatten import NO_MAP, lattice, spread
from digitizer.vision.ink import halved
from digitizer.vision.locate import PageLocation
from digitizer.vision.photo import BgrImage, Photo
from digitizer.vision.plane import jacobian_at
from digitizer.vision.register import Shifts, measure_shifts

BOX_PIXELS: Final = 40.0
"""A page is laid flat at a scale at which its digit boxes have about this many pixels, if the photo
has them: a little more than the reader looks at."""

LEAST_BOX_PIXELS: Final = 26.0
"""Coarser photos are enlarged to this, so that borders can still be measured."""

ENOUGH: Final = 0.9
"""The photo is halved as long as it keeps this share of the pixels wanted."""


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A page laid flat.

    Attributes:
        image: (height, width, 3) BGR. Page millimetre (x, y) lies x, y times `pixels_per_mm` from
            the outer corner of the first pixel; what the photo does not show is white.
        shifts: how far the printed border of each digit box lies from where the mesh puts it.
        source: (height, width, 3) BGR, the photo at the size from which the page was sampled.
        source_scale: pixels of `source` a pixel of the photo, 1, 1/2, 1/4 ...
    """

    photo: Photo
    location: PageLocation
    spec: PageSpec
    image: BgrImage
    pixels_per_mm: float
    shifts: Shifts
    source: BgrImage
    source_scale: float


def rectify(photo: Photo, location: PageLocation) -> Page:
    """Lay a page flat by its homography and mesh, in one go, at a scale close to its own."""
    spec = location.page
    own = photo_scale(location)
    box = median(min(b.width, b.height) for field in spec.fields for b in field.digit_boxes)
    pixels_per_mm = float(np.clip(own, LEAST_BOX_PIXELS / box, BOX_PIXELS / box))
    sheet = Rect(0, 0, spec.size.width, spec.size.height)
    source, scale = _reduced(photo, own, pixels_per_mm)
    image = _laid_flat(source, scale, location, sheet, pixels_per_mm)
    shifts = measure_shifts(image, pixels_per_mm, spec)
    return Page(photo, location, spec, image, pixels_per_mm, shifts, source, scale)


def closer(page: Page, rect: Rect, times: float) -> tuple[BgrImage, float]:
    """A part of a page once more from the photo, up to so many times as fine, if the photo is.

    Returns:
        The picture and its pixels a millimetre.
    """
    own = photo_scale(page.location)
    finest = float(np.clip(own, page.pixels_per_mm, times * page.pixels_per_mm))
    source, scale = _reduced(page.photo, own, finest)
    return _laid_flat(source, scale, page.location, rect, finest), finest


def _reduced(photo: Photo, own: float, wanted: float) -> tuple[BgrImage, float]:
    """The photo halved while it stays about as fine as wanted, in pixels a mm, and its scale."""
    source, scale = photo.image, 1.0
    while own * scale / 2 >= ENOUGH * wanted:
        source, scale = halved(source), scale / 2
    return source, scale


def _laid_flat(
    source: BgrImage, scale: float, location: PageLocation, rect: Rect, pixels_per_mm: float
) -> BgrImage:
    """A rectangle of the page by homography and mesh; what the photo does not show is white."""
    size = (round(rect.width * pixels_per_mm), round(rect.height * pixels_per_mm))
    grid = lattice(
        location.homography,
        location.mesh,
        (pixels_per_mm, pixels_per_mm),
        size,
        (rect.x, rect.y),
    )
    flat = cv2.remap(
        source,
        spread((grid + 0.5) * scale - 0.5, size),
        NO_MAP,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255, 255, 255),
    )
    return np.asarray(flat, np.uint8)


def photo_scale(location: PageLocation) -> float:
    """Photo pixels a millimetre in the middle of the page."""
    size = location.page.size
    centre = np.array([size.width / 2, size.height / 2])
    return float(np.sqrt(abs(np.linalg.det(jacobian_at(location.homography, centre)))))


def crop(image: BgrImage, rect: Rect, pixels_per_mm: float) -> BgrImage:
    """The pixels of a rectangle of the page; places beyond the picture are white.

    Sampled between pixels, so that a cell starts exactly where its rectangle does.
    """
    width = max(1, round(rect.width * pixels_per_mm))
    height = max(1, round(rect.height * pixels_per_mm))
    left, top = rect.x * pixels_per_mm, rect.y * pixels_per_mm
    if (
        left >= 1
        and top >= 1
        and left + width + 1 < image.shape[1]
        and top + height + 1 < image.shape[0]
    ):
        # The same pixels as below, in half the time.
        centre = (left + (width - 1) / 2, top + (height - 1) / 2)
        return np.asarray(cv2.getRectSubPix(image, (width, height), centre), np.uint8)
    shift = np.array([[1, 0, left], [0, 1, top]], np.float64)
    return np.asarray(
        cv2.warpAffine(
            image,
            shift,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(255, 255, 255),
        ),
        np.uint8,
    )
