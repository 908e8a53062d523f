"""From bytes to an upright picture, refusing what is not one before a pixel is decoded."""

import hashlib
import io
import math
import struct
import warnings
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from digitizer.domain.photo_limits import MAX_BYTES, MAX_JPEG_PIXELS, MAX_PIXELS
from digitizer.errors import PhotoRefused

BgrImage = NDArray[np.uint8]
"""(height, width, 3) blue, green, red."""

PhotoFormat = Literal["JPEG", "PNG", "WEBP", "HEIF"]

MEGA: Final = 1_000_000
MIB: Final = 1 << 20

PNG_START: Final = 8
PNG_FRAME: Final = 12
"""Bytes of a PNG before its first chunk, and of a chunk around its contents."""

PNG_PICTURE: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"eXIf"})
"""The chunks that say what a PNG shows, and how it is turned."""

BROKEN: Final = (ValueError, OSError, EOFError, RuntimeError, SyntaxError, IndexError)
"""What Pillow and libheif raise on files that are damaged, or made to be."""

BROKEN_EXIF: Final = (ValueError, TypeError, SyntaxError, struct.error)


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """What we are willing to decode.

    Attributes:
        max_bytes: of the file.
        max_pixels: width times height, as the header states them, of what is decoded as it is.
        max_jpeg_pixels: the same of a JPEG; beyond `max_pixels` it is decoded at half its width
            and height.
        min_side: of the longer side, in pixels; a page below it has digit boxes of a few pixels.
        max_slenderness: the longer side against the shorter; no sheet is a ribbon.
    """

    max_bytes: int = MAX_BYTES
    max_pixels: int = MAX_PIXELS
    max_jpeg_pixels: int = MAX_JPEG_PIXELS
    min_side: int = 640
    max_slenderness: int = 20


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


@dataclass(frozen=True, slots=True)
class _Header:
    format: PhotoFormat
    width: int
    height: int


def decode_photo(data: bytes, limits: PhotoLimits = PhotoLimits()) -> Photo:
    """Decode a JPEG, PNG, WebP or HEIC file.

    Raises:
        PhotoRefused: not_an_image, too_large or too_small, judged by the header alone, or
            not_an_image when the file ends early or does not decode.
    """
    if not data:
        raise _not_an_image("empty", "found an empty file")
    if len(data) > limits.max_bytes:
        raise PhotoRefused(
            "too_large",
            f"found a file of {len(data) / MIB:.1f} MiB, at most {limits.max_bytes / MIB:.0f} MiB "
            "are accepted",
            "set the camera to 12 megapixels and take the photo again",
            {
                "variant": "bytes",
                "found": round(len(data) / MIB, 1),
                "needed": round(limits.max_bytes / MIB),
            },
        )
    header = _read_header(data)
    _check_size(header, limits)
    if not _is_complete(data, header.format):
        raise _ends_early()
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
            raise _damaged() from error
    paper = Image.new("RGBA", picture.size, "white")
    flat = Image.alpha_composite(paper, picture).convert("RGB")
    return np.ascontiguousarray(np.asarray(flat, np.uint8)[:, :, ::-1])


def _read_header(data: bytes) -> _Header:
    """Format and size without decoding a pixel."""
    if pillow_heif.is_supported(data[:64]):
        return _read_heif_header(data)
    if data[8:12] == b"WEBP" and int.from_bytes(data[4:8], "little") + 8 > len(data):
        raise _ends_early()  # Pillow does not open such a file at all
    try:
        with warnings.catch_warnings():
            # Pillow warns at sizes that `_check_size` refuses with a message of its own.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as opened:
                found, (width, height) = opened.format, opened.size
    except Image.DecompressionBombError as error:
        raise PhotoRefused(
            "too_large",
            "found a picture of several hundred megapixels",
            "set the camera to 12 megapixels and take the photo again",
            {"variant": "bomb"},
        ) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise _not_an_image(
            "format", "found no JPEG, PNG, WebP or HEIC picture in the file"
        ) from error
    formats: dict[str | None, PhotoFormat] = {"PNG": "PNG", "WEBP": "WEBP"}
    return _Header(formats.get(found, "JPEG"), width, height)


