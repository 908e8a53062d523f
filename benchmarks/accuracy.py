"""`make accuracy`: what is read right, with counts and Wilson 95 % intervals.

Writes `docs/accuracy.md` for people and `docs/accuracy.json`. Real ink, screen photos and generated
pictures are always apart: they are not equally hard. Without the development data only the
generated rows are measured.
"""

import json
from pathlib import Path
from typing import Final

import cv2
from rich.console import Console

from benchmarks.glyph_accuracy import Row, measure
from benchmarks.locate_accuracy import PICTURE
from benchmarks.locate_accuracy import sections as locate_sections
from benchmarks.photos_accuracy import (
    PhotoReader,
    as_any,
    generated,
    read_all,
    rows_of,
    samples,
    screen_photos,
    wrong_lines,
)
from digitizer.settings import Settings

ROOT: Final = Path(__file__).resolve().parent.parent
GENERATED: Final = 30
INTRO: Final = """# Accuracy

Made by `make accuracy`; do not edit. Shares come with their count and Wilson 95 % interval.
*Real ink* is the headline: boxes cut from photos of 2024 forms and scans of 2019 forms, held
out from training. *Screen* photos were taken of a screen and are not real paper. *Samples* and
*generated* pictures are drawn by the product itself: they show that the line works, not how
real paper behaves.

A *wrong value* is a number that differs from the ink where the ink is certain; leaving it open is
not wrong. `clear_and_wrong` must be 0.

A photo is *located* when form, page and turn are right and nine in ten of its digit boxes were put
less than their width from where they lie. Box errors are distances between the centre of a digit
box and where the photo shows it, in widths of the box, over all boxes of located pages. Generated
photos come in the tiers of `tests/synth.py`, all four turns equally often, one in four through a
messenger. *Official print* is the blank as KPU and the c.digital project published it, filled and
photographed by program. *Negatives* show no known page; none may be located.
"""

WORST: Final = f"""
## The worst of the generated photos

Not located first, then by the largest error of a box. Green: the boxes as they lie; red: where they
were put.

![The worst located generated photos]({PICTURE})
"""


NOT_MEASURED: Final = """
**Real ink and screen photos were not measured in this run:** the development data folder
`DIGITIZER_DEV_DATA` is absent.
"""


def main() -> None:
    """Measure, print and write."""
    cv2.setNumThreads(1)
    console = Console()
    dev_data = (ROOT / Settings().dev_data).resolve()
    sections: list[tuple[str, list[Row], list[str]]] = []
    if dev_data.is_dir():
        sections.append(
            ("Real ink, single boxes (and rendered rare glyphs)", measure(dev_data), [])
        )
    reader = PhotoReader()
    sets = [
        ("Samples", "samples", samples(ROOT / "samples")),
        ("Generated, easy tier", "generated_easy", generated("easy", GENERATED)),
        ("Generated, medium tier", "generated_medium", generated("medium", GENERATED)),
    ]
    if dev_data.is_dir():
        sets.insert(0, ("Screen photos", "screen", screen_photos(dev_data)))
    for title, kind, photos in sets:
        with console.status(title):
            results = read_all(reader, photos)
        sections.append((title, rows_of(kind, results), wrong_lines(results)))
    sections += locate_sections(dev_data if dev_data.is_dir() else None, ROOT / "docs" / PICTURE)
    rows = as_any(row for _, found, _ in sections for row in found)
    (ROOT / "docs" / "accuracy.json").write_text(json.dumps(rows, indent=1) + "\n")
    absent = "" if dev_data.is_dir() else NOT_MEASURED
    text = INTRO + absent + "".join(section(*item) for item in sections) + WORST
    (ROOT / "docs" / "accuracy.md").write_text(text)
    console.print(text)


def section(title: str, rows: list[Row], wrong: list[str]) -> str:
    """One table of the report."""
    lines = [f"\n## {title}\n", "| name | value | n | 95 % interval |", "|---|---|---|---|"]
    for item in as_any(rows):
        value, low, high = item["value"], item["low"], item["high"]
        interval = "-" if low is None else f"{low:.5g} to {high:.5g}"
        lines.append(f"| `{item['name']}` | {value:g} | {item['n']} | {interval} |")
    lines += ["", "In words:", ""] if wrong else []
    lines += [f"- {line}" for line in wrong]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
