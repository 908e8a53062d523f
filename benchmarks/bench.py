"""`make bench`: what a page costs, as ratios within one run, so that machines can be compared.

Prints a table and writes `benchmarks/latest.json`, a list of
`{"name", "value", "unit", "n", "low", "high"}` where low and high are the 10th and 90th percentile.
"""

import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from digitizer.domain.form import FormSpec
from digitizer.domain.policy import Policy
from digitizer.domain.settle import settle
from digitizer.forms import load_forms
from digitizer.pipeline import digest_photo, read_page
from digitizer.vision.digits import GlyphReader
from digitizer.vision.locate import locate_page
from digitizer.vision.photo import decode_photo
from digitizer.vision.rectify import Page, rectify
from digitizer.vision.segment import segment

HERE: Final = Path(__file__).resolve().parent
SAMPLES: Final = HERE.parent / "samples"
MEGAPIXELS: Final = 12.0
PHOTOS: Final = 10
Row = dict[str, Any]


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def photos_of_12_megapixels() -> list[bytes]:
    """Sample photos enlarged to what a phone takes, encoded as a phone does."""
    expected = json.loads((SAMPLES / "expected.json").read_text("utf-8"))
    clear = [item["file"] for item in expected if item["accept"] == ["clear"]]
    made = []
    for file in clear[:PHOTOS]:
        image = decode_photo((SAMPLES / file).read_bytes()).image
        scale = (MEGAPIXELS * 1e6 / (image.shape[0] * image.shape[1])) ** 0.5
        large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        noise = np.random.default_rng(7).normal(0, 3, large.shape)
        noisy = np.clip(large + noise, 0, 255).astype(np.uint8)
        made.append(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())
    return made


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


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds that one photo takes: its colour decode, up to cells, wholly, a glyph, settling."""

    decode: float
    segment: float
    read: float
    per_glyph: float
    settle: float


def cost(data: bytes, forms: Sequence[FormSpec], reader: GlyphReader) -> Cost:
    """Time one photo; the decode is the unit and the best of three."""
    coded = np.frombuffer(data, np.uint8)
    stages = read_page(data, forms, reader)
    images = [cell.image for cell in stages.cells if cell.source == "digits"]
    form = next(form for form in forms if form.id == stages.reading.form)
    return Cost(
        decode=min(seconds(partial(cv2.imdecode, coded, cv2.IMREAD_COLOR)) for _ in range(3)),
        segment=seconds(lambda: segment(_page(data, forms))),
        read=seconds(partial(digest_photo, data, forms, reader)),
        per_glyph=seconds(partial(reader.read, images)) / len(images),
        settle=seconds(partial(settle, [stages.reading], form, Policy())),
    )


READ_AND_SAY_PEAK: Final = """
import re, sys
from pathlib import Path
from digitizer.forms import load_forms
from digitizer.pipeline import digest_photo
from digitizer.vision.digits import GlyphReader
digest_photo(Path(sys.argv[1]).read_bytes(), load_forms(), GlyphReader.load())
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
    """Every row, single-threaded, on photos made from the samples."""
    cv2.setNumThreads(1)
    forms, reader = load_forms(), GlyphReader.load()
    photos = photos_of_12_megapixels()
    digest_photo(photos[0], forms, reader)  # warm the model and the caches
    costs = [cost(data, forms, reader) for data in track(photos, description="reading 12 MP")]
    memory = peak_mib(photos[0])
    return [
        row("decode.ms", "ms", [item.decode * 1000 for item in costs]),
        row("segment.x_decode", "x imdecode", [item.segment / item.decode for item in costs]),
        row("read.x_decode", "x imdecode", [item.read / item.decode for item in costs]),
        row("glyphs.ms_per_100", "ms", [item.per_glyph * 1e5 for item in costs]),
        row("settle.ms", "ms", [item.settle * 1000 for item in costs]),
        row("read.peak_mib", "MiB", [memory]),
    ]


def _page(data: bytes, forms: Sequence[FormSpec]) -> Page:
    photo = decode_photo(data)
    return rectify(photo, locate_page(photo, forms))


def main() -> None:
    """Measure, print and write."""
    rows = measure()
    table = Table("name", "median", "unit", "n", "10 %", "90 %")
    for item in rows:
        table.add_row(item["name"], str(item["value"]), item["unit"], str(item["n"]),
                      str(item["low"]), str(item["high"]))  # fmt: skip
    Console().print(f"{platform.machine()}, Python {platform.python_version()}", table)
    (HERE / "latest.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
