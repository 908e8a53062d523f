"""Whether photos can be taken in now: said before a byte is kept."""

import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from digitizer.errors import LineFull, NoRoom
from digitizer.store.addresses import folder_of
from digitizer.store.engine import read_session
from digitizer.store.line import line_length

MIB: Final = 1 << 20
KNOWN_SECONDS: Final = 5.0
"""How long it is taken for known how many photos wait; every sender asks."""


class Gate:
    """Open while there is room on the disk and the line is not too long.

    Args:
        engine: the database that holds the line.
        folders: on whose disks photos, or rows about them, would come to lie.
        room_mib: what must stay free there, for reading what was accepted before.
        most_waiting: photos that may wait to be read.
    """

    def __init__(
        self, engine: Engine, folders: Sequence[Path], room_mib: int, most_waiting: int
    ) -> None:
        self._engine = engine
        self._folders = tuple(folders)
        self._room = room_mib * MIB
        self._most_waiting = most_waiting
        self._looking = threading.Lock()
        self._looked = -KNOWN_SECONDS
        self._waiting = 0

    def check(self) -> None:
        """Let photos in, or say why not.

        Raises:
            NoRoom: a disk is nearly full.
            LineFull: too many photos wait to be read.
        """
        self.check_room()
        waiting = self._line()
        if waiting >= self._most_waiting:
            raise LineFull(
                f"{waiting} photos wait to be read, more are taken in below {self._most_waiting}",
                "send it again later; it stays with you",
            )

    def check_room(self) -> None:
        """Let the bytes of a photo in that was let in before, or say why not.

        Raises:
            NoRoom: a disk is nearly full.
        """
        for folder in self._folders:
            there = next(place for place in (folder, *folder.parents) if place.is_dir())
            free = shutil.disk_usage(there).free
            if free < self._room:
                raise NoRoom(
                    f"found {free // MIB} MiB free, needed {self._room // MIB}",
                    "send it again later; it stays with you",
                )

    def _line(self) -> int:
        with self._looking:
            now = time.monotonic()
            if now - self._looked > KNOWN_SECONDS:
                with read_session(self._engine) as session:
                    self._waiting = line_length(session)
                self._looked = now
            return self._waiting


def folders_of(engine: Engine, photos: str) -> tuple[Path, ...]:
    """Folders of this machine in which rows and photos come to lie; none by server and bucket."""
    found: list[Path] = []
    if engine.dialect.name == "sqlite":
        found.append(Path(str(engine.url.database)).parent)
    if (folder := folder_of(photos)) is not None:
        found.append(folder)
    return tuple(found)
