"""What a worker gives and costs: pages, what a second core adds, memory, idle processor time.

One child and two take turns on the same photos, so that what else the machine does meets both.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import cv2

from benchmarks.large_photos import large_photos
from benchmarks.process_memory import MIB, MemoryWatch, children_of
from digitizer.forms import load_forms
from digitizer.pipeline import atlas_of, read_page
from digitizer.sandbox import Sandbox
from digitizer.vision.blank import Atlas
from digitizer.vision.digits import GlyphReader

PHOTOS: Final = 16
TURNS: Final = 3
IDLE_SECONDS: Final = 60.0
WARM_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class WorkerSpeed:
    """What was measured.

    Attributes:
        pages: read in a second by one child, a turn each.
        gain: how many times as many two children read, turn by turn.
        core_gain: the same of `read_page` alone, in two processes that are handed nothing.
        processor: seconds of processor time a page, by one child and beside another.
        child_mib: most resident memory of every child.
        idle: per cent of a core that a worker without work takes, its children included.
    """

    pages: list[float]
    gain: list[float]
    core_gain: list[float]
    processor: tuple[float, float]
    child_mib: list[float]
    idle: float


def measure() -> WorkerSpeed:
    """Read photos of 12 megapixels in the worker's own children, then let a worker idle."""
    data = [photo.jpeg for photo in large_photos(PHOTOS)]
    pages: list[float] = []
    gain: list[float] = []
    used = [0.0, 0.0]
    with Sandbox(1) as one, Sandbox(2) as two, MemoryWatch() as watch:
        for sandbox in (one, two):  # forms, model and blanks are loaded with the first photos
            _turn(sandbox, data)
        for _ in range(TURNS):
            alone, spent_alone = _turn(one, data)
            both, spent_both = _turn(two, data)
            pages.append(PHOTOS / alone)
            gain.append(alone / both)
            used[0] += spent_alone
            used[1] += spent_both
    per_page = [spent / (TURNS * PHOTOS) for spent in used]
    peaks = [peak / MIB for peak in watch.peaks.values()]
    return WorkerSpeed(
        pages, gain, core_gains(data), (per_page[0], per_page[1]), peaks, idle_share()
    )


def core_gains(data: Sequence[bytes]) -> list[float]:
    """How many times as many pages two processes read as one does, turn by turn."""
    gains = []
    with get_context("spawn").Pool(2) as pool:
        pool.map(_read, [data] * 2, chunksize=1)  # forms, model and blanks are loaded
        for _ in range(TURNS):
            alone = pool.apply(_read, (data,))
            both = max(pool.map(_read, [data] * 2, chunksize=1))
            gains.append(2 * alone / both)
    return gains


def _read(data: Sequence[bytes]) -> float:
    """Seconds by the clock to read these photos here."""
    atlas, reader = _loaded()
    began = time.perf_counter()
    for photo in data:
        read_page(photo, atlas, reader)
    return time.perf_counter() - began


@cache
def _loaded() -> tuple[Atlas, GlyphReader]:
    cv2.setNumThreads(1)
    return atlas_of(load_forms()), GlyphReader.load()


def idle_share() -> float:
    """Per cent of a core that `digitizer work` takes on an empty line, over a minute."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DIGITIZER_DATA_DIR": folder}
        command = (sys.executable, "-m", "digitizer", "work")
        with subprocess.Popen(command, env=environment) as worker:
            time.sleep(WARM_SECONDS)
            before, began = _processor_seconds(worker.pid), time.monotonic()
            time.sleep(IDLE_SECONDS)
            used = _processor_seconds(worker.pid) - before
            share = 100 * used / (time.monotonic() - began)
            worker.terminate()
    return share


def _turn(sandbox: Sandbox, data: Sequence[bytes]) -> tuple[float, float]:
    """Seconds by the clock, and of processor time in all children, to read these photos."""
    spent = sum(_processor_seconds(child) for child in children_of(os.getpid()))
    began = time.perf_counter()
    with ThreadPoolExecutor(sandbox.workers) as pool:
        list(pool.map(sandbox.digest, data))
    seconds = time.perf_counter() - began
    after = sum(_processor_seconds(child) for child in children_of(os.getpid()))
    return seconds, after - spent


def _processor_seconds(pid: int) -> float:
    """Of a process and its children so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(_processor_seconds(child) for child in children_of(pid))
