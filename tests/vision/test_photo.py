"""Decoding: what is accepted stands upright, what is refused is refused by its header."""

import hashlib
import io
import struct
import zlib

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image as Pillow

from digitizer.errors import PhotoRefused
from digitizer.intake import archive
from digitizer.vision.photo import decode_crop, decode_photo
from digitizer.vision.photo_header import PhotoLimits
from tests.vision.pages import jpg


def scene(width: int = 900, height: int = 700) -> np.ndarray:
    """A picture whose corners tell them apart: red top left, green top right."""
    image = np.full((height, width, 3), 200, np.uint8)
    image[: height // 3, : width // 3] = (0, 0, 255)
    image[: height // 3, -width // 3 :] = (0, 255, 0)
    return image


def is_upright(image: np.ndarray) -> bool:
    """Whether red is top left and green is top right."""
    left, right = image[20, 20], image[20, -20]
    return bool(min(left[2], right[1]) > 200 and max(left[1], right[2]) < 80)


def png_header(width: int, height: int) -> bytes:
    """A PNG of this size with hardly any data: what a decompression bomb looks like."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0" * 64)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def heic(image: np.ndarray, exif: bytes | None = None) -> bytes:
    picture = Pillow.fromarray(np.ascontiguousarray(image[:, :, ::-1]))
    file = io.BytesIO()
    pillow_heif.from_pillow(picture).save(file, quality=80, exif=exif)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_three_usual_formats_are_decoded(kind: str) -> None:
    _, coded = cv2.imencode(f".{kind.lower()}", scene())
    photo = decode_photo(coded.tobytes())
    assert (photo.format, photo.size) == (kind, (900, 700))
    assert is_upright(photo.image)


def test_the_id_is_the_sha256_of_the_bytes() -> None:
    data = jpg(scene())
    assert decode_photo(data).id == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_jpeg_is_turned_as_its_exif_says(orientation: int) -> None:
    stored = np.rot90(scene(), {3: 2, 6: 1, 8: -1}[orientation])
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    Pillow.fromarray(np.ascontiguousarray(stored[:, :, ::-1])).save(file, "JPEG", exif=exif)
    photo = decode_photo(file.getvalue())
    assert photo.size == (900, 700)
    assert is_upright(photo.image)


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_heic_is_decoded_and_turned(orientation: int) -> None:
    stored = np.rot90(scene(), {1: 0, 6: 1}[orientation])
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    photo = decode_photo(heic(stored, exif.tobytes()))
    assert (photo.format, photo.size) == ("HEIF", (900, 700))
    assert is_upright(photo.image)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "found an empty file"),
        (b"%PDF-1.7 not a picture", "found no JPEG, PNG, WebP or HEIC picture in the file"),
        (b"\xff\xd8\xff\xe0", "found no JPEG, PNG, WebP or HEIC picture in the file"),
    ],
)
def test_what_is_no_picture_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(PhotoRefused) as caught:
        decode_photo(data)
    assert (caught.value.problem, caught.value.message) == ("not_an_image", message)
    assert caught.value.hint


@pytest.mark.parametrize("kind", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("share", [0.5, 0.98])
def test_a_file_that_ends_early_is_refused(kind: str, share: float) -> None:
    noise = np.random.default_rng(5).integers(0, 255, (700, 900, 3), np.uint8)
    _, coded = cv2.imencode(kind, noise)
    data = coded.tobytes()
    with pytest.raises(PhotoRefused, match="the file ends early"):
        decode_photo(data[: int(share * len(data))])


def test_a_cut_jpeg_with_a_whole_thumbnail_in_its_header_is_refused() -> None:
    whole = jpg(scene())
    thumbnail = (
        b"\xff\xe1"
        + struct.pack(">H", 2 + len(b"Exif\0\0\xff\xd8\xff\xd9"))
        + (b"Exif\0\0\xff\xd8\xff\xd9")
    )
    data = whole[:2] + thumbnail + whole[2:]
    assert decode_photo(data).size == (900, 700)
    with pytest.raises(PhotoRefused, match="the file ends early"):
        decode_photo(data[: len(data) // 2])


def test_what_decodes_as_it_is_is_refused_by_the_header_beyond_fifty_two_megapixels() -> None:
    with pytest.raises(PhotoRefused) as caught:
        decode_photo(png_header(10_000, 6_000))
    assert caught.value.problem == "too_large"
    assert caught.value.numbers == {"variant": "no_jpeg", "found": 60.0, "needed": 52}
    assert caught.value.message == (
        "found 10000 x 6000 pixels (60 megapixels) in a PNG, of which at most 52 are accepted"
    )
    assert "JPEG" in caught.value.hint
    with pytest.raises(PhotoRefused, match=r"\(52\.1 megapixels\)"):
        decode_photo(png_header(5_200, 10_001))


@pytest.mark.parametrize(
    ("size", "decoded"),
    [
        ((8160, 6144), (8160, 6144)),  # 50 megapixels, as phones call them
        ((9248, 6936), (4624, 3468)),  # 64
        ((12000, 9000), (6000, 4500)),  # 108
    ],
)
def test_a_jpeg_of_a_sensor_of_many_megapixels_is_decoded(
    size: tuple[int, int], decoded: tuple[int, int]
) -> None:
    assert decode_photo(jpg(np.full((size[1], size[0], 3), 200, np.uint8))).size == decoded


def test_a_jpeg_decoded_at_half_its_size_stands_upright() -> None:
    stored = cv2.resize(np.ascontiguousarray(np.rot90(scene())), (7001, 9000))
    exif = Pillow.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    Pillow.fromarray(np.ascontiguousarray(stored[:, :, ::-1])).save(file, "JPEG", exif=exif)
    photo = decode_photo(file.getvalue())
    assert photo.size == (4500, 3501)
    assert is_upright(photo.image)


def test_a_jpeg_of_more_megapixels_than_are_decoded_is_refused_by_the_header() -> None:
    data = jpg(np.full((700, 900, 3), 200, np.uint8))
    at = data.index(b"\xff\xc0") + 5
    data = data[:at] + struct.pack(">HH", 12_000, 9_200) + data[at + 4 :]
    with pytest.raises(PhotoRefused) as caught:
        decode_photo(data)
    assert caught.value.problem == "too_large"
    assert caught.value.numbers == {"variant": "pixels", "found": 110.4, "needed": 110}
    assert "12 megapixels" in caught.value.hint


def test_what_is_taken_in_is_no_larger_than_what_is_decoded() -> None:
    limits = PhotoLimits()
    archive.check_size("a.jpg", limits.max_bytes)
    with pytest.raises(PhotoRefused):
        archive.check_size("a.jpg", limits.max_bytes + 1)
    with pytest.raises(PhotoRefused, match="the file ends early"):
        decode_photo(jpg(scene())[:-2].ljust(limits.max_bytes, b"\0"))


def test_a_decompression_bomb_is_refused_by_the_header() -> None:
    data = png_header(20_000, 20_000)
    assert len(data) < 200
    with pytest.raises(PhotoRefused) as caught:
        decode_photo(data)
    assert caught.value.problem == "too_large"


def test_a_thumbnail_is_refused() -> None:
    with pytest.raises(PhotoRefused) as caught:
        decode_photo(jpg(scene(240, 320)))
    assert caught.value.problem == "too_small"
    assert caught.value.message == "found 240 x 320 pixels, needed 640 on the longer side"


def test_a_file_of_too_many_bytes_is_refused() -> None:
    with pytest.raises(PhotoRefused) as caught:
        decode_photo(jpg(scene()), PhotoLimits(max_bytes=1000))
    assert caught.value.problem == "too_large"


def test_of_an_animated_png_its_picture_is_decoded_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frames = [Pillow.fromarray(np.ascontiguousarray(np.rot90(scene(), n))) for n in (0, 2)]
    file = io.BytesIO()
    exif = Pillow.Exif()
    exif[0x0112] = 3
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:], exif=exif)
    given: list[bytes] = []
    decode = cv2.imdecode

    def watched(data: np.ndarray, flags: int) -> np.ndarray | None:
        given.append(data.tobytes())
        return decode(data, flags)

    monkeypatch.setattr(cv2, "imdecode", watched)
    image = decode_photo(file.getvalue()).image
    assert (image[::-1, ::-1, ::-1] == scene()).all()
    for name in (b"acTL", b"fcTL", b"fdAT"):
        assert name in file.getvalue()
        assert name not in given[0]


@pytest.mark.parametrize("exif", [b"Exif\0\0no directory", b"Exif\0\0II+\0\x08\0", b"\xff" * 40])
def test_a_heic_whose_exif_is_nonsense_is_decoded_all_the_same(exif: bytes) -> None:
    assert is_upright(decode_photo(heic(scene(), exif)).image)


@pytest.mark.parametrize(
    ("found", "put"),
    [(b"ispe\0", b"ispe\x09"), (b"pitm\0", b"pitm\x07"), (b"hvc1", b"none")],
    ids=["a box of an unknown version", "a primary of an unknown version", "no picture at all"],
)
def test_a_heic_that_libheif_cannot_follow_is_refused(found: bytes, put: bytes) -> None:
    whole = heic(scene())
    assert found in whole
    with pytest.raises(PhotoRefused) as caught:
        decode_photo(whole.replace(found, put))
    assert caught.value.problem == "not_an_image"


@pytest.mark.parametrize("size", [(7000, 1), (1, 7000), (2, 640), (33, 700)])
def test_a_ribbon_is_refused_by_the_header(size: tuple[int, int]) -> None:
    with pytest.raises(PhotoRefused) as caught:
        decode_photo(jpg(np.full((size[1], size[0], 3), 200, np.uint8)))
    assert caught.value.problem == "too_small"
    assert caught.value.numbers["variant"] == "slender"
    assert caught.value.numbers["needed"] == -(-max(size) // 20)
    assert decode_photo(jpg(np.full((35, 700, 3), 200, np.uint8))).size == (700, 35)


def test_a_damaged_box_with_transparency_is_refused() -> None:
    file = io.BytesIO()
    noise = np.random.default_rng(6).integers(0, 255, (90, 60, 4), np.uint8)
    Pillow.fromarray(noise).save(file, "PNG")
    data = bytearray(file.getvalue())
    at = data.index(b"IDAT") + 2000
    data[at : at + 40] = bytes(40)
    with pytest.raises(PhotoRefused) as caught:
        decode_crop(bytes(data))
    assert caught.value.problem == "not_an_image"


def see_through(mode: str) -> Pillow.Image:
    """The scene, whose grey is transparent; under it there is black."""
    colour = Pillow.fromarray(np.ascontiguousarray(scene()[:, :, ::-1]))
    clear = (scene() == 200).all(axis=2)
    shown = np.dstack([np.asarray(colour), np.where(clear, 0, 255).astype(np.uint8)])
    shown[clear] = 0
    picture = Pillow.fromarray(shown, "RGBA")
    if mode != "P":
        return picture.convert(mode)
    flat = picture.convert("RGB").quantize(8)
    flat.info["transparency"] = flat.getpixel((450, 350))
    return flat


def packed(picture: Pillow.Image, kind: str, orientation: int = 1) -> bytes:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    picture.save(file, kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {}))
    return file.getvalue()


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGBA", "PNG"), ("LA", "PNG"), ("P", "PNG"), ("RGBA", "WEBP")]
)
def test_what_is_transparent_is_paper_and_not_black(mode: str, kind: str) -> None:
    image = decode_photo(packed(see_through(mode), kind)).image
    assert image[350, 450].tolist() == [255, 255, 255]
    assert image[20, 20].tolist() != [255, 255, 255]
    assert is_upright(image) == (mode != "LA")


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_what_is_transparent_is_turned_with_the_picture(kind: str, orientation: int) -> None:
    turns = {3: 2, 6: 1, 8: -1}[orientation]
    stored = Pillow.fromarray(
        np.ascontiguousarray(np.rot90(np.asarray(see_through("RGBA")), turns))
    )
    photo = decode_photo(packed(stored, kind, orientation))
    assert photo.size == (900, 700)
    assert is_upright(photo.image)
    assert photo.image[350, 450].tolist() == [255, 255, 255]


def test_half_transparent_ink_is_as_much_paler() -> None:
    grey = Pillow.fromarray(np.full((640, 700, 4), (0, 0, 0, 128), np.uint8))
    assert set(decode_photo(packed(grey, "PNG")).image.ravel().tolist()) == {127}


def test_a_picture_that_is_opaque_throughout_is_as_it_was() -> None:
    opaque = Pillow.fromarray(np.ascontiguousarray(scene()[:, :, ::-1])).convert("RGBA")
    assert (decode_photo(packed(opaque, "PNG")).image == scene()).all()
