"""`make bench`: what a page costs, as ratios within one run, so that machines can be compared.

Prints a table and writes `benchmarks/latest.json`, a list of
`{"name", "value", "unit", "n", "low", "high"}` where low and high are the 10th and 90th percentile,
for shares the Wilson 95 % interval.
"""

import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import (
    backup_speed,
    compare_speed,
    desk_speed,
    peers,
    preview_speed,
    proof_speed,
    recap_speed,
    settling_cost,
    worker_speed,
)
from benchmarks.fuzz_report import machine, table, write_part
from benchmarks.large_photos import LargePhoto, large_photos
from benchmarks.process_memory import MIB
from benchmarks.rehearsal.report import INTRO, PAGE
from digitizer.domain.policy import Policy
from digitizer.domain.settle import settle
from digitizer.forms import load_forms
from digitizer.pipeline import atlas_of, digest_photo, read_page, word_reader
from digitizer.settings import Settings
from digitizer.vision.blank import Atlas
from digitizer.vision.digits import GlyphReader
from digitizer.vision.inspect import inspect
from digitizer.vision.locate import locate_page
from digitizer.vision.photo import BgrImage, Photo, decode_photo
from digitizer.vision.rectify import rectify
from digitizer.vision.segment import segment

HERE: Final = Path(__file__).resolve().parent
PHOTOS: Final = 30
REPEATS: Final = 3
FLAT_FORMS: Final = 20
PREVIEW: Final = 1000
"""The longer side of a camera's preview, in pixels."""

PAGE_1_BOXES: Final = 66
"""Digit boxes of a first page of a plano; a page with so many is read in one call."""

Row = dict[str, Any]


