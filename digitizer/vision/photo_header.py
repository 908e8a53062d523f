"""What the header of a picture says, and whether it is one that we decode."""

import io
import math
import warnings
from dataclasses import dataclass
from typing import Final, Literal

import pillow_heif
from PIL import Image, UnidentifiedImageError

from digitizer.domain.photo_limits import MAX_BYTES, MAX_JPEG_PIXELS, MAX_PIXELS
from digitizer.errors import PhotoRefused

PhotoFormat = Literal["JPEG", "PNG", "WEBP", "HEIF"]

MEGA: Final = 1_000_000
MIB: Final = 1 << 20

BROKEN: Final = (ValueError, OSError, EOFError, RuntimeError, SyntaxError, IndexError)
"""What Pillow and libheif raise on files that are damaged, or made to be."""


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


PHOTO: Final = PhotoLimits()
"""Of a photo of a whole page."""


@dataclass(frozen=True, slots=True)
class Header:
    """Format, and width and height in pixels before any turn."""

    format: PhotoFormat
    width: int
    height: int


def read_header(data: bytes, limits: PhotoLimits) -> Header:
    """Format and size of a picture that is accepted, without decoding a pixel.

    Raises:
        PhotoRefused: not_an_image, too_large or too_small.
    """
    if not data:
        raise not_an_image("empty", "found an empty file")
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
    header = _header_of(data)
    _check_size(header, limits)
    if not _is_complete(data, header.format):
        raise ends_early()
    return header


def _header_of(data: bytes) -> Header:
    """Format and size without decoding a pixel."""
    if pillow_heif.is_supported(data[:64]):
        return _read_heif_header(data)
    if data[8:12] == b"WEBP" and int.from_bytes(data[4:8], "little") + 8 > len(data):
        raise ends_early()  # Pillow does not open such a file at all
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
        raise not_an_image(
            "format", "found no JPEG, PNG, WebP or HEIC picture in the file"
        ) from error
    formats: dict[str | None, PhotoFormat] = {"PNG": "PNG", "WEBP": "WEBP"}
    return Header(formats.get(found, "JPEG"), width, height)


def _read_heif_header(data: bytes) -> Header:
    try:
        width, height = pillow_heif.open_heif(data, convert_hdr_to_8bit=True).size
    except BROKEN as error:
        raise not_an_image("damaged", "found a HEIC picture that does not open") from error
    return Header("HEIF", width, height)


def _check_size(header: Header, limits: PhotoLimits) -> None:
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


def damaged() -> PhotoRefused:
    """A file whose header is good and whose picture is not."""
    return not_an_image("damaged", "the picture does not decode")


def ends_early() -> PhotoRefused:
    """A file of which the end is missing."""
    return not_an_image("cut", "the file ends early", "send it again; the upload was cut off")


def not_an_image(
    variant: str, found: str, hint: str = "send a photo as JPEG, PNG, WebP or HEIC"
) -> PhotoRefused:
    """What is no picture, or none any more; `variant` says why for screens."""
    return PhotoRefused("not_an_image", found, hint, {"variant": variant})
