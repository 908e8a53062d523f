"""Blobs of a backup that are not what their names say any more: sticks lose and garble files."""

from collections.abc import Container
from contextlib import suppress
from typing import Final

from digitizer.store.photos import FilePhotoStore

ASIDE: Final = ".damaged"
"""Ending of a blob that was found to have other bytes than its name says. It may be the only one
that is left, so it stays until a good one is there."""


def is_whole(kept: FilePhotoStore, sha256: str) -> bool:
    """Whether a blob can be read and is what its name says."""
    try:
        return kept.verify(sha256)
    except OSError:  # a bad block of a stick
        return False


def set_aside(kept: FilePhotoStore, sha256: str) -> None:
    """Put a damaged blob where no backup takes it for a good one; on a disk that can be written."""
    path = kept.path(sha256)
    with suppress(OSError):
        path.rename(path.with_name(f"{path.name}{ASIDE}"))


def drop_set_aside(kept: FilePhotoStore, named: Container[bytes]) -> None:
    """Remove what was set aside of which a good one is there, or that no row names any more."""
    for path in kept.folder.glob(f"??/??/*{ASIDE}"):
        sha256 = path.name.removesuffix(ASIDE)
        if bytes.fromhex(sha256) not in named or kept.has(sha256):
            path.unlink()
