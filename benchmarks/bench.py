"""`make bench`: what a page costs, as ratios within one run, so that machines can be compared.

Prints a table and writes `benchmarks/latest.json`, a list of
`{"name", "value", "unit", "n", "low", "high"}` where low and high are the 10th and 90th percentile.
"""

import json
import platform
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from digitizer.domain.form import FormSpec
from digitizer.domain.policy import Policy
from digitizer.forms import load_forms
from digitizer.pipeline import digest_photo, read_page, settle
from digitizer.vision.digits import GlyphReader
from digitizer.vision.locate import locate_page
from digitizer.vision.photo import decode_photo
from digitizer.vision.rectify import Page, rectify
from digitizer.vision.segment import segment

HERE: Final = Path(__file__).resolve().parent
SAMPLES: Final = HERE.parent / "samples" / "photos"
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
    made = []
    for path in sorted(SAMPLES.glob("*-hal2.jpg"))[:PHOTOS]:
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is None:
            raise FileNotFoundError(path)
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


def measure() -> list[Row]:
    """Every row, single-threaded, on photos made from the samples."""
    cv2.setNumThreads(1)
    forms, reader = load_forms(), GlyphReader.load()
    photos = photos_of_12_megapixels()
    digest_photo(photos[0], forms, reader)  # warm the model and the caches
    decode, cells, read, glyphs, settled = [], [], [], [], []
    for data in track(photos, description="reading photos of 12 megapixels"):
        as_array = np.frombuffer(data, np.uint8)
        unit = min(seconds(lambda a=as_array: cv2.imdecode(a, cv2.IMREAD_COLOR)) for _ in range(3))
        decode.append(unit * 1000)
        cells.append(seconds(lambda d=data: segment(_page(d, forms))) / unit)
        read.append(seconds(lambda d=data: digest_photo(d, forms, reader)) / unit)
        stages = read_page(data, forms, reader)
        images = [cell.image for cell in stages.cells if cell.source == "digits"]
        glyphs.append(seconds(lambda i=images: reader.read(i)) * 1e5 / len(images))
        form = next(form for form in forms if form.id == stages.reading.form)
        settled.append(seconds(lambda r=stages.reading, f=form: settle([r], f, Policy())) * 1000)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        row("decode.ms", "ms", decode),
        row("segment.x_decode", "x imdecode", cells),
        row("read.x_decode", "x imdecode", read),
        row("glyphs.ms_per_100", "ms", glyphs),
        row("settle.ms", "ms", settled),
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
