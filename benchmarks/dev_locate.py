"""The development photos: whether each is located or refused as expected.csv says."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.progress import track

from benchmarks.rows import Row, share
from digitizer.domain.policy import Policy
from digitizer.domain.settle import settle
from digitizer.forms import load_forms
from digitizer.pipeline import ReadPage, atlas_of, digest_photo
from digitizer.vision.digits import GlyphReader

PPWP: Final = "c-hasil-ppwp-2024"
PAGES: Final[dict[str, tuple[str, int]]] = {
    "ppwp_2024_screen/pilpres-2024-hal1.jpg": (PPWP, 1),
    "ppwp_2024_screen/pilpres-2024-hal2.jpg": (PPWP, 2),
    "ppwp_2024_screen/pilpres-2024-hal3.jpg": (PPWP, 3),
    "ppwp_2024_screen/pilpres-2024-hal2-softened.jpg": (PPWP, 2),
    "cdigital/data_sample_02.jpg": ("c-hasil-ppwp-cdigital-2024", 1),
    "cdigital/pwp_sample_01.jpg": ("c-hasil-ppwp-cdigital-2024", 2),
    "negatives/08_upside_down_hal2.jpg": (PPWP, 2),
    "negatives/09_rotated_90_hal3.jpg": (PPWP, 3),
}
"""What the photos show; a scan in c1_2019/ is page 2 of C1-PPWP 2019."""

TURNS: Final = {"negatives/08_upside_down_hal2.jpg": 2, "negatives/09_rotated_90_hal3.jpg": 3}
"""Clockwise quarter turns that make a photo upright; of all others 0."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of a photo: form, page and turns, or the code of its refusal; what was read."""

    page: tuple[str, int] | None
    turns: int | None
    problem: str | None
    method: str | None
    written: Mapping[str, str]

    @property
    def words(self) -> str:
        if self.page is None:
            return f"refused as {self.problem}"
        form, number = self.page
        return f"{form} page {number}, {self.turns} turns, by {self.method}"


def shown(file: str) -> tuple[str, int] | None:
    """The form and page that a development photo shows, if a form file for it is shipped."""
    page = ("c1-ppwp-2019", 2) if file.startswith("c1_2019/") else PAGES.get(file)
    known = {(form.id, spec.number) for form in load_forms() for spec in form.pages}
    return page if page in known else None


def dev_section(dev_data: Path) -> tuple[str, list[Row], list[str]]:
    """The rows of the development photos, and every row of expected.csv that does not hold."""
    folder = dev_data / "photos"
    rows = list(csv.DictReader((folder / "expected.csv").open(encoding="utf-8")))
    reader = GlyphReader.load()
    seen = {row["file"]: look(folder / row["file"], reader) for row in track(rows, "dev photos")}
    broken = {row["file"]: said for row in rows if (said := fault(row, seen)) is not None}
    scans = [row["file"] for row in rows if row["file"].startswith("c1_2019/")]
    alike = [row["file"] for row in rows if row["expect"] == "read" and row["same_values_as"]]
    title = "Development photos against expected.csv: form, page, turn, refusal"
    found = [
        share("dev.expected_holds", len(rows) - len(broken), len(rows)),
        share("dev.scans_2019_located", sum(file not in broken for file in scans), len(scans)),
        share("dev.turned_read_alike", sum(file not in broken for file in alike), len(alike)),
    ]
    return title, found, [f"{file}: {said}" for file, said in broken.items()]


def look(path: Path, reader: GlyphReader) -> Seen:
    """Read one photo with every shipped form."""
    stages: list[ReadPage] = []
    outcome = digest_photo(path.read_bytes(), atlas_of(load_forms()), reader, stages.append)
    if outcome.problem is not None or outcome.reading is None:
        problem = outcome.problem.problem if outcome.problem is not None else None
        return Seen(None, None, problem, None, {})
    location = stages[0].location
    values = settle([outcome.reading], location.form, Policy()).reconciliation.values
    written = {name: value.as_written for name, value in values.items()}
    page = outcome.reading.form, outcome.reading.page
    return Seen(page, location.turns, None, location.method, written)


def fault(row: Mapping[str, str], seen: Mapping[str, Seen]) -> str | None:
    """Why a row of expected.csv does not hold, or None."""
    file, expect, problem = row["file"], row["expect"], row["problem"]
    found, page = seen[file], shown(file)
    if expect == "unreadable" or page is None:
        return None if found.problem == problem else f"{found.words}; expected {problem}"
    if expect == "unreadable_or_read" and found.problem == problem:
        return None
    if (found.page, found.turns) != (page, TURNS.get(file, 0)):
        return f"{found.words}; expected {page[0]} page {page[1]}, {TURNS.get(file, 0)} turns"
    if row["same_values_as"]:
        upright = seen[row["same_values_as"]].written
        if other := [name for name in upright if upright[name] != found.written.get(name)]:
            return f"{', '.join(other)} read otherwise than in {row['same_values_as']}"
    return None
