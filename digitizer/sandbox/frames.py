"""What parent and child say to each other: length-prefixed frames over two pipes.

A request is two frames: a JSON that says where the page lies (`null`: nobody said) and which forms
are expected, and the bytes of the photo. An answer is one JSON frame and then one frame for each
picture that it names. A child is told the form files of its installation first, and says `READY`
once, when forms and model are loaded. A preview is asked about in the same way, with the size of
its photo in place of the placement; the answer is one frame, an inspection or `null`.
"""

import json
import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from types import MappingProxyType
from typing import BinaryIO, Final, cast, get_args

from digitizer.domain.advice import Advice, AdviceCode, Inspection
from digitizer.domain.codec import (
    reading_from_json,
    reading_to_json,
    verdict_from_json,
    verdict_to_json,
)
from digitizer.domain.outcome import PhotoOutcome
from digitizer.domain.placement import Corners, Placement
from digitizer.domain.verdict import Unreadable

READY: Final = b"ready"

OUT_OF_MEMORY: Final = 77
"""Exit status of a child that met its memory limit."""

MAX_FRAME: Final = 64 << 20
"""No photo and no picture is larger (bytes); a length beyond it is no frame of ours."""

MAX_PICTURES: Final = 1000
"""A form has fewer fields."""

_PLAIN: Final = tuple(item.name for item in fields(Inspection) if item.name != "advice")
"""What of an inspection is JSON as it is."""

MAX_PICTURE_BYTES: Final = 128 << 20
"""Of all pictures of a photo together; those of the largest photo are a tenth of it."""

_LENGTH: Final = struct.Struct(">Q")


class BrokenFrame(Exception):
    """The other side ended in the middle of a frame, or sent what is no frame."""


def write_frame(pipe: BinaryIO, body: bytes) -> None:
    """Send one frame."""
    pipe.write(_LENGTH.pack(len(body)))
    pipe.write(body)
    pipe.flush()


def read_frame(pipe: BinaryIO) -> bytes | None:
    """Receive one frame, or None when the other side has closed the pipe between two frames.

    Raises:
        BrokenFrame: the pipe ended within a frame, or the frame is larger than `MAX_FRAME`.
    """
    head = pipe.read(_LENGTH.size)
    if not head:
        return None
    if len(head) < _LENGTH.size:
        raise BrokenFrame(f"found {len(head)} bytes of a length, needed {_LENGTH.size}")
    (length,) = _LENGTH.unpack(head)
    if length > MAX_FRAME:
        raise BrokenFrame(f"found a frame of {length} bytes, needed at most {MAX_FRAME}")
    body = pipe.read(length)
    if len(body) < length:
        raise BrokenFrame(f"found {len(body)} bytes of a frame, needed {length}")
    return body


def write_forms(pipe: BinaryIO, files: Mapping[str, str]) -> None:
    """Tell a child the form files of the installation, by id."""
    write_frame(pipe, json.dumps(dict(files)).encode())


def read_forms(pipe: BinaryIO) -> Mapping[str, str]:
    """What a child is told first.

    Raises:
        BrokenFrame: its parent is gone, or said something else.
    """
    files: dict[str, str] = json.loads(_needed(pipe))
    return files


def write_request(
    pipe: BinaryIO, data: bytes, placement: Placement | None, expected: Collection[str] = ()
) -> None:
    """Send a photo to be read."""
    said = {
        "placement": None if placement is None else asdict(placement),
        "expected": list(expected),
    }
    write_frame(pipe, json.dumps(said).encode())
    write_frame(pipe, data)


def read_request(pipe: BinaryIO) -> tuple[bytes, Placement | None, tuple[str, ...]] | None:
    """Receive a photo to be read, or None when the other side has closed the pipe.

    Raises:
        BrokenFrame: what came is no request.
    """
    head = read_frame(pipe)
    if head is None:
        return None
    said = json.loads(head)
    placement, placed = None, said["placement"]
    if placed is not None:
        corners = tuple((float(x), float(y)) for x, y in placed["corners"])
        placement = Placement(placed["form"], placed["page"], cast("Corners", corners))
    return _needed(pipe), placement, tuple(said["expected"])


