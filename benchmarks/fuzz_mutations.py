"""What a hostile hand does to a picture: seeded, so that every file can be made again.

made = mutant(seed=1, number=4711)      always the same bytes
"""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from benchmarks.fuzz_bases import bases
from benchmarks.fuzz_containers import Segment, placed, segments, with_checksums

EXTREMES: Final = (0, 1, 2, 7, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
MAGIC: Final = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\xff\x00\x00\x00WEBPVP8 ",
    b"RIFF\xff\x00\x00\x00WEBPVP8X",
    b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
    b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1",
    b"PK\x03\x04",
    b"%PDF-1.7",
)
WHOLE_SHARE: Final = 0.005
"""Of all mutants so many are of whole pages, which take a while to be read."""

Mutation = Callable[[random.Random, bytes], bytes]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One hostile file and how it was made."""

    number: int
    base: str
    mutation: str
    data: bytes


def mutant(seed: int, number: int) -> Mutant:
    """The file of this number in the series of this seed."""
    rng = random.Random(f"{seed}/{number}")
    whole = rng.random() < WHOLE_SHARE
    base = rng.choice([name for name in bases() if name.startswith("page-") == whole])
    name = rng.choice(tuple(MUTATIONS))
    data = MUTATIONS[name](rng, bases()[base])
    if data.startswith(b"\x89PNG") and rng.random() < 0.7:
        data = with_checksums(data)  # a PNG whose sums are wrong is hardly looked at
    return Mutant(number, base, name, data)


def _flip_bits(rng: random.Random, data: bytes) -> bytes:
    made = bytearray(data)
    for _ in range(1 << rng.randrange(7)):
        made[rng.randrange(len(made))] ^= 1 << rng.randrange(8)
    return bytes(made)


def _spoil_head(rng: random.Random, data: bytes) -> bytes:
    made = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        made[rng.randrange(min(len(made), 200))] = rng.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF))
    return bytes(made)


def _overwrite(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    size = min(len(data) - start, 1 << rng.randrange(12))
    filling = rng.choice((b"\0" * size, b"\xff" * size, rng.randbytes(size)))
    return data[:start] + filling + data[start + size :]


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def _grow(rng: random.Random, data: bytes) -> bytes:
    return data + rng.choice((rng.randbytes(1 << rng.randrange(14)), data, b"\0" * 5000))


def _splice(rng: random.Random, data: bytes) -> bytes:
    other = bases()[rng.choice(tuple(bases()))]
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]


def _segment(rng: random.Random, data: bytes) -> Segment:
    return rng.choice(segments(data))


def _drop_segment(rng: random.Random, data: bytes) -> bytes:
    part = _segment(rng, data)
    return data[: part.start] + data[part.end :]


def _repeat_segment(rng: random.Random, data: bytes) -> bytes:
    part = _segment(rng, data)
    times = rng.choice((1, 2, 50, 2000)) if part.end - part.start < 500 else 2
    return data[: part.end] + data[part.start : part.end] * times + data[part.end :]


def _swap_segments(rng: random.Random, data: bytes) -> bytes:
    first, second = sorted((_segment(rng, data), _segment(rng, data)), key=lambda x: x.start)
    if first.end > second.start:
        return _flip_bits(rng, data)
    return (
        data[: first.start]
        + data[second.start : second.end]
        + data[first.end : second.start]
        + data[first.start : first.end]
        + data[second.end :]
    )


def _false_length(rng: random.Random, data: bytes) -> bytes:
    part = _segment(rng, data)
    near = part.end - part.start + rng.randint(-9, 9)
    value = rng.choice((*EXTREMES, near)) % (1 << 8 * part.length_size)
    return placed(data, part.length_at, value.to_bytes(part.length_size, part.order))


def _empty_segment(rng: random.Random, data: bytes) -> bytes:
    part = _segment(rng, data)
    return data[: part.body] + data[part.end :]


def _random_body(rng: random.Random, data: bytes) -> bytes:
    part = _segment(rng, data)
    return data[: part.body] + rng.randbytes(part.end - part.body) + data[part.end :]


def _false_size(rng: random.Random, data: bytes) -> bytes:
    """Width and height as the header states them: nothing, a bomb, or a little off."""
    found = [(part, part.size_at) for part in segments(data) if part.size_at is not None]
    if not found:
        return _flip_bits(rng, data)
    part, at = rng.choice(found)
    form, order = part.size_form, part.order
    most = (1 << 8 * struct.calcsize(form)) - 1
    sizes = (0, 1, 639, 641, 7000, 16384, 65535, 1 << 20, 0x7FFFFFFF, 0xFFFFFFFF)
    mark = ">" if order == "big" else "<"
    sides = [min(rng.choice(sizes), most) for _ in range(2)]
    return placed(data, at, struct.pack(mark + form * 2, *sides))


def _metadata(rng: random.Random, data: bytes) -> bytes:
    """EXIF, ICC and XMP full of nonsense, small and huge, where the format keeps them."""
    size = 1 << rng.randrange(4, 20)
    junk = rng.choice((rng.randbytes(size), b"\xff" * size, b"<" * size, _looping_exif(rng)))
    if data.startswith(b"\xff\xd8"):
        kind, name = rng.choice(
            ((0xE1, b"Exif\0\0"), (0xE2, b"ICC_PROFILE\0\1\1"), (0xE2, b"MPF\0"), (0xFE, b""),
             (0xE1, b"http://ns.adobe.com/xap/1.0/\0"), (0xED, b"Photoshop 3.0\0"))
        )  # fmt: skip
        pieces = [junk[at : at + 65000] for at in range(0, len(junk), 65000)]
        return data[:2] + b"".join(
            struct.pack(">BBH", 0xFF, kind, len(name + piece) + 2) + name + piece
            for piece in pieces
        ) + data[2:]  # fmt: skip
    if data.startswith(b"\x89PNG"):
        kind4 = rng.choice((b"eXIf", b"iCCP", b"tEXt", b"zTXt", b"iTXt", b"tRNS", b"gAMA", b"acTL"))
        body = b"k\0\0" + zlib.compress(junk) if kind4 in (b"iCCP", b"zTXt") else junk
        return data[:33] + struct.pack(">I", len(body)) + kind4 + body + bytes(4) + data[33:]
    if data[8:12] == b"WEBP":
        kind4 = rng.choice((b"EXIF", b"XMP ", b"ICCP", b"ANIM", b"ALPH"))
        added = kind4 + struct.pack("<I", len(junk)) + junk + bytes(len(junk) % 2)
        whole = data + added
        return placed(whole, 4, struct.pack("<I", len(whole) - 8))
    return _overwrite(rng, data)


def _looping_exif(rng: random.Random) -> bytes:
    """A TIFF directory whose entries point at itself and beyond its end, orientation among them."""
    entries = [(0x0112, 3, 1, rng.choice((0, 9, 255, 65535)) << 16)] + [
        (
            rng.choice((0x8769, 0x8825, 0x0201, 0x010E, 0x927C)),
            rng.randrange(14),
            rng.choice(EXTREMES),
            rng.choice((8, 0, 0xFFFFFFFF)),
        )
        for _ in range(rng.randrange(1, 60))
    ]
    body = b"".join(struct.pack(">HHII", *entry) for entry in entries)
    return b"MM\0*" + struct.pack(">IH", 8, len(entries)) + body + struct.pack(">I", 8)


def _pixel_bomb(rng: random.Random, _data: bytes) -> bytes:
    """A PNG whose few bytes unpack to far more than its header says, or just as much."""
    width, height = rng.choice(((640, 40), (6000, 6000), (50_000, 900), (7000, 7100)))
    depth, colour = rng.choice(((8, 2), (16, 6), (8, 0), (1, 0), (16, 2), (8, 3), (3, 9)))
    rows = zlib.compress(bytes(rng.choice((1000, 4_000_000, 40_000_000))), 1)
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, rng.choice((0, 0, 1, 7)))
    parts = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )


def _dressed_zip(rng: random.Random, data: bytes) -> bytes:
    file = io.BytesIO()
    method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr(zipfile.ZipInfo("a.jpg"), data, method)
    return rng.choice((b"", data, data[:100])) + file.getvalue()


def _hardly_anything(rng: random.Random, data: bytes) -> bytes:
    return rng.choice((b"", rng.randbytes(1), data[:1], data[:2], data[:12], b"\xff\xd8\xff\xd9"))


def _magic_and_noise(rng: random.Random, _data: bytes) -> bytes:
    return rng.choice(MAGIC) + rng.randbytes(1 << rng.randrange(15))


def _several(rng: random.Random, data: bytes) -> bytes:
    for _ in range(rng.randint(2, 4)):
        data = rng.choice((_flip_bits, _false_length, _overwrite, _drop_segment))(rng, data) or b"-"
    return data


MUTATIONS: Final[Mapping[str, Mutation]] = MappingProxyType(
    {
        "bits": _flip_bits, "head": _spoil_head, "overwrite": _overwrite, "cut": _cut,
        "grow": _grow, "splice": _splice, "drop-segment": _drop_segment,
        "repeat-segment": _repeat_segment, "swap-segments": _swap_segments,
        "false-length": _false_length, "empty-segment": _empty_segment,
        "random-body": _random_body, "false-size": _false_size, "metadata": _metadata,
        "pixel-bomb": _pixel_bomb, "zip": _dressed_zip, "tiny": _hardly_anything,
        "magic": _magic_and_noise, "several": _several,
    }
)  # fmt: skip
