"""Good photos whose truth is known, and ways to deface them."""

from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.geometry import Rect
from digitizer.forms import load_form
from digitizer.synth.camera import CameraParams, Shot, photograph
from digitizer.synth.sheet import PageToPhoto, Pose
from digitizer.vision.photo import Photo, decode_photo
from tests.synth import filled_page

PPWP: Final = "c-hasil-ppwp-2024"
SEED: Final = 11

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
