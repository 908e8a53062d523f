"""The pictures that anyone may see: no metadata, no signatures, nothing around the sheet."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.crops import boxes_crop, crop_margin
from digitizer.domain.form import FieldSpec
from digitizer.domain.geometry import Rect, bounding_rect
from digitizer.vision.photo import BgrImage, Photo
from digitizer.vision.rectify import Page, closer

PRIVATE_MARGIN_SHARE: Final = 1 / 150
"""Private cells are painted with a margin of this share of the page's height: pens cross lines."""

PAINT: Final = 160
"""A plain grey, so that a painted cell is not taken for an empty one."""

JPEG_QUALITY: Final = 85

LONGEST_PX: Final = 2000
"""The longer side of a photo that a person is to read as a whole."""

HEADER_TIMES: Final = 2.0
"""Place names are written smaller than digits: they are shown so many times as fine as the page."""

PAPER_QUANTILE: Final = 0.85
LIGHT_PAPER: Final = 225.0
MOST_GAIN: Final = 3.0
"""Ink in a shadow is hard to see: a crop is brightened, so many times at most, until this quantile
of it is as light as this."""

MIXED_PX: Final = 2
"""Edges of what is painted are widened by so many pixels: a reduced pixel mixes both sides."""


def desk_pictures(page: Page) -> Mapping[str, bytes]:
    """Every picture of a located page that the desk shows, as JPEG by name.

    "public" is the public copy, "page" the page laid flat, "header" where its place names are
    written, finer than the page (absent when the form has none), "crop/<field>" the digit boxes of
    each number, and "witnesses/<field>" the boxes with bubbles and words, where the form has them.
    """
    flat = painted_page(page)
    pictures = {"public": public_copy(page), "page": _jpeg(flat)}
    if page.spec.header is not None:
        header = _header(page, page.spec.header.grown(crop_margin(page.spec)))
        pictures["header"] = _jpeg(in_light(header))
    for field in page.spec.fields:
        pictures[f"crop/{field.id}"] = _jpeg(in_light(_boxes(flat, field, page, bubbles=False)))
        if field.bubbles or field.words is not None:
            pictures[f"witnesses/{field.id}"] = _jpeg(_witnesses(flat, field, page))
    return pictures


def in_light(crop: BgrImage) -> BgrImage:
    """A crop as if it had been photographed in more light, where its paper is dark.

    All colours by one factor, so that hues stay and what is darker stays darker.
    """
    # A few pixels tell how light the paper is.
    levels = np.sort(crop[::4, ::4].max(axis=2), axis=None)
    paper = max(float(levels[round(PAPER_QUANTILE * (len(levels) - 1))]), 1.0)
    gain = float(np.clip(LIGHT_PAPER / paper, 1.0, MOST_GAIN))
    return np.asarray(cv2.convertScaleAbs(crop, alpha=gain), np.uint8)


