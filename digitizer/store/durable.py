"""Files that survive a power cut: whole or absent, never half written."""

import os
import tempfile
from pathlib import Path


def write_once(path: Path, data: bytes) -> bool:
    """Write a new file, readable by its owner alone; False when the path was taken.

    The bytes are forced to disk before the name exists, and the name before this returns, also
    when another process has just made it.
    """
    make_folder(path.parent)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        return True
    finally:
        Path(temporary).unlink()
        sync_folder(path.parent)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file, readable by its owner alone, in place of the one that may be there.

    Whoever opens it finds the one or the other, whole, whatever happens meanwhile.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
        sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each durable in the folder that holds it."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
