"""What one photo of 12 megapixels costs, as multiples of its colour decode and in milliseconds."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import cv2
import numpy as np
from rich.progress import track

from benchmarks import preview_speed
from benchmarks.large_photos import LargePhoto, large_photos
from benchmarks.rows import Row, median_row
from digitizer.domain.policy import Policy
from digitizer.domain.settle import settle
from digitizer.forms import load_forms
from digitizer.pipeline import atlas_of, digest_photo, read_page, word_reader
from digitizer.vision.blank import Atlas
from digitizer.vision.digits import GlyphReader
from digitizer.vision.inspect import inspect
from digitizer.vision.locate import locate_page
from digitizer.vision.photo import BgrImage, Photo, decode_photo
from digitizer.vision.rectify import rectify
from digitizer.vision.segment import segment

PHOTOS: Final = 30
REPEATS: Final = 3
PREVIEW: Final = 1000
"""The longer side of a camera's preview, in pixels."""

PAGE_1_BOXES: Final = 66
"""Digit boxes of a first page of a plano; a page with so many is read in one call."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds that one photo takes.

    Attributes:
        decode: OpenCV's colour decode of the file, the unit.
        locate, rectify, segment: each stage alone.
        up_to_cells: from the bytes to the cells.
        read: from the bytes to what is kept of the photo.
        inspect: the look at a camera's preview of it.
        boxes: digit boxes of the page.
        per_glyph, settle: one digit box; settling the photo alone.
        words: the numbers in words of the page; 0 where it has no place for them.
    """

    marked: bool
    decode: float
    locate: float
    rectify: float
    segment: float
    up_to_cells: float
    read: float
    inspect: float
    boxes: int
    per_glyph: float
    settle: float
    words: float


def photo_rows() -> list[Row]:
    """What a photo of 12 megapixels costs on one thread, stage by stage."""
    cv2.setNumThreads(1)
    atlas, reader = atlas_of(load_forms()), GlyphReader.load()
    photos = large_photos(PHOTOS)
    costs = [_cost(photo, atlas, reader) for photo in track(photos, "reading 12 MP")]
    marked = [item for item in costs if item.marked]
    unmarked = [item for item in costs if not item.marked]
    words = [item.words * 1e3 for item in costs if item.words]
    looked = preview_speed.milliseconds([_preview(decode_photo(item.jpeg)) for item in photos])
    return [
        median_row("decode.ms", "ms", [item.decode * 1000 for item in costs]),
        *_stage_rows("", marked),
        *_stage_rows("no_marks.", unmarked),
        median_row("read.x_decode", "x imdecode", [item.read / item.decode for item in marked]),
        median_row("read.no_marks.x_decode", "x imdecode", [i.read / i.decode for i in unmarked]),
        median_row("inspect.ms", "ms", [item.inspect * 1000 for item in costs]),
        median_row("preview.ms", "ms", looked),
        median_row("preview.ms_max", "ms", [max(looked)]),
        median_row("glyphs.ms_per_100", "ms", [item.per_glyph * 1e5 for item in costs]),
        median_row(
            "glyphs.page_1_ms",
            "ms",
            [item.per_glyph * PAGE_1_BOXES * 1e3 for item in costs if item.boxes == PAGE_1_BOXES],
        ),
        median_row("words.page_ms", "ms", words),
        median_row("words.page_ms_max", "ms", [max(words)]),
        median_row("settle.ms", "ms", [item.settle * 1000 for item in costs]),
        median_row("read.peak_mib", "MiB", [_peak_mib(photos[0].jpeg)]),
    ]


def _stage_rows(kind: str, costs: list[Cost]) -> list[Row]:
    """Up to the cells as a multiple of the decode, its worst, and each stage in milliseconds."""
    ratios = [item.up_to_cells / item.decode for item in costs]
    return [
        median_row(f"segment.{kind}x_decode", "x imdecode", ratios),
        median_row(f"segment.{kind}x_decode_max", "x imdecode", [max(ratios)]),
        median_row(f"locate.{kind}ms", "ms", [item.locate * 1000 for item in costs]),
        median_row(f"rectify.{kind}ms", "ms", [item.rectify * 1000 for item in costs]),
        median_row(f"segment.{kind}ms", "ms", [item.segment * 1000 for item in costs]),
    ]


def _cost(photo: LargePhoto, atlas: Atlas, reader: GlyphReader) -> Cost:
    """Time one photo, every stage the best of several."""
    data = photo.jpeg
    # The first reading of a page draws its blank, which is then kept: not timed.
    stages = read_page(data, atlas, reader)
    images = [cell.image for cell in stages.cells if cell.source == "digits"]
    areas = [cell.image for cell in stages.cells if cell.source == "words"]
    coded = np.frombuffer(data, np.uint8)
    return Cost(
        marked=photo.marked,
        decode=_seconds(partial(cv2.imdecode, coded, cv2.IMREAD_COLOR)),
        locate=_seconds(partial(locate_page, stages.photo, atlas)),
        rectify=_seconds(partial(rectify, stages.photo, stages.location)),
        segment=_seconds(partial(segment, stages.page)),
        up_to_cells=_seconds(partial(_up_to_cells, data, atlas)),
        read=_seconds(partial(digest_photo, data, atlas, reader)),
        inspect=_seconds(partial(inspect, _preview(stages.photo), atlas.forms, stages.photo.size)),
        boxes=len(images),
        per_glyph=_seconds(partial(reader.read, images)) / len(images),
        settle=_seconds(partial(settle, [stages.reading], stages.location.form, Policy())),
        words=_seconds(partial(word_reader().read, areas)) if areas else 0.0,
    )


def _preview(photo: Photo) -> BgrImage:
    """What a camera shows before the photo is taken."""
    scale = PREVIEW / max(photo.size)
    small = cv2.resize(photo.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _up_to_cells(data: bytes, atlas: Atlas) -> None:
    photo = decode_photo(data)
    segment(rectify(photo, locate_page(photo, atlas)))


READ_AND_SAY_PEAK: Final = """
import re, sys
from pathlib import Path
from digitizer.forms import load_forms
from digitizer.pipeline import atlas_of, digest_photo
from digitizer.vision.digits import GlyphReader
digest_photo(Path(sys.argv[1]).read_bytes(), atlas_of(load_forms()), GlyphReader.load())
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text()).group(1))
"""


def _peak_mib(data: bytes) -> float:
    """Most resident memory of a process that reads one photo, in MiB; Linux only.

    The process says so itself: what the system counts for children includes their parent's peak.
    """
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        file.write(data)
        file.flush()
        command = [sys.executable, "-c", READ_AND_SAY_PEAK, file.name]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout) / 1024


def _seconds(work: Callable[[], object]) -> float:
    """Wall time of one call, the best of several: what else the machine does only adds."""
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)
