"""Reading photos in children: whatever a file does to them, the answer is an outcome."""

import hashlib
from collections.abc import Collection, Sequence
from types import MappingProxyType
from typing import BinaryIO, Final

from digitizer.domain.outcome import PhotoOutcome
from digitizer.domain.placement import Placement
from digitizer.domain.verdict import Unreadable
from digitizer.sandbox.children import PATIENCE, TRIES, Children, Lost
from digitizer.sandbox.frames import OUT_OF_MEMORY, read_outcome, write_request

READER: Final = ("-m", "digitizer.sandbox.child")
"""The interpreter's arguments that start a child; memory and seconds follow them."""

SIGXCPU: Final = 24


class Sandbox(Children):
    """Children that read photos, each with its own forms and model.

    Args:
        workers: children.
        memory_mib: address space of one child, its libraries included.
        seconds: processor time for one photo.
        patience: by the clock it may take so many times that.
        program: what a child runs; tests put a stand-in here.
    """

    def __init__(
        self,
        workers: int = 1,
        *,
        memory_mib: int = 1200,
        seconds: float = 60.0,
        patience: float = PATIENCE,
        program: Sequence[str] = READER,
    ) -> None:
        super().__init__(
            workers, memory_mib=memory_mib, seconds=seconds, patience=patience, program=program
        )

    def digest(
        self, data: bytes, placement: Placement | None = None, expected: Collection[str] = ()
    ) -> PhotoOutcome:
        """Read one photo in a child; blocks until one is free.

        `placement` says where its page lies, where a person has said so; `expected` are ids of
        forms to be looked for first.

        A photo that `TRIES` children die of, or on which they run out of memory or time, is
        unreadable, as `too_large` (time, memory) or `not_an_image` (the reader fails on it): these
        are the codes whose advice, another photo, is the one that helps. Nothing else is affected.

        Raises:
            SandboxError: a child does not even start; that is no fact about the photo.
        """
        photo = hashlib.sha256(data).hexdigest()

        def exchange(requests: BinaryIO, answers: BinaryIO) -> PhotoOutcome:
            write_request(requests, data, placement, expected)
            return read_outcome(answers, photo)

        try:
            return self.ask(exchange)
        except Lost as lost:
            return PhotoOutcome(photo, None, self._problem(lost), MappingProxyType({}))

    def _problem(self, lost: Lost) -> Unreadable:
        if lost.late or lost.status == -SIGXCPU:
            return Unreadable(
                "too_large",
                f"reading took longer than {self.seconds:g} s",
                "take the photo again with at most 12 megapixels; this one is kept",
                {"variant": "seconds", "needed": self.seconds},
            )
        if lost.status == OUT_OF_MEMORY:
            return Unreadable(
                "too_large",
                f"reading needed more than {self.memory_mib} MiB of memory",
                "take the photo again with at most 12 megapixels; this one is kept",
                {"variant": "memory", "needed": self.memory_mib},
            )
        return Unreadable(
            "not_an_image",
            f"the reader ended {TRIES} times on this file (status {lost.status})",
            "take the photo again; this one is kept for whoever looks into the reader",
            {"variant": "reader"},
        )
