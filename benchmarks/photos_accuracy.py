"""How whole photos are read: samples, generated tiers and development photos, each apart."""

import csv
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.rows import Row, count, share
from digitizer.domain.number import spell
from digitizer.domain.policy import Policy
from digitizer.domain.reading import PageReading
from digitizer.domain.settle import Digitization, settle
from digitizer.domain.verdict import Clear
from digitizer.forms import load_forms
from digitizer.pipeline import atlas_of, digest_photo
from digitizer.vision.digits import GlyphReader
from tests.synth import Tier, made_photo

KWK, PPWP = "c-hasil-kwk-gubernur-2024-2p", "c-hasil-ppwp-2024"
PAGES: Final = {KWK: 2, PPWP: 3}
"""The generated forms and how many pages they have."""


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
    """What became of one photo, or of all pages of a form together.

    Attributes:
        located: form and page are right, of every photo.
        fields, right, wrong: counted fields; those spelled exactly; those with a wrong value
            (neither the truth nor None), or what a page was taken for that shows another.
        clear: whether one key would confirm it, as whatever it was taken for.
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

    def result(self, *pages: Truth, expected: Collection[str] = ()) -> Result:
        """Read the photos of one form, settle them together and compare with the truth.

        `expected` are the forms of the election, as a worker knows them.
        """
        name = pages[0].name
        written = {field: text for page in pages for field, text in page.as_written.items()}
        readings = []
        for page in pages:
            atlas = atlas_of(self.forms)
            reading = digest_photo(page.data, atlas, self.reader, expected=expected).reading
            if reading is None:
                return Result(name, False, len(written), 0, (), False)
            if (reading.form, reading.page) != (page.form, page.page):
                clear = isinstance(self._settled([reading]).verdict, Clear)
                taken = f"taken for page {reading.page} of {reading.form}"
                return Result(name, False, len(written), 0, (taken,), clear)
            readings.append(reading)
        settled = self._settled(readings)
        values = settled.reconciliation.values
        right = sum(values[field].as_written == text for field, text in written.items())
        wrong = tuple(
            f"{field}: {text} read as {values[field].as_written}"
            for field, text in written.items()
            if "?" not in text
            and values[field].value is not None
            and values[field].value != spell(text).value
        )
        clear = isinstance(settled.verdict, Clear)
        return Result(name, True, len(written), right, wrong, clear)

    def _settled(self, readings: Sequence[PageReading]) -> Digitization:
        """What pages come to as the form that they were taken for."""
        form = next(form for form in self.forms if form.id == readings[0].form)
        return settle(readings, form, Policy())


def samples(folder: Path) -> Iterator[Truth]:
    """The shipped samples."""
    for item in json.loads((folder / "expected.json").read_text("utf-8")):
        written = {name: field["as_written"] for name, field in item["fields"].items()}
        data = (folder / item["file"]).read_bytes()
        yield Truth(item["file"], data, item["form"], item["page"], counted(item["form"], written))


def generated(tier: Tier, count: int) -> Iterator[Truth]:
    """Photos of a tier, over both forms and all their pages."""
    pages = [(form, page) for form, last in PAGES.items() for page in range(1, last + 1)]
    for seed in range(count):
        yield _made(*pages[seed % len(pages)], tier, 9000 + seed)


def generated_forms(tier: Tier, count: int) -> Iterator[tuple[Truth, ...]]:
    """All pages of forms of a tier, each page its own photo of the same count."""
    for seed in range(count):
        form, last = list(PAGES.items())[seed % len(PAGES)]
        yield tuple(_made(form, page, tier, 9500 + seed) for page in range(1, last + 1))


def _made(form: str, page: int, tier: Tier, seed: int) -> Truth:
    made = made_photo(form, page, tier, seed)
    written = {name: entry.as_written for name, entry in made.entries.items()}
    name = f"{tier}-{seed} {form} page {page}"
    return Truth(name, made.shot.jpeg, form, page, counted(form, written))


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
    """Shares with Wilson intervals, of all photos; `wrong` and `clear_and_wrong` are counts."""
    fields = sum(result.fields for result in results)
    return [
        share(f"photos.{kind}.located", sum(r.located for r in results), len(results)),
        share(f"photos.{kind}.numbers_right", sum(r.right for r in results), fields),
        share(f"photos.{kind}.clear", sum(r.clear for r in results), len(results)),
        count(f"photos.{kind}.wrong_values", sum(len(r.wrong) for r in results), fields),
        count(f"photos.{kind}.clear_and_wrong",
              sum(r.clear and bool(r.wrong) for r in results), len(results)),
    ]  # fmt: skip


def read_all(reader: PhotoReader, photos: Iterable[Truth]) -> list[Result]:
    """Every photo's result, each by itself."""
    return [reader.result(photo) for photo in photos]


def wrong_lines(results: Iterable[Result]) -> list[str]:
    """Each wrong value in words, for the report."""
    return [f"{result.name}: {text}" for result in results for text in result.wrong]
