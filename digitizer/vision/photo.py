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

PAPER_ROWS: Final = 128
"""So many rows of a picture are laid on paper at once."""

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
    """Decode a JPEG, PNG, WebP or HEIC file; what is transparent in it is white paper.

    Raises:
        PhotoRefused: not_an_image, too_large or too_small, judged by the header alone, or
            not_an_image when the file ends early or does not decode.
    """
    header = read_header(data, limits)
    match header.format:
        case "HEIF":
            image = _decode_heif(data)
        case "PNG":
            still = _still(data)
            image = _on_paper(_decode(still), still)
        case "WEBP":
            image = _on_paper(_decode(data), data)
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
    return decode_photo(data, PhotoLimits(min_side=1)).image


def _on_paper(image: BgrImage, data: bytes) -> BgrImage:
    """The picture that was decoded from a PNG or WebP, laid on white paper where it has an alpha
    channel; OpenCV leaves what is transparent in any colour, most often black.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "WEBP")) as opened:
            if not opened.has_transparency_data:
                return image
            exif = opened.info.get("exif")
            # A palette or a colour may be transparent too; what has the channel is not copied.
            whole = opened if "A" in opened.getbands() else opened.convert("RGBA")
            alpha = whole.getchannel("A")
    except BROKEN as error:
        raise damaged() from error
    if exif is not None:
        alpha.info["exif"] = exif
    opaque = np.asarray(_upright(alpha), np.uint8)
    if opaque.shape != image.shape[:2]:
        raise damaged()
    # Some rows at a time: a large picture in whole would take several times its own memory.
    for top in range(0, len(image), PAPER_ROWS):
        rows = slice(top, top + PAPER_ROWS)
        ink = (255 - image[rows]).astype(np.uint16) * opaque[rows, :, None]
        image[rows] = 255 - (ink + 127) // 255
    return image


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
