"""The command line, killed with SIGKILL before its n-th statement or after its n-th picture.

python -m tests.merging.killed statement|picture N ARGUMENT...
"""

import os
import signal
import sys
from itertools import count
from typing import Any

from sqlalchemy import Engine, event

from digitizer.cli import main
from digitizer.store.photos import FilePhotoStore


def die_at(number: int, seen: "count[int]") -> None:
    if next(seen) == number:
        os.kill(os.getpid(), signal.SIGKILL)


def armed(what: str, number: int) -> None:
    seen = count(1)
    if what == "statement":
        event.listen(Engine, "before_cursor_execute", lambda *_: die_at(number, seen))
        return
    put = FilePhotoStore.put

    def counted(self: FilePhotoStore, data: bytes, sha256: str | None = None) -> str:
        kept = put(self, data, sha256)
        die_at(number, seen)
        return kept

    place: Any = FilePhotoStore
    place.put = counted


if __name__ == "__main__":
    armed(sys.argv[1], int(sys.argv[2]))
    sys.argv = ["digitizer", *sys.argv[3:]]
    main()
