"""The pictures of an exchange file: which are needed here, and that each is what its name says."""

import hashlib
import zipfile
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from digitizer.errors import MergeRefused
from digitizer.history import State
from digitizer.merging import layout
from digitizer.merging.arrival import lines_beside, refuse
from digitizer.proof import Archive, Faults
from digitizer.store.photos import PhotoStore

DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError)
LARGEST: Final = 2**30
"""No picture has so many bytes."""


def pictures_in(archive: Archive) -> frozenset[str]:
    """All pictures that a file has, by sha256."""
    return frozenset(
        entry.removeprefix(layout.BLOBS)
        for entry in archive.names
        if entry.startswith(layout.BLOBS)
    )


def needed_pictures(
    archive: Archive,
    photos: PhotoStore,
    new: State,
    kept_out: Collection[str],
    back: Mapping[str, Collection[str]],
    name: str,
) -> tuple[str, ...]:
    """Pictures that new events name and that are not here yet, by sha256.

    Originals that were removed here stay away (`kept_out`); those that were removed at the other
    installation need not be there. What an earlier file left out for that reason comes with one
    that has it (`back`, originals with what was made of them).

    Raises:
        MergeRefused: others are missing.
    """
    in_file = pictures_in(archive)
    removed = {line["photo"] for line in lines_beside(archive, "removal")} | set(kept_out)
    named = {sha256: True for photo, made in back.items() for sha256 in (photo, *made)}
    for (photo,) in new.rows("photo"):
        named[photo] = photo in removed
    for row in new.rows("reading").values():
        for sha256 in row["blobs"].values():
            named[sha256] = named.get(sha256, True) and row["photo"] in removed
    faults = Faults()
    wanted: list[str] = []
    for sha256, may_be_missing in sorted(named.items()):
        if sha256 in kept_out or photos.has(sha256):
            continue
        if sha256 in in_file:
            wanted.append(sha256)
        elif not may_be_missing:
            faults.add(f"{layout.BLOBS}{sha256}", "the events name this picture, and it is missing")
    refuse(name, faults)
    return tuple(wanted)


def keep_pictures(
    opened: zipfile.ZipFile,
    photos: PhotoStore,
    wanted: Sequence[str],
    name: str,
    progress: Callable[[int], object],
) -> int:
    """Keep these pictures, each after it was held against its name; gives how many.

    Raises:
        MergeRefused: one is damaged, or is another than its name says.
    """
    for done, sha256 in enumerate(wanted, start=1):
        entry = f"{layout.BLOBS}{sha256}"
        faults = Faults()
        found = None
        try:
            if opened.getinfo(entry).file_size > LARGEST:
                faults.add(entry, "it is larger than any picture")
                refuse(name, faults)
            data = opened.read(entry)
            found = hashlib.sha256(data).hexdigest()
        except DAMAGED as error:
            faults.add(entry, "it is damaged and cannot be read", found=str(error))
            refuse(name, faults)
            raise MergeRefused(name) from error
        if found != sha256:
            faults.add(
                entry, "it is another picture than its name says", found=found, needed=sha256
            )
            refuse(name, faults)
        photos.put(data, sha256)
        progress(done)
    return len(wanted)
