"""ZIP files from strangers: looked through before a byte is unpacked, never unpacked to disk."""

import zipfile
import zlib
from typing import BinaryIO, Final

from digitizer.errors import PhotoRefused
from digitizer.intake.names import is_sent

MAX_BYTES: Final = 30 << 20
"""Of one photo."""

MAX_MEMBERS: Final = 2000
"""Photos in one ZIP."""

MAX_RATIO: Final = 20
"""A ZIP of photos hardly shrinks; one that grows more than this is a bomb."""


def open_zip(archive: BinaryIO) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    """Open a ZIP and list the photos in it.

    Checked is what its directory declares; `read_member` holds it to that.

    Raises:
        PhotoRefused: not a ZIP, encrypted, a bomb, or too many or too large members.
    """
    try:
        opened = zipfile.ZipFile(archive)
    except (zipfile.BadZipFile, ValueError):
        raise PhotoRefused(
            "not_an_image",
            "the file is no whole ZIP",
            "make the ZIP again, or send the photos",
            {"variant": "zip"},
        ) from None
    members = [item for item in opened.infolist() if not item.is_dir() and is_sent(item.filename)]
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
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        return bytes(kept)
    return bytes(kept[:MAX_BYTES])


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
            "send the photo as the camera made it, as JPEG or HEIC",
            {
                "variant": "bytes",
                "found": round(size / (1 << 20), 1),
                "needed": MAX_BYTES >> 20,
            },
        )