def whole_copy(photo: Photo) -> bytes:
    """A photo that could not be read, for whoever keys it, as a JPEG at reading size.

    Nothing is painted, since nobody knows where what lies: not for everybody's eyes.
    """
    height, width = photo.image.shape[:2]
    scale = min(1.0, LONGEST_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return _jpeg(np.asarray(cv2.resize(photo.image, size, interpolation=cv2.INTER_AREA), np.uint8))


def public_copy(page: Page) -> bytes:
    """The photo as a JPEG that anyone may see, at the size at which the machine read it.

    Private cells and all that lies outside the sheet are painted, the picture is cut to the sheet,
    and the file carries no metadata. Painting follows the reduction, and is wider than what it
    covers, so no ink of a private cell is mixed into a pixel that stays.
    """
    spec, photo = page.spec, page.source
    whole = Rect(0, 0, spec.size.width, spec.size.height)
    outline, *covered = _outlines(page, [whole, *_hidden(page)])
    left, top = np.maximum(outline.min(axis=0), 0)
    right, bottom = outline.max(axis=0) + 1
    inside = photo[top:bottom, left:right]
    corner = np.array([left, top])
    sheet = np.zeros(inside.shape[:2], np.uint8)
    cv2.fillPoly(sheet, [outline - corner], 255)
    private = [polygon - corner for polygon in covered]
    for polygon in private:
        cv2.fillPoly(sheet, [polygon], 0)
    cv2.polylines(sheet, [outline - corner, *private], True, 0, 2 * MIXED_PX + 1)
    image = np.full(inside.shape, PAINT, np.uint8)
    cv2.copyTo(inside, sheet, image)
    return _jpeg(image)


def _hidden(page: Page) -> list[Rect]:
    """The private cells with what is painted around them."""
    margin = private_margin_mm(page)
    return [rect.grown(margin) for rect in page.spec.private]


def private_margin_mm(page: Page) -> float:
    """How far beyond a private cell is painted: further where boxes lie off the mesh."""
    moved = [
        math.hypot(shift.dx, shift.dy)
        for shifts in page.shifts.values()
        for shift in shifts.boxes
        if shift.found
    ]
    return PRIVATE_MARGIN_SHARE * page.spec.size.height + max(moved, default=0.0)


def painted_page(page: Page) -> BgrImage:
    """The page laid flat, its private cells painted."""
    image = page.image.copy()
    for hidden in _hidden(page):
        image[_covered(hidden, page)] = PAINT
    return image


def _header(page: Page, rect: Rect) -> BgrImage:
    """Where the place names are written, private cells painted."""
    image, pixels_per_mm = closer(page, rect, HEADER_TIMES)
    for hidden in _hidden(page):
        here = Rect(hidden.x - rect.x, hidden.y - rect.y, hidden.width, hidden.height)
        image[_pixels(here, pixels_per_mm)] = PAINT
    return image


def _boxes(flat: BgrImage, field: FieldSpec, page: Page, *, bubbles: bool) -> BgrImage:
    """The digit boxes of a number, with the bubbles below them or without."""
    if not bubbles:
        return _cut(flat, boxes_crop(page.spec, field), page)
    places = [*field.digit_boxes, *(bubble for column in field.bubbles for bubble in column)]
    return _cut(flat, bounding_rect(places).grown(crop_margin(page.spec)), page)


def _witnesses(flat: BgrImage, field: FieldSpec, page: Page) -> BgrImage:
    """The boxes of a number with its bubbles below, and to their right the number in words."""
    parts = [in_light(_boxes(flat, field, page, bubbles=True))]
    if field.words is not None:
        parts.append(in_light(_cut(flat, field.words.grown(crop_margin(page.spec)), page)))
    tallest = max(part.shape[0] for part in parts)
    paper = [float(tone) for tone in np.median(parts[0].reshape(-1, 3), axis=0)]
    padded = [
        cv2.copyMakeBorder(part, 0, tallest - part.shape[0], 0, 0, cv2.BORDER_CONSTANT, value=paper)
        for part in parts
    ]
    return np.asarray(np.hstack(padded), np.uint8)


def _cut(flat: BgrImage, rect: Rect, page: Page) -> BgrImage:
    return flat[_covered(rect, page)]


def _covered(rect: Rect, page: Page) -> tuple[slice, slice]:
    """Rows and columns of the page's picture that cover a rectangle."""
    return _pixels(rect, page.pixels_per_mm)


def _pixels(rect: Rect, scale: float) -> tuple[slice, slice]:
    """Rows and columns that cover a rectangle; what lies left of or above the picture is left."""
    return (
        slice(max(0, math.floor(rect.y * scale)), max(0, math.ceil(rect.bottom * scale))),
        slice(max(0, math.floor(rect.x * scale)), max(0, math.ceil(rect.right * scale))),
    )


def _outlines(page: Page, rects: Sequence[Rect]) -> list[NDArray[np.int32]]:
    """The outline of each rectangle in `page.source`, (n, 2) int32."""
    scaled = (page.location.outlines(rects) + 0.5) * page.source_scale - 0.5
    return list(np.round(scaled).astype(np.int32))


def _jpeg(image: BgrImage) -> bytes:
    _, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return coded.tobytes()
