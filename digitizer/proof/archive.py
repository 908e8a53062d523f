"""The ZIP file of a bundle: written, and read without trust."""

import hashlib
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from digitizer.proof import layout
from digitizer.proof.faults import Faults
from digitizer.proof.manifest import Manifest

NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""The first moment that a ZIP file can name: the same facts make the same bytes."""

PIECE: Final = 2**20
LONGEST_LINE: Final = 64 * 2**20
SMALL: Final = 16 * 2**20
"""Manifest and signature may have so many bytes."""

UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError,
                     RuntimeError, ValueError)  # fmt: skip
"""What reading a damaged entry raises."""


def write_entry(
    archive: zipfile.ZipFile, name: str, pieces: Iterable[bytes], *, packed: bool = False
) -> dict[str, Any]:
    """Write one file of an archive, and give its length and SHA-256.

    What is `packed` already, such as a picture, is stored as it is.
    """
    entry = zipfile.ZipInfo(name, NO_TIME)
    entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    digest, size = hashlib.sha256(), 0
    with archive.open(entry, "w", force_zip64=True) as target:
        for piece in pieces:
            target.write(piece)
            digest.update(piece)
            size += len(piece)
    return {"bytes": size, "sha256": digest.hexdigest()}


class Archive:
    """The files of a bundle; one that cannot be read is a fault, and empty from there on."""

    def __init__(self, opened: zipfile.ZipFile, faults: Faults) -> None:
        self._zip = opened
        self._faults = faults
        self.names: Final = [item.filename for item in opened.infolist()]

    def check_names(self) -> None:
        """What every bundle has is there, once, and nothing else is."""
        for name, times in Counter(self.names).items():
            if times > 1:
                self._faults.add(name, f"it is in the archive {times} times", needed="once")
            if name not in layout.NEEDED and not name.startswith((layout.EVENTS, layout.PHOTOS)):
                self._faults.add(name, "no bundle has this file")
        for name in layout.NEEDED:
            if name not in self.names:
                self._faults.add(name, "the file is missing")

    def check_digests(self, manifest: Manifest) -> None:
        """Every file has the length and SHA-256 that the manifest gives it, and is named by it."""
        signed = {layout.MANIFEST, layout.SIGNATURE}
        for name in dict.fromkeys(self.names):
            needed = manifest.files.get(name)
            if name in signed:
                continue
            if needed is None:
                self._faults.add(name, "the manifest does not name this file")
            elif (found := self.digest(name)) is not None and found != needed:
                self._faults.add(name, "it was changed: its SHA-256 is not that of the manifest",
                                 found=found, needed=needed)  # fmt: skip
        for name in manifest.files:
            if name not in self.names and name not in layout.NEEDED:
                self._faults.add(name, "the manifest names this file, and it is missing")

    def digest(self, name: str) -> str | None:
        """SHA-256 of a file; None where it cannot be read, which is noted."""
        digest = hashlib.sha256()
        try:
            with self._zip.open(name) as file:
                while piece := file.read(PIECE):
                    digest.update(piece)
        except UNREADABLE as error:
            self._faults.add(name, "it is damaged and cannot be read", found=str(error))
            return None
        return digest.hexdigest()

    def small(self, name: str) -> bytes:
        """All of a short file; nothing where it is missing, damaged or long."""
        if name not in self.names:
            return b""
        try:
            with self._zip.open(name) as file:
                data = file.read(SMALL + 1)
        except UNREADABLE as error:
            self._faults.add(name, "it is damaged and cannot be read", found=str(error))
            return b""
        return data if len(data) <= SMALL else b""

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file as they stand, without their ends, as far as they can be read.

        That a file is damaged tells `check_digests`.
        """
        if name not in self.names:
            return
        try:
            with self._zip.open(name) as file:
                while line := file.readline(LONGEST_LINE):
                    yield line.removesuffix(b"\n")
        except UNREADABLE:
            return