def row(name: str, unit: str, values: list[float]) -> Row:
    """The median of several measurements, with their 10th and 90th percentile."""
    low, high = np.percentile(values, [10, 90])
    return {
        "name": name,
        "value": round(statistics.median(values), 4),
        "unit": unit,
        "n": len(values),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call, the best of several: what else the machine does only adds."""
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


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


def cost(photo: LargePhoto, atlas: Atlas, reader: GlyphReader) -> Cost:
    """Time one photo, every stage the best of several."""
    data = photo.jpeg
    # The first reading of a page draws its blank, which is then kept: not timed.
    stages = read_page(data, atlas, reader)
    images = [cell.image for cell in stages.cells if cell.source == "digits"]
    areas = [cell.image for cell in stages.cells if cell.source == "words"]
    coded = np.frombuffer(data, np.uint8)
    return Cost(
        marked=photo.marked,
        decode=seconds(partial(cv2.imdecode, coded, cv2.IMREAD_COLOR)),
        locate=seconds(partial(locate_page, stages.photo, atlas)),
        rectify=seconds(partial(rectify, stages.photo, stages.location)),
        segment=seconds(partial(segment, stages.page)),
        up_to_cells=seconds(partial(_up_to_cells, data, atlas)),
        read=seconds(partial(digest_photo, data, atlas, reader)),
        inspect=seconds(partial(inspect, _preview(stages.photo), atlas.forms, stages.photo.size)),
        boxes=len(images),
        per_glyph=seconds(partial(reader.read, images)) / len(images),
        settle=seconds(partial(settle, [stages.reading], stages.location.form, Policy())),
        words=seconds(partial(word_reader().read, areas)) if areas else 0.0,
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


def peak_mib(data: bytes) -> float:
    """Most resident memory of a process that reads one photo, in MiB; Linux only.

    The process says so itself: what the system counts for children includes their parent's peak.
    """
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        file.write(data)
        file.flush()
        command = [sys.executable, "-c", READ_AND_SAY_PEAK, file.name]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout) / 1024


def measure() -> list[Row]:
    """Every row, single-threaded, on photos rendered for it."""
    cv2.setNumThreads(1)
    atlas, reader = atlas_of(load_forms()), GlyphReader.load()
    photos = large_photos(PHOTOS)
    costs = [cost(photo, atlas, reader) for photo in track(photos, "reading 12 MP")]
    marked = [item for item in costs if item.marked]
    unmarked = [item for item in costs if not item.marked]
    looked = preview_speed.milliseconds([_preview(decode_photo(item.jpeg)) for item in photos])
    return [
        row("decode.ms", "ms", [item.decode * 1000 for item in costs]),
        *stage_rows("", marked),
        *stage_rows("no_marks.", unmarked),
        row("read.x_decode", "x imdecode", [item.read / item.decode for item in marked]),
        row("read.no_marks.x_decode", "x imdecode", [i.read / i.decode for i in unmarked]),
        row("inspect.ms", "ms", [item.inspect * 1000 for item in costs]),
        row("preview.ms", "ms", looked),
        row("preview.ms_max", "ms", [max(looked)]),
        row("glyphs.ms_per_100", "ms", [item.per_glyph * 1e5 for item in costs]),
        row(
            "glyphs.page_1_ms",
            "ms",
            [item.per_glyph * PAGE_1_BOXES * 1e3 for item in costs if item.boxes == PAGE_1_BOXES],
        ),
        row("words.page_ms", "ms", [item.words * 1e3 for item in costs if item.words]),
        row("settle.ms", "ms", [item.settle * 1000 for item in costs]),
        *settling_rows(),
        row("read.peak_mib", "MiB", [peak_mib(photos[0].jpeg)]),
    ]


def settling_rows() -> list[Row]:
    """Whole forms of 28 numbers: as simulated, and with every box as likely any digit."""
    forms = settling_cost.simulated()
    blind = [settling_cost.flat(item) for item in forms[:FLAT_FORMS]]
    return [
        row("settle.form_ms", "ms", settling_cost.milliseconds(forms)),
        row("settle.form_ms_max", "ms", [max(settling_cost.milliseconds(forms))]),
        row("settle.flat_ms", "ms", settling_cost.milliseconds(blind)),
        row("settle.peak_kib", "KiB", [settling_cost.peak_kib(forms[:FLAT_FORMS])]),
        row("settle.flat_peak_kib", "KiB", [settling_cost.peak_kib(blind)]),
    ]


def desk_rows() -> list[Row]:
    """The review desk in a real browser, from the key that submits to the next form's focus."""
    speed = desk_speed.measure()
    return [
        row("desk.first_screen_ms", "ms", [speed.first_ms]),
        row("desk.next_form_ms", "ms", speed.next_ms),
        row("desk.next_form_p95_ms", "ms", [float(np.percentile(speed.next_ms, 95))]),
        row("desk.clear_keys", "keys", [speed.clear_keys]),
        row("desk.doubt_keys", "keys", [speed.doubt_keys]),
    ]


def nation_rows() -> list[Row]:
    """The recap of a whole nation, and official results held against it, on each database.

    A page is the worst of all levels.
    """
    rows = []
    for database in recap_speed.DATABASES:
        with recap_speed.nation(database, recap_speed.TPS) as country:
            recap = recap_speed.measure(country)
            compared = compare_speed.measure(country)
        rows += [
            row(f"recap.{database}.page_ms", "ms", [max(recap.page_ms.values())]),
            row(f"recap.{database}.unchanged_ms", "ms", [recap.unchanged_ms]),
            row(f"recap.{database}.update_ms", "ms", recap.update_ms),
            row(f"recap.{database}.recount_s", "s", [recap.recount_s]),
            row(f"compare.{database}.import_s", "s", [compared.import_s]),
            row(f"compare.{database}.import_mib", "MiB", [compared.import_mib]),
            row(f"compare.{database}.page_ms", "ms", [max(compared.page_ms.values())]),
            row(f"compare.{database}.unchanged_ms", "ms", [compared.unchanged_ms]),
            row(f"compare.{database}.update_ms", "ms", compared.update_ms),
            row(f"compare.{database}.export_s", "s", [compared.export_s]),
        ]
    return rows


def worker_rows() -> list[Row]:
    """What a worker gives a core, and costs."""
    speed = worker_speed.measure()
    alone, beside = speed.processor
    return [
        row("worker.pages_a_second", "1/s", speed.pages),
        row("worker.two_cores", "x one", speed.gain),
        row("worker.read_page_two_cores", "x one", speed.core_gain),
        row("worker.page_processor_ms", "ms", [1000 * alone]),
        row("worker.page_processor_beside_another", "x alone", [beside / alone]),
        row("worker.child_mib", "MiB", speed.child_mib),
        row("worker.idle_percent", "%", [speed.idle]),
    ]


def proof_rows() -> list[Row]:
    """The bundle of a province and its check; the CSV of the country, which a laptop holds."""
    proof = proof_speed.measure_proof()
    export = proof_speed.measure_export()
    return [
        row("bundle.s", "s", [proof.bundle_s]),
        row("bundle.verify_s", "s", [proof.verify_s]),
        row("bundle.mib", "MiB", [proof.bundle_bytes / MIB]),
        row("export.csv_s", "s", [export.csv_s]),
        row("export.csv_mib", "MiB", [export.csv_mib]),
    ]


def backup_rows() -> list[Row]:
    """Rows of a province out and back, and photos of a phone copied."""
    speed = backup_speed.measure()
    return [
        row("backup.rows_per_s", "1/s", [speed.out_per_s]),
        row("restore.rows_per_s", "1/s", [speed.back_per_s]),
        row("backup.photos_per_s", "1/s", [speed.photos_per_s]),
    ]


def stage_rows(kind: str, costs: list[Cost]) -> list[Row]:
    """Up to the cells as a multiple of the decode, its worst, and each stage in milliseconds."""
    ratios = [item.up_to_cells / item.decode for item in costs]
    return [
        row(f"segment.{kind}x_decode", "x imdecode", ratios),
        row(f"segment.{kind}x_decode_max", "x imdecode", [max(ratios)]),
        row(f"locate.{kind}ms", "ms", [item.locate * 1000 for item in costs]),
        row(f"rectify.{kind}ms", "ms", [item.rectify * 1000 for item in costs]),
        row(f"segment.{kind}ms", "ms", [item.segment * 1000 for item in costs]),
    ]


def main() -> None:
    """Measure, print and write."""
    folder = (HERE.parent / Settings().dev_data).resolve()
    rows = (
        measure()
        + desk_rows()
        + nation_rows()
        + worker_rows()
        + proof_rows()
        + backup_rows()
        + peers.measure(folder if folder.is_dir() else None)
    )
    shown = Table("name", "median", "unit", "n", "10 %", "90 %")
    for item in rows:
        shown.add_row(item["name"], str(item["value"]), item["unit"], str(item["n"]),
                      str(item["low"]), str(item["high"]))  # fmt: skip
    for name in peers.not_installed():
        shown.add_row(f"peers.{name}", "not installed")
    Console().print(f"{platform.machine()}, Python {platform.python_version()}", shown)
    (HERE / "latest.json").write_text(json.dumps(rows, indent=1) + "\n")
    write_part("bench", described(rows), PAGE, INTRO)


def described(rows: list[Row]) -> str:
    """The part of docs/benchmarks.md."""
    head = ("name", "median", "unit", "n", "10 %", "90 %")
    cells = [[f"`{item['name']}`", *(f"{item[key]:g}" if key != "unit" else item[key]
             for key in ("value", "unit", "n", "low", "high"))] for item in rows]  # fmt: skip
    return (
        f"## Within one run\n\n`make bench` on {machine()}. Low and high are the 10th and the 90th "
        f"percentile, of shares the Wilson interval.\n\n{table(head, cells)}"
    )


if __name__ == "__main__":
    main()
