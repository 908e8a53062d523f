"""Good photos whose truth is known, and ways to deface them."""

from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import Corner
from digitizer.domain.geometry import Rect
from digitizer.forms import load_form
from digitizer.forms.render import render_image
from digitizer.synth.camera import CameraParams, Shot, photograph
from digitizer.synth.sheet import PageToPhoto, Pose
from digitizer.vision.photo import Photo, decode_photo
from digitizer.vision.plane import rect_corners
from tests.synth import filled_page

PPWP: Final = "c-hasil-ppwp-2024"
SEED: Final = 11

PAGE: Final = load_form(PPWP).page(2)
"""The page of the good photo, unless told otherwise."""

TAG: Final = Rect(0, 0, 0, 0) if PAGE.tag is None else PAGE.tag.rect.grown(2)
"""Its tag with a white margin."""

PASTE_SCALE: Final = 6.0
"""Pixels a millimetre at which a tag is drawn before it is pasted."""

Image = NDArray[np.uint8]

GOOD: Final = CameraParams(
    pose=Pose(8, 30, 2, 0.004, "arc", 40, 1.5), box_px=34, blur=0.1, jpeg_quality=88
)


@cache
def good_shot(page: int = 2) -> Shot:
    """An easy photo of a filled page of PPWP."""
    image, _ = filled_page(PPWP, page, SEED)
    size = load_form(PPWP).page(page).size
    return photograph(image, size, params=GOOD, rng=np.random.default_rng(SEED))


def written(page: int = 2) -> dict[str, str]:
    """What is written on it, by field."""
    return {name: entry.as_written for name, entry in filled_page(PPWP, page, SEED)[1].items()}


def png(image: Image) -> bytes:
    _, coded = cv2.imencode(".png", image)
    return coded.tobytes()


def jpg(image: Image, quality: int = 92) -> bytes:
    _, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return coded.tobytes()


def photo_of(image: Image) -> Photo:
    return decode_photo(png(image))


def painted(image: Image, truth: PageToPhoto, rect: Rect, grey: int = 225) -> Image:
    """The picture with a rectangle of the page painted over."""
    corners = np.array([(corner.x, corner.y) for corner in rect.corners])
    out = image.copy()
    cv2.fillPoly(out, [np.round(truth.project(corners)).astype(np.int32)], (grey, grey, grey))
    return out


def around(x: float, y: float, reach: float) -> Rect:
    """A square about a point of the page."""
    return Rect(x - reach, y - reach, 2 * reach, 2 * reach)


ALL_CORNERS: Final[tuple[Corner, ...]] = ("top_left", "top_right", "bottom_right", "bottom_left")


def without_marks(image: Image, *corners: Corner) -> Image:
    """A photo like the good one with some corner marks whited out."""
    for mark in PAGE.fiducials:
        if mark.corner in corners:
            image = painted(image, good_shot().truth, around(mark.point.x, mark.point.y, 10))
    return image


def without_tag(image: Image) -> Image:
    """A photo like the good one with the tag covered."""
    return painted(image, good_shot().truth, TAG)


def with_tag_of(image: Image, page: int) -> Image:
    """A photo like the good one with the tag of another page of the form pasted over its own."""
    drawn = render_image(load_form(PPWP), page, PASTE_SCALE)
    other = load_form(PPWP).page(page).tag
    assert other is not None
    left, top, right, bottom = (round(side * PASTE_SCALE) for side in _sides(other.rect.grown(2)))
    cut = drawn[top:bottom, left:right]
    height, width = cut.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32) - 0.5
    seen = good_shot().truth.project(rect_corners(TAG)).astype(np.float32)
    warp = cv2.getPerspectiveTransform(corners, seen)
    size = (image.shape[1], image.shape[0])
    inside = cv2.warpPerspective(np.full((height, width), 255, np.uint8), warp, size) > 128
    return np.where(inside[..., None], cv2.warpPerspective(cut, warp, size), image)


def empty_sheet() -> Image:
    """The good photo with everything but its four corner marks wiped off."""
    image, truth = good_shot().image, good_shot().truth
    wiped = painted(image, truth, Rect(0, 0, PAGE.size.width, PAGE.size.height))
    for mark in PAGE.fiducials:
        kept = np.zeros(image.shape[:2], np.uint8)
        quad = truth.project(rect_corners(around(mark.point.x, mark.point.y, 10)))
        cv2.fillPoly(kept, [np.round(quad).astype(np.int32)], 255)
        wiped[kept > 0] = image[kept > 0]
    return wiped


def turned(image: Image, turns: int) -> Image:
    """The picture turned by counter-clockwise quarters: as many clockwise make it upright."""
    return np.ascontiguousarray(np.rot90(image, turns))


def _sides(rect: Rect) -> tuple[float, float, float, float]:
    return rect.x, rect.y, rect.right, rect.bottom
