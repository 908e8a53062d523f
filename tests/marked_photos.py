"""Photos full of what must never leave: metadata of every kind, and vivid colour where people sign.

Every text planted holds `MARK`, so that one look at any bytes finds them all.
"""

import io
import struct
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

import cv2
import numpy as np
import pillow_heif
from PIL import Image as Pillow
from PIL import ImageCms
from PIL.PngImagePlugin import PngInfo

from digitizer.forms import load_form
from digitizer.synth.camera import photograph
from digitizer.synth.sheet import PageToPhoto
from digitizer.vision.plane import rect_corners
from tests.synth import filled_page
from tests.vision.pages import GOOD, SEED

MARK: Final = b"RAHASIA"
VIVID: Final = (255, 0, 255)
GPS_IFD: Final = 0x8825
XMP: Final = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>RAHASIA-XMP</dc:creator></x:xmpmeta>'


@cache
def signed_page(form: str, page: int) -> Pillow.Image:
    """A good photo of a filled page, each of its private cells full of `VIVID`."""
    spec = load_form(form).page(page)
    paper, _ = filled_page(form, page, SEED)
    shot = photograph(paper, spec.size, params=GOOD, rng=np.random.default_rng(SEED))
    image = signed(shot.image, shot.truth, form, page)
    return Pillow.fromarray(np.ascontiguousarray(image[:, :, ::-1]))


def signed(image: np.ndarray, truth: PageToPhoto, form: str, page: int) -> np.ndarray:
    """The same photo with vivid private cells."""
    out = image.copy()
    for rect in load_form(form).page(page).private:
        cv2.fillConvexPoly(out, np.round(truth.project(rect_corners(rect))).astype(np.int32), VIVID)
    return out


def written_on(form: str, page: int) -> dict[str, str]:
    """What is written on such a page, by field."""
    return {name: entry.as_written for name, entry in filled_page(form, page, SEED)[1].items()}


def exif() -> Pillow.Exif:
    """EXIF with a place, a name, a camera and the time."""
    made = Pillow.Exif()
    made[0x010E] = "RAHASIA-DESCRIPTION"
    made[0x010F] = "RAHASIA-MAKE"
    made[0x0110] = "RAHASIA-MODEL"
    made[0x0132] = "2024:11:27 RAHASIA"
    made[0x013B] = "RAHASIA-ARTIST"
    made[0x8298] = "RAHASIA-COPYRIGHT"
    made[GPS_IFD] = {1: "S", 2: (0.0, 30.0, 8.135), 3: "E", 4: (117.0, 9.0, 13.579), 18: "RAHASIA"}
    return made


def profile() -> bytes:
    """An ICC profile whose description is planted."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return plain.replace("sRGB built-in".encode("utf-16-be"), "RAHASIA-I-CC ".encode("utf-16-be"))


def jpeg(picture: Pillow.Image) -> bytes:
    """A JPEG with EXIF, a thumbnail, XMP, IPTC, ICC, a comment and bytes behind its end."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=92, exif=exif(), icc_profile=profile(), xmp=XMP,
                 comment=b"RAHASIA-COMMENT")  # fmt: skip
    data = file.getvalue()
    small = io.BytesIO()
    picture.resize((160, 120)).save(small, "JPEG", comment=b"RAHASIA-THUMBNAIL")
    caption = b"\x1c\x02\x78" + struct.pack(">H", 15) + b"RAHASIA-CAPTION"
    iptc = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(caption)) + caption
    thumbnail = b"PREVIEW\0" + small.getvalue()
    added = b"".join(
        struct.pack(">BBH", 0xFF, kind, len(body) + 2) + body
        for kind, body in ((0xED, iptc), (0xE2, thumbnail))
    )
    return data[:2] + added + data[2:] + b"RAHASIA-TRAILER"


def png(picture: Pillow.Image) -> bytes:
    """A PNG with text chunks of every kind, EXIF and a profile."""
    told = PngInfo()
    told.add_text("Author", "RAHASIA-TEXT")
    told.add_text("Comment", "RAHASIA-PACKED", zip=True)
    told.add_itxt("XML:com.adobe.xmp", XMP.decode())
    file = io.BytesIO()
    picture.save(file, "PNG", pnginfo=told, exif=exif(), icc_profile=profile(), compress_level=1)
    return file.getvalue()


def webp(picture: Pillow.Image) -> bytes:
    """A WebP with EXIF, XMP and a profile."""
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=92, exif=exif(), xmp=XMP, icc_profile=profile())
    return file.getvalue()


def heic(picture: Pillow.Image) -> bytes:
    """A HEIC with EXIF and XMP."""
    file = io.BytesIO()
    pillow_heif.from_pillow(picture).save(file, quality=85, exif=exif().tobytes(), xmp=XMP)
    return file.getvalue()


FORMATS: Final[Mapping[str, Callable[[Pillow.Image], bytes]]] = {
    "jpeg": jpeg, "png": png, "webp": webp, "heic": heic,
}  # fmt: skip
