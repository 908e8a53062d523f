"""The child's side: load what is needed once, then answer one request after another.

It ends when its parent closes the pipe or dies, so no reader outlives its worker.
"""

import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO, Final

import cv2

from digitizer.domain.outcome import PhotoOutcome
from digitizer.domain.placement import Placement
from digitizer.forms import know_forms, load_forms
from digitizer.pipeline import atlas_of, digest_photo
from digitizer.sandbox.frames import (
    OUT_OF_MEMORY,
    READY,
    read_forms,
    read_request,
    write_frame,
    write_outcome,
)
from digitizer.vision.digits import GlyphReader

NICENESS: Final = 10
"""A reader takes the processor time that nothing else wants: people at the desk do not wait for
photos that nobody looks at yet."""

MAX_FILE: Final = 16 << 20
"""The largest file (bytes) that a child may write anywhere."""

Digest = Callable[[bytes, Placement | None, tuple[str, ...]], PhotoOutcome]

Turn = Callable[[BinaryIO, BinaryIO, Callable[[], None]], bool]
"""Answers one request: takes it from one pipe, calls `began`, and answers on the other pipe. False
when no more requests come."""


def load_reader() -> Turn:
    """Forms and digit model, loaded once, as what reads a photo at each turn."""
    atlas = atlas_of(load_forms())
    reader = GlyphReader.load()
    return digesting(
        lambda data, placement, expected: digest_photo(
            data, atlas, reader, placement=placement, expected=expected
        )
    )


def digesting(digest: Digest) -> Turn:
    """Turns that read photos."""

    def turn(requests: BinaryIO, answers: BinaryIO, began: Callable[[], None]) -> bool:
        request = read_request(requests)
        if request is not None:
            began()
            write_outcome(answers, digest(*request))
        return request is not None

    return turn


def serve(load: Callable[[], Turn], *, memory_mib: int, seconds: float) -> None:
    """Answer what comes from standard input until it ends.

    Args:
        load: makes what answers; called within the memory limit.
        memory_mib: address space of this process.
        seconds: processor time for one answer.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not fall between two frames
    requests = sys.stdin.buffer
    _limit(resource.RLIMIT_AS, memory_mib << 20)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, MAX_FILE)
    # A parent that was killed leaves nobody to answer: end, without a traceback.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    cv2.setNumThreads(1)
    try:
        know_forms(read_forms(requests))
        turn = load()
        write_frame(answers, READY)
        while turn(requests, answers, lambda: _limit_processor(seconds)):
            pass
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except cv2.error as error:
        if error.code != cv2.Error.StsNoMem:
            raise
        os._exit(OUT_OF_MEMORY)


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (ceiling, ceiling))


def _limit_processor(seconds: float) -> None:
    """Allow this much processor time from now; only the soft limit moves, so it can move again."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    allowed = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, hard))


def main() -> None:
    """Entry of `python -m digitizer.sandbox.child MEMORY_MIB SECONDS`."""
    os.nice(NICENESS)
    serve(load_reader, memory_mib=int(sys.argv[1]), seconds=float(sys.argv[2]))


if __name__ == "__main__":
    main()
