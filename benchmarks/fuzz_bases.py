"""Intact pictures to be mutated: a strip of a sample page in every format a stranger may send.

Strips of some ten rows are enough for a decoder to go wrong on, and are searched for a page in no
time; a few whole pages are among them, which are read to the end.
"""

import io
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pillow_heif
from PIL import Image

SAMPLE: Final = (
    Path(__file__).resolve().parent.parent / "samples" / "photos" / "6411032001001-hal2.jpg"
)
LONG_SIDE: Final = 640
"""The least that is decoded; what is smaller is refused by its header."""

ROWS: Final = 34
AT: Final = 200

ORIENTATION: Final = 0x0112
GPS: Final = 0x8825


@cache
def bases() -> Mapping[str, bytes]:
    """Every base by name, always with the same bytes."""
    page = _page()
    turned = page.rotate(90, expand=True)
    strip = turned.crop((0, AT, LONG_SIDE, AT + ROWS))
    exif = _exif()
    grey = strip.convert("L")
    clear = strip.convert("RGBA")
    other = strip.transpose(Image.Transpose.ROTATE_180)
    makers: dict[str, Callable[[], bytes]] = {
        "jpeg": lambda: _coded(strip, "JPEG", quality=80),
        "jpeg-progressive": lambda: _coded(strip, "JPEG", quality=80, progressive=True),
        "jpeg-grey": lambda: _coded(grey, "JPEG", quality=80),
        "jpeg-cmyk": lambda: _coded(strip.convert("CMYK"), "JPEG", quality=80),
        "jpeg-restarts": lambda: _coded(strip, "JPEG", quality=80, restart_marker_rows=1),
        "jpeg-exif": lambda: _coded(strip, "JPEG", quality=80, exif=exif, comment=b"catatan"),
        "jpeg-icc": lambda: _coded(strip, "JPEG", quality=80, icc_profile=bytes(range(256)) * 12),
        "mpo": lambda: _coded(strip, "MPO", save_all=True, append_images=[other]),
        "png": lambda: _coded(strip, "PNG"),
        "png-16bit": lambda: _coded(grey.convert("I;16"), "PNG"),
        "png-1bit": lambda: _coded(grey.convert("1"), "PNG"),
        "png-palette": lambda: _coded(strip.quantize(16), "PNG", transparency=3),
        "png-alpha": lambda: _coded(clear, "PNG", exif=exif),
        "png-animated": lambda: _coded(strip, "PNG", save_all=True, append_images=[other]),
        "webp": lambda: _coded(strip, "WEBP", quality=70),
        "webp-lossless": lambda: _coded(strip, "WEBP", lossless=True),
        "webp-alpha": lambda: _coded(clear, "WEBP", quality=70, exif=exif),
        "webp-animated": lambda: _coded(strip, "WEBP", save_all=True, append_images=[other]),
        "heic": lambda: _heic(strip),
        "heic-exif": lambda: _heic(strip, exif=exif.tobytes(), xmp=b"<x:xmpmeta/>"),
        "heic-alpha": lambda: _heic(clear),
        "avif": lambda: _coded(strip, "AVIF", quality=50),
        "gif": lambda: _coded(strip.quantize(64), "GIF"),
        "tiff": lambda: _coded(grey, "TIFF"),
        "page-jpeg": lambda: _coded(page, "JPEG", quality=80),
        "page-webp": lambda: _coded(page, "WEBP", quality=70),
        "page-heic": lambda: _heic(page),
    }
    return MappingProxyType({name: make() for name, make in makers.items()})


def intact() -> bytes:
    """The sample itself, which is read whenever the reader is well."""
    return SAMPLE.read_bytes()


def _page() -> Image.Image:
    with Image.open(SAMPLE) as opened:
        width, height = opened.size
        return opened.convert("RGB").resize((LONG_SIDE * width // height, LONG_SIDE))


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010E] = "keterangan"
    exif[GPS] = {1: "S", 2: (0.0, 30.0, 8.0), 3: "E", 4: (117.0, 9.0, 13.0)}
    return exif


def _coded(picture: Image.Image, kind: str, **options: Any) -> bytes:  # noqa: ANN401  of Pillow
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def _heic(picture: Image.Image, **options: Any) -> bytes:  # noqa: ANN401  of pillow-heif
    file = io.BytesIO()
    pillow_heif.from_pillow(picture).save(file, quality=60, **options)
    return file.getvalue()
