"""Lay the page flat: from a photo and a location to a picture in page millimetres."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from digitizer.domain.form import PageSpec
from digitizer.domain.geometry import Rect
from digitizer.vision.fiducials import Matrix
from digitizer.vision.locate import PageLocation, jacobian_at
from digitizer.vision.photo import BgrImage, Photo
from digitizer.vision.register import Shifts, measure_shifts

COARSEST: Final = 1.5
FINEST: Final = 3.5
"""Bounds of the scale, in pixels a millimetre, for a sheet of `SHEET_MM`: a digit box of 18 mm then
has 27 to 63 pixels, and the picture at most 7 megapixels."""

SHEET_MM: Final = 900.0


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A page laid flat.

    Attributes:
        image: (height, width, 3) BGR. Page millimetre (x, y) lies x, y times `pixels_per_mm` from
            the outer corner of the first pixel; what the photo does not show is white.
        shifts: how far each box and bubble lies from its place, since paper bends.
    """

    photo: Photo
    location: PageLocation
    spec: PageSpec
    image: BgrImage
    pixels_per_mm: float
    shifts: Shifts


def rectify(photo: Photo, location: PageLocation) -> Page:
    """Warp a photo to page millimetres, once, at a scale close to its own."""
    spec = location.page
    bound = SHEET_MM / max(spec.size.width, spec.size.height)
    own = photo_scale(location)
    pixels_per_mm = float(np.clip(own, COARSEST * bound, FINEST * bound))
    size = (round(spec.size.width * pixels_per_mm), round(spec.size.height * pixels_per_mm))
    # Pixel centres lie half a pixel in; `homography` speaks of millimetres.
    step = 1 / pixels_per_mm
    to_page = np.array([[step, 0, step / 2], [0, step, step / 2], [0, 0, 1.0]])
    source, shrink = _shrunk(photo.image, own / pixels_per_mm)
    warped = cv2.warpPerspective(
        source,
        shrink @ location.homography @ to_page,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255, 255, 255),
    )
    image = np.asarray(warped, np.uint8)
    shifts = measure_shifts(image, pixels_per_mm, spec)
    return Page(photo, location, spec, image, pixels_per_mm, shifts)


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
    x, y = int(np.floor(left)), int(np.floor(top))
    inside = (
        x >= 1 and y >= 1 and x + width + 2 < image.shape[1] and y + height + 2 < image.shape[0]
    )
    around = image[y - 1 : y + height + 2, x - 1 : x + width + 2] if inside else image
    origin = np.array([x - 1, y - 1] if inside else [0, 0], np.float64)
    shift = np.array([[1, 0, left - origin[0]], [0, 1, top - origin[1]]], np.float64)
    return np.asarray(
        cv2.warpAffine(
            around,
            shift,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(255, 255, 255),
        ),
        np.uint8,
    )


def _shrunk(image: BgrImage, factor: float) -> tuple[BgrImage, Matrix]:
    """The photo made smaller by area averaging when the page is to be, so that no ink is skipped.

    Returns the picture and the (3, 3) map from photo pixels to its own.
    """
    if factor < 1.4:
        return image, np.eye(3)
    scale = 1 / factor
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    sx, sy = small.shape[1] / image.shape[1], small.shape[0] / image.shape[0]
    shrink = np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2], [0, 0, 1.0]])
    return np.asarray(small, np.uint8), shrink
