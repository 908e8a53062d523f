"""Looking at previews in a child: quick, and no fact is made of what it says."""

import threading
from collections.abc import Sequence
from typing import BinaryIO, Final

from digitizer.domain.advice import Inspection
from digitizer.sandbox.children import Children, Lost
from digitizer.sandbox.frames import read_inspection, write_preview

LOOKER: Final = ("-m", "digitizer.sandbox.looker")
"""The interpreter's arguments that start a child; memory and seconds follow them."""

SECONDS: Final = 2.0
"""Whoever stands before the form waits no longer."""

MOST_WAITING: Final = 12
"""So many are looked at or wait for it, each about 30 ms long."""

MEMORY_MIB: Final = 900


class Lookout(Children):
    """Children that look at previews, each with its own forms and no model."""

    def __init__(self, workers: int = 1, *, program: Sequence[str] = LOOKER) -> None:
        """`program` is what a child runs; tests put a stand-in here."""
        super().__init__(workers, memory_mib=MEMORY_MIB, seconds=SECONDS, program=program)
        self._places = threading.BoundedSemaphore(MOST_WAITING)

    def look(self, preview: bytes, full_size: tuple[int, int] | None) -> Inspection | None:
        """What a preview shows; None where it is no picture, or could not be looked at in time.

        Nobody stands in a long line for it: it is only advice.

        Args:
            preview: bytes of a small picture.
            full_size: width and height of the photo, in pixels; of the preview if not given.

        Raises:
            SandboxError: a child does not even start.
        """

        def exchange(requests: BinaryIO, answers: BinaryIO) -> Inspection | None:
            write_preview(requests, preview, full_size)
            return read_inspection(answers)

        if not self._places.acquire(blocking=False):
            return None
        try:
            return self.ask(exchange)
        except Lost:
            return None
        finally:
            self._places.release()