def _read_heif_header(data: bytes) -> _Header:
    try:
        width, height = pillow_heif.open_heif(data, convert_hdr_to_8bit=True).size
    except BROKEN as error:
        raise _not_an_image("damaged", "found a HEIC picture that does not open") from error
    return _Header("HEIF", width, height)


def _check_size(header: _Header, limits: PhotoLimits) -> None:
    found = f"found {header.width} x {header.height} pixels"
    pixels = header.width * header.height
    # Upwards, so that nothing is refused for having as many as are accepted.
    megapixels = math.ceil(10 * pixels / MEGA) / 10
    if header.format != "JPEG" and pixels > limits.max_pixels:
        accepted = round(limits.max_pixels / MEGA)
        raise PhotoRefused(
            "too_large",
            f"{found} ({megapixels:g} megapixels) in a {header.format}, "
            f"of which at most {accepted} are accepted",
            "send it as a JPEG, or set the camera to 12 megapixels and take the photo again",
            {"variant": "no_jpeg", "found": megapixels, "needed": accepted},
        )
    if pixels > limits.max_jpeg_pixels:
        accepted = round(limits.max_jpeg_pixels / MEGA)
        raise PhotoRefused(
            "too_large",
            f"{found} ({megapixels:g} megapixels), at most {accepted} are accepted",
            "set the camera to 12 megapixels and take the photo again",
            {"variant": "pixels", "found": megapixels, "needed": accepted},
        )
    if max(header.width, header.height) < limits.min_side:
        raise PhotoRefused(
            "too_small",
            f"{found}, needed {limits.min_side} on the longer side",
            "send the original photo instead of its thumbnail",
            {
                "variant": "pixels",
                "width": header.width,
                "height": header.height,
                "needed": limits.min_side,
            },
        )
    if max(header.width, header.height) > limits.max_slenderness * min(header.width, header.height):
        raise PhotoRefused(
            "too_small",
            f"{found}, needed at least a {limits.max_slenderness}th of the longer side "
            "on the shorter",
            "send the original photo instead of a part of it",
            {
                "variant": "slender",
                "width": header.width,
                "height": header.height,
                "needed": -(-max(header.width, header.height) // limits.max_slenderness),
            },
        )


def _is_complete(data: bytes, picture: PhotoFormat) -> bool:
    """Whether the file's own end mark is there; OpenCV decodes a cut JPEG without a word."""
    match picture:
        case "JPEG":
            # From the end, where it stands: a file of some megabytes is else gone through.
            return data.rfind(b"\xff\xd9", _scan_start(data)) >= 0
        case "PNG":
            return b"IEND" in data[-4096:]
        case "WEBP" | "HEIF":
            return True  # checked when the header was read; libheif refuses a cut file by itself


def _scan_start(jpeg: bytes) -> int:
    """Where the first scan of a JPEG begins, past any thumbnail kept in its header."""
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA:
        if jpeg[at + 1] == 0xFF:  # a fill byte
            at += 1
            continue
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return at


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
        raise _damaged() from error
    if picture is None:
        raise _damaged()
    return np.asarray(picture, np.uint8)


def _decode_heif(data: bytes) -> BgrImage:
    try:
        opened = pillow_heif.open_heif(data, convert_hdr_to_8bit=True).to_pillow()
        upright = _upright(opened).convert("RGB")
    except BROKEN as error:
        raise _not_an_image("damaged", "the HEIC picture does not decode") from error
    return np.ascontiguousarray(np.asarray(upright, np.uint8)[:, :, ::-1])


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as its EXIF says; as it is where its EXIF is nonsense, since the ink is not."""
    try:
        return ImageOps.exif_transpose(picture)
    except BROKEN_EXIF:
        return picture


def _damaged() -> PhotoRefused:
    return _not_an_image("damaged", "the picture does not decode")


def _ends_early() -> PhotoRefused:
    return _not_an_image("cut", "the file ends early", "send it again; the upload was cut off")


def _not_an_image(
    variant: str, found: str, hint: str = "send a photo as JPEG, PNG, WebP or HEIC"
) -> PhotoRefused:
    return PhotoRefused("not_an_image", found, hint, {"variant": variant})