def write_outcome(pipe: BinaryIO, outcome: PhotoOutcome) -> None:
    """Send what became of a photo."""
    facts = {
        "photo": outcome.photo,
        "reading": None if outcome.reading is None else reading_to_json(outcome.reading),
        "problem": None if outcome.problem is None else verdict_to_json(outcome.problem),
        "blobs": list(outcome.blobs),
    }
    write_frame(pipe, json.dumps(facts).encode())
    for picture in outcome.blobs.values():
        write_frame(pipe, picture)


def read_outcome(pipe: BinaryIO, photo: str) -> PhotoOutcome:
    """Receive what became of the photo with this sha256.

    Raises:
        BrokenFrame: the child died, or answered anything but an outcome of this photo.
    """
    try:
        facts = json.loads(_needed(pipe))
        reading = None if facts["reading"] is None else reading_from_json(facts["reading"])
        problem = None if facts["problem"] is None else verdict_from_json(facts["problem"])
        names = [str(name) for name in facts["blobs"]]
        answered = facts["photo"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BrokenFrame(f"found an answer that is no outcome: {error}") from error
    if answered != photo or (reading is not None and reading.photo != photo):
        raise BrokenFrame("found an answer about another photo")
    if (reading is None) != isinstance(problem, Unreadable) or len(names) > MAX_PICTURES:
        raise BrokenFrame("found an answer with neither or both of reading and problem")
    settled = problem if isinstance(problem, Unreadable) else None
    return PhotoOutcome(photo, reading, settled, _read_pictures(pipe, names))


def _read_pictures(pipe: BinaryIO, names: Sequence[str]) -> Mapping[str, bytes]:
    """The pictures that an answer names, no more of them than fit into memory."""
    pictures: dict[str, bytes] = {}
    for name in names:
        pictures[name] = _needed(pipe)
        size = sum(map(len, pictures.values()))
        if size > MAX_PICTURE_BYTES:
            raise BrokenFrame(f"found {size} bytes of pictures, needed at most {MAX_PICTURE_BYTES}")
    return MappingProxyType(pictures)


def write_preview(pipe: BinaryIO, data: bytes, full_size: tuple[int, int] | None) -> None:
    """Send a preview to be looked at."""
    write_frame(pipe, json.dumps(full_size).encode())
    write_frame(pipe, data)


def read_preview(pipe: BinaryIO) -> tuple[bytes, tuple[int, int] | None] | None:
    """Receive a preview to be looked at, or None when the other side has closed the pipe.

    Raises:
        BrokenFrame: what came is no request.
    """
    head = read_frame(pipe)
    if head is None:
        return None
    said = json.loads(head)
    return _needed(pipe), None if said is None else (int(said[0]), int(said[1]))


def write_inspection(pipe: BinaryIO, found: Inspection | None) -> None:
    """Send what a preview shows."""
    facts = None
    if found is not None:
        facts = {name: getattr(found, name) for name in _PLAIN}
        facts |= {"advice": found.advice.code, "numbers": dict(found.advice.numbers)}
    write_frame(pipe, json.dumps(facts).encode())


def read_inspection(pipe: BinaryIO) -> Inspection | None:
    """Receive what a preview shows.

    Raises:
        BrokenFrame: the child died, or answered anything but an inspection.
    """
    try:
        facts = json.loads(_needed(pipe))
        if facts is None:
            return None
        code = facts["advice"]
        if code not in get_args(AdviceCode):
            raise BrokenFrame(f"found advice {code!r}")
        return Inspection(
            form=facts["form"],
            page=facts["page"],
            tag=facts["tag"],
            seen=tuple(facts["seen"]),
            missing=tuple(facts["missing"]),
            pixels_per_mm=facts["pixels_per_mm"],
            light=facts["light"],
            sharpness=facts["sharpness"],
            glare=facts["glare"],
            advice=Advice(code, MappingProxyType(facts["numbers"])),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BrokenFrame(f"found an answer that is no inspection: {error}") from error


def _needed(pipe: BinaryIO) -> bytes:
    body = read_frame(pipe)
    if body is None:
        raise BrokenFrame("found the end of the pipe, needed an answer")
    return body
