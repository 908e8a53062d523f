"""Where the parts of a picture file lie: JPEG segments, PNG and RIFF chunks, HEIF boxes."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

NESTED: Final = {b"meta": 4, b"iprp": 0, b"ipco": 0, b"dinf": 0, b"iinf": 6, b"moov": 0}
"""HEIF boxes that hold boxes, and how many bytes come before these."""

PNG_START: Final = 8
RIFF_START: Final = 12


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a file.

    Attributes:
        start, end: of the whole part.
        length_at, length_size, order: where its length is written, and how.
        body: where its contents begin.
        size_at, size_form: where it states width and height, if it does, and one side's format.
    """

    start: int
    end: int
    length_at: int
    length_size: int
    order: Literal["big", "little"]
    body: int
    size_at: int | None = None
    size_form: str = "H"


def segments(data: bytes) -> list[Segment]:
    """The parts of a file; of one in no known format the whole is one part."""
    if data.startswith(b"\xff\xd8"):
        found = list(_jpeg(data))
    elif data.startswith(b"\x89PNG"):
        found = list(_png(data))
    elif data[8:12] == b"WEBP":
        found = list(_riff(data))
    elif data[4:8] == b"ftyp":
        found = list(_boxes(data, 0, len(data)))
    else:
        found = []
    return found or [Segment(0, len(data), 0, min(4, len(data)), "big", min(4, len(data)))]


def placed(data: bytes, at: int, value: bytes) -> bytes:
    """The same bytes with these at a place."""
    return data[:at] + value + data[at + len(value) :]


def with_checksums(png: bytes) -> bytes:
    """A PNG with the checksum of every chunk made right."""
    for part in segments(png):
        if png[part.start : part.start + 4] and part.end - part.start >= 12:
            named = png[part.start + 4 : part.end - 4]
            png = placed(png, part.end - 4, struct.pack(">I", zlib.crc32(named)))
    return png


def _jpeg(data: bytes) -> Iterator[Segment]:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        kind = data[at + 1]
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        end = min(len(data), at + 2 + length)
        if kind == 0xDA:  # the scan that follows belongs to its header
            end = len(data)
        frame = 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC) and at + 9 <= len(data)
        yield Segment(at, end, at + 2, 2, "big", min(end, at + 4), at + 5 if frame else None)
        at = end


def _png(data: bytes) -> Iterator[Segment]:
    at = PNG_START
    while at + 12 <= len(data):
        end = min(len(data), at + 12 + int.from_bytes(data[at : at + 4], "big"))
        sized = data[at + 4 : at + 8] in (b"IHDR", b"fcTL") and end - at >= 25
        first = at + (8 if data[at + 4 : at + 8] == b"IHDR" else 12)
        yield Segment(at, end, at, 4, "big", at + 8, first if sized else None, "I")
        at = end


def _riff(data: bytes) -> Iterator[Segment]:
    at = RIFF_START
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        end = min(len(data), at + 8 + length + length % 2)
        sized = data[at : at + 4] == b"VP8 " and end - at >= 18
        yield Segment(at, end, at + 4, 4, "little", at + 8, at + 14 if sized else None)
        at = end


def _boxes(data: bytes, start: int, end: int) -> Iterator[Segment]:
    at = start
    while at + 8 <= end:
        length = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        last = min(end, at + length) if length >= 8 else end
        sized = kind == b"ispe" and last - at >= 20
        yield Segment(at, last, at, 4, "big", at + 8, at + 12 if sized else None, "I")
        if kind in NESTED:
            yield from _boxes(data, at + 8 + NESTED[kind], last)
        at = last
