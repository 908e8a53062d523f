"""ZIP files from strangers: looked through before a byte is unpacked, never unpacked to disk."""

import io
import zipfile
import zlib
from collections.abc import Callable
from typing import BinaryIO, Final, cast

from digitizer.domain.photo_limits import MAX_BYTES
from digitizer.errors import DigitizerError, PhotoRefused
from digitizer.intake.names import is_sent

MAX_MEMBERS: Final = 2000
"""Photos in one ZIP."""

MAX_RATIO: Final = 20
"""A ZIP of photos hardly shrinks; one that grows more than this is a bomb."""

MAX_DIRECTORY: Final = 1 << 20
"""Of the directory of a ZIP (bytes); 2,000 photos need some hundred thousand."""

METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""How phones and computers pack. What is packed otherwise may ask for any amount of memory."""

FARTHEST: Final = 1 << 62
BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError)
"""What a ZIP raises that is damaged, or made to be."""


class Bounded(io.BufferedIOBase):
    """A file from which a ZIP's directory is read: never more at once than one may have.

    `refused` gives the error for a directory of so many bytes.
    """

    def __init__(self, file: BinaryIO, most: int, refused: Callable[[int], DigitizerError]) -> None:
        self._file = file
        self._most = most
        self._refused = refused

    def read(self, size: int | None = -1, /) -> bytes:
        # Without a size only its end is read, which is short.
        wanted = self._most if size is None or size < 0 else size
        if wanted > self._most:
            raise self._refused(wanted)
        return self._file.read(wanted)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        if whence == 0 and not 0 <= offset < FARTHEST:
            raise zipfile.BadZipFile(f"found offset {offset}")
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True


def open_zip(archive: BinaryIO) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    """Open a ZIP and list the photos in it.

    Checked is what its directory declares; `read_member` holds it to that.

    Raises:
        PhotoRefused: not a ZIP, encrypted, a bomb, or too many or too large members.
    """
    try:
        bounded = Bounded(archive, MAX_DIRECTORY, _directory_too_large)
        opened = zipfile.ZipFile(cast("BinaryIO", bounded))
    except BROKEN:
        raise PhotoRefused(
            "not_an_image",
            "the file is no whole ZIP",
            "make the ZIP again, or send the photos",
            {"variant": "zip"},
        ) from None
    # Asked of the name itself: `is_dir` fails on a member without one.
    members = [
        item
        for item in opened.infolist()
        if not item.filename.endswith("/") and is_sent(item.filename)
    ]
    _check_members(members)
    _check_growth(members, archive.seek(0, 2))
    return opened, members


def read_member(opened: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The bytes of one member; of a damaged one what can be read, which then does not decode."""
    kept = bytearray()
    try:
        with opened.open(member) as file:
            while len(kept) < MAX_BYTES and (piece := file.read(1 << 16)):
                kept += piece
    except BROKEN:
        return bytes(kept)
    return bytes(kept[:MAX_BYTES])


def _directory_too_large(size: int) -> PhotoRefused:
    return PhotoRefused(
        "too_large",
        f"the directory of the ZIP has {size >> 10} KiB, needed at most {MAX_DIRECTORY >> 10}",
        "send the photos in several ZIPs",
        {"variant": "directory", "found": size >> 10, "needed": MAX_DIRECTORY >> 10},
    )


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise PhotoRefused(
            "too_large",
            f"found {len(members)} files in the ZIP, needed at most {MAX_MEMBERS}",
            "send them in several ZIPs",
            {"variant": "members", "found": len(members), "needed": MAX_MEMBERS},
        )
    for member in members:
        if member.flag_bits & 0x1:
            raise PhotoRefused(
                "not_an_image",
                f"{member.filename} is encrypted",
                "make the ZIP without a password",
                {"variant": "encrypted"},
            )
        if member.compress_type not in METHODS:
            raise PhotoRefused(
                "not_an_image",
                f"{member.filename} is packed by method {member.compress_type}",
                "make the ZIP in the usual way (deflate), or send the photos",
                {"variant": "method", "found": member.compress_type},
            )
        check_size(member.filename, member.file_size)


def _check_growth(members: list[zipfile.ZipInfo], size: int) -> None:
    whole = sum(member.file_size for member in members)
    # Members of a bomb may share their packed bytes, so the file itself is a measure too.
    packed = min(size, sum(member.compress_size for member in members))
    if whole > MAX_RATIO * packed + MAX_BYTES:
        raise PhotoRefused(
            "too_large",
            f"the ZIP grows from {packed >> 10} KiB to {whole >> 20} MiB, needed at most"
            f" {MAX_RATIO} times",
            "send the photos as the camera made them",
            {"variant": "growth", "found": whole >> 20, "needed": MAX_RATIO},
        )


def check_size(name: str, size: int) -> None:
    """Refuse a file of more than `MAX_BYTES`.

    Raises:
        PhotoRefused: it is larger.
    """
    if size > MAX_BYTES:
        raise PhotoRefused(
            "too_large",
            f"{name} has {size / (1 << 20):.1f} MiB, needed at most {MAX_BYTES >> 20}",
            "set the camera to 12 megapixels and take the photo again",
            {
                "variant": "bytes",
                "found": round(size / (1 << 20), 1),
                "needed": MAX_BYTES >> 20,
            },
        )
