"""How whole photos are read: samples, generated tiers and development photos, each apart."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rows import Row, count, share
from digitizer.domain.number import spell
from digitizer.domain.policy import Policy
from digitizer.domain.settle import settle
from digitizer.domain.triage import Clear
from digitizer.forms import load_forms
from digitizer.pipeline import atlas_of, digest_photo
from digitizer.vision.digits import GlyphReader
from tests.synth import Tier, made_photo

KWK, PPWP = "c-hasil-kwk-gubernur-2024-2p", "c-hasil-ppwp-2024"


@dataclass(frozen=True, slots=True)
class Truth:
    """One photo with what is written on it, one string a field; `?` where nobody can tell."""

    name: str
    data: bytes
    form: str
    page: int
    as_written: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one photo.

    Attributes:
        located: form and page are right.
        fields, right, wrong: counted fields; those spelled exactly; those with a wrong value
            (neither the truth nor None).
        clear: the photo alone was clear.
    """

    name: str
    located: bool
    fields: int
    right: int
    wrong: tuple[str, ...]
    clear: bool


class PhotoReader:
    """Reads photos with every shipped form."""

    def __init__(self) -> None:
        self.forms = load_forms()
        self.reader = GlyphReader.load()

    def result(self, truth: Truth) -> Result:
        """Read one photo and compare it with the truth."""
        outcome = digest_photo(truth.data, atlas_of(self.forms), self.reader)
        reading = outcome.reading
        if reading is None or (reading.form, reading.page) != (truth.form, truth.page):
            taken = () if reading is None else ("taken for another form or page",)
            return Result(truth.name, False, len(truth.as_written), 0, taken, False)
        form = next(form for form in self.forms if form.id == truth.form)
        settled = settle([reading], form, Policy())
        values = settled.reconciliation.values
        right = sum(values[name].as_written == text for name, text in truth.as_written.items())
        wrong = tuple(
            f"{name}: {text} read as {values[name].as_written}"
            for name, text in truth.as_written.items()
            if "?" not in text
            and values[name].value is not None
            and values[name].value != spell(text).value
        )
        clear = isinstance(settled.verdict, Clear)
        return Result(truth.name, True, len(truth.as_written), right, wrong, clear)


def samples(folder: Path) -> Iterator[Truth]:
    """The shipped samples."""
    for item in json.loads((folder / "expected.json").read_text("utf-8")):
        written = {name: field["as_written"] for name, field in item["fields"].items()}
        data = (folder / item["file"]).read_bytes()
        yield Truth(item["file"], data, item["form"], item["page"], counted(item["form"], written))


def generated(tier: Tier, count: int) -> Iterator[Truth]:
    """Photos of a tier, over both forms and all their pages."""
    pages = [(KWK, 1), (KWK, 2), (PPWP, 1), (PPWP, 2), (PPWP, 3)]
    for seed in range(count):
        form, page = pages[seed % len(pages)]
        made = made_photo(form, page, tier, 9000 + seed)
        written = {name: entry.as_written for name, entry in made.entries.items()}
        yield Truth(f"{tier}-{seed}", made.shot.jpeg, form, page, counted(form, written))


def screen_photos(dev_data: Path) -> Iterator[Truth]:
    """The development photos of C.HASIL-PPWP on a screen; never real paper."""
    folder = dev_data / "photos"
    rows: dict[str, dict[str, str]] = {}
    for line in csv.DictReader((folder / "labels_dev.csv").open(encoding="utf-8")):
        if line["file"].startswith("ppwp_2024_screen") and "." not in line["field"]:
            rows.setdefault(line["file"], {})[line["field"]] = line["value_as_written"]
    for file, written in rows.items():
        page = 1 if "hal1" in file else 2 if "hal2" in file else 3
        yield Truth(file, (folder / file).read_bytes(), PPWP, page, counted(PPWP, written))


def counted(form_id: str, written: Mapping[str, str]) -> dict[str, str]:
    """Only the fields that belong to the tally."""
    form = next(form for form in load_forms() if form.id == form_id)
    return {name: text for name, text in written.items()
            if name in form.fields and form.fields[name].counted}  # fmt: skip


def rows_of(kind: str, results: Sequence[Result]) -> list[Row]:
    """Shares with Wilson intervals; `wrong` and `clear_and_wrong` are counts."""
    fields = sum(result.fields for result in results if result.located)
    return [
        share(f"photos.{kind}.located", sum(r.located for r in results), len(results)),
        share(f"photos.{kind}.numbers_right", sum(r.right for r in results), fields),
        share(f"photos.{kind}.clear", sum(r.clear for r in results), len(results)),
        count(f"photos.{kind}.wrong_values", sum(len(r.wrong) for r in results), fields),
        count(f"photos.{kind}.clear_and_wrong",
              sum(r.clear and bool(r.wrong) for r in results), len(results)),
    ]  # fmt: skip


def read_all(reader: PhotoReader, photos: Iterable[Truth]) -> list[Result]:
    """Every photo's result."""
    return [reader.result(photo) for photo in photos]


def wrong_lines(results: Iterable[Result]) -> list[str]:
    """Each wrong value in words, for the report."""
    return [f"{result.name}: {text}" for result in results for text in result.wrong]
