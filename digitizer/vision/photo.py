"""From bytes to an upright picture, refusing what is not one before a pixel is decoded."""

import hashlib
import io
import struct
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageOps

from digitizer.domain.photo_limits import MAX_PIXELS
from digitizer.vision.photo_header import (
    BROKEN,
    PHOTO,
    PhotoFormat,
    PhotoLimits,
    damaged,
    not_an_image,
    read_header,
)

BgrImage = NDArray[np.uint8]
"""(height, width, 3) blue, green, red."""

PNG_START: Final = 8
PNG_FRAME: Final = 12
"""Bytes of a PNG before its first chunk, and of a chunk around its contents."""

PNG_PICTURE: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"eXIf"})
"""The chunks that say what a PNG shows, and how it is turned."""

BROKEN_EXIF: Final = (ValueError, TypeError, SyntaxError, struct.error)


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A decoded photo.

    Attributes:
        id: sha256 of the file's bytes, in hexadecimal.
        image: (height, width, 3) BGR, upright as its EXIF orientation says; of a very large JPEG
            at half its width and height. Whatever is placed or measured in the photo is so in it.
        format: of the file.
    """

    id: str
    image: BgrImage
    format: PhotoFormat

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return int(self.image.shape[1]), int(self.image.shape[0])


def decode_photo(data: bytes, limits: PhotoLimits = PHOTO) -> Photo:
    """Decode a JPEG, PNG, WebP or HEIC file.

    Raises:
        PhotoRefused: not_an_image, too_large or too_small, judged by the header alone, or
            not_an_image when the file ends early or does not decode.
    """
    header = read_header(data, limits)
    match header.format:
        case "HEIF":
            image = _decode_heif(data)
        case "PNG":
            image = _decode(_still(data))
        case "JPEG" if header.width * header.height > limits.max_pixels:
            image = _decode(data, cv2.IMREAD_REDUCED_COLOR_2)
        case _:
            image = _decode(data)
    return Photo(hashlib.sha256(data).hexdigest(), image, header.format)


def decoded_side(width: int, height: int) -> float:
    """The longer side at which a JPEG of this size is decoded, in pixels."""
    return max(width, height) / (2 if width * height > MAX_PIXELS else 1)


def decode_crop(data: bytes) -> BgrImage:
    """Decode a picture of a single box, however small; what is transparent in it is white paper.

    Raises:
        PhotoRefused: not_an_image or too_large, as `decode_photo`.
    """
    photo = decode_photo(data, PhotoLimits(min_side=1))
    if photo.format not in ("PNG", "WEBP"):
        return photo.image
    with Image.open(io.BytesIO(data), formats=("PNG", "WEBP")) as opened:
        if not opened.has_transparency_data:
            return photo.image
        try:
            picture = _upright(opened).convert("RGBA")
        except BROKEN as error:
            raise damaged() from error
    paper = Image.new("RGBA", picture.size, "white")
    flat = Image.alpha_composite(paper, picture).convert("RGB")
    return np.ascontiguousarray(np.asarray(flat, np.uint8)[:, :, ::-1])


def _still(png: bytes) -> bytes:
    """The parts of a PNG that make its picture; no animation, on which OpenCV 5.0 may crash."""
    kept = [png[:PNG_START]]
    at = PNG_START
    while at + PNG_FRAME <= len(png):
        end = at + PNG_FRAME + int.from_bytes(png[at : at + 4], "big")
        if png[at + 4 : at + 8] in PNG_PICTURE:
            kept.append(png[at:end])
        at = end
    return b"".join(kept)


def _decode(data: bytes, how: int = cv2.IMREAD_COLOR) -> BgrImage:
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), how)
    except cv2.error as error:
        raise damaged() from error
    if picture is None:
        raise damaged()
    return np.asarray(picture, np.uint8)


def _decode_heif(data: bytes) -> BgrImage:
    try:
        opened = pillow_heif.open_heif(data, convert_hdr_to_8bit=True).to_pillow()
        upright = _upright(opened).convert("RGB")
    except BROKEN as error:
        raise not_an_image("damaged", "the HEIC picture does not decode") from error
    return np.ascontiguousarray(np.asarray(upright, np.uint8)[:, :, ::-1])


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as its EXIF says; as it is where its EXIF is nonsense, since the ink is not."""
    try:
        return ImageOps.exif_transpose(picture)
    except BROKEN_EXIF:
        return picture
