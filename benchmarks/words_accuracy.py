"""How often a number in words is read, and read right: drawn in fonts kept aside, and real.

`make fonts` fetches the fonts; what they write is drawn on pages and photographed by program.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
import pytesseract
from numpy.typing import NDArray
from rich.progress import track

from benchmarks.processes import over
from benchmarks.rows import Row, count, share
from benchmarks.word_pages import read_word_page, word_page
from digitizer.domain.form import FormSpec
from digitizer.domain.gather import gather
from digitizer.domain.number import spell
from digitizer.domain.number_words import number_of_words
from digitizer.domain.policy import Policy
from digitizer.domain.reading import PageReading
from digitizer.domain.reconcile import reconcile
from digitizer.forms import load_forms
from digitizer.pipeline import ReadPage, atlas_of, read_page
from digitizer.training.word_texts import WORDS
from digitizer.vision.digits import GlyphReader
from digitizer.vision.tesseract import find_tesseract
from tests.synth import Tier

SAID: Final = 0.5
"""A number that is read with less was not answered."""

SURE: Final = 0.99
TIERS: Final[tuple[Tier, ...]] = ("easy", "medium")
PAGES: Final = 150
"""Photos of a tier."""

SCANS: Final = "c1_2019"
TILES: Final = 40
TILE: Final = (560, 64)


@dataclass(frozen=True, slots=True)
class ReadArea:
    """One area: what was written, what was read with which probability, and its picture.

    Attributes:
        peer: what Tesseract makes of the same picture.
        doubtful, without: whether the number is doubtful, and whether it would be without words.
        wrong, wrong_without: whether it has another value than was written, and is not doubtful.
    """

    name: str
    truth: int | None
    letters: str
    value: int | None
    probability: float
    image: NDArray[np.uint8]
    peer: int | None = None
    doubtful: bool = False
    without: bool = False
    wrong: bool = False
    wrong_without: bool = False

    @property
    def answered(self) -> bool:
        return self.value is not None and self.probability >= SAID

    @property
    def right(self) -> bool:
        return self.answered and self.value == self.truth

    @property
    def badness(self) -> float:
        """Sure mistakes first, then unsure ones, then what was not answered."""
        if self.answered:
            return 0.0 if self.right else 1 + self.probability
        return 0.0 if self.truth is None else 1 - self.probability


def drawn_rows(fonts: Path, sheet: Path) -> list[Row]:
    """Figures of drawn pages in fonts of a folder that are kept aside; draws the worst areas."""
    found: list[Row] = []
    drawn: list[ReadArea] = []
    for tier in TIERS:
        areas = read_tier(fonts, tier)
        found += rows_of(f"words.{tier}", areas) + settled_rows(f"words.{tier}", areas)
        drawn += areas
    draw_worst(drawn, sheet)
    return found


def real_rows(dev_data: Path, sheet: Path) -> list[Row]:
    """Figures of the real scans of 2019; draws the worst areas, which are other people's."""
    real = read_scans(dev_data)
    draw_worst(real, sheet)
    return rows_of("words.real_2019", real)


def read_tier(folder: Path, tier: Tier, pages: int = PAGES) -> list[ReadArea]:
    """What was read of every area of so many drawn pages."""
    made = over(partial(_read_drawn, folder, tier), range(pages))
    return [area for areas in track(made, f"words, {tier}", pages) for area in areas]


def _read_drawn(folder: Path, tier: Tier, index: int) -> list[ReadArea]:
    page = word_page(folder, tier, index)
    read = read_word_page(page)
    if read is None:
        return [unread(page.name, field, number) for field, number in page.truth.items()]
    return list(areas_of(page.name, read, page.truth))


def unread(page: str, field: str, number: int | None) -> ReadArea:
    """An area of a photo that was not located: its number is doubtful, whatever words say."""
    blank = np.full((TILE[1], TILE[0], 3), 255, np.uint8)
    return ReadArea(f"{page} {field}", number, "", None, 0.0, blank, doubtful=True, without=True)


def read_scans(dev_data: Path) -> list[ReadArea]:
    """What was read of the real number words of 2019, whose digits are their truth."""
    with (dev_data / "photos" / "labels_dev.csv").open(encoding="utf-8", newline="") as file:
        labels = [row for row in csv.DictReader(file) if row["file"].startswith(SCANS)]
    truths: dict[str, dict[str, int | None]] = {}
    for row in labels:
        truths.setdefault(row["file"], {})[row["field"]] = spell(row["value_as_written"]).value
    read = partial(_read_scan, dev_data / "photos")
    made = over(read, list(truths.items()))
    return [area for areas in track(made, "words, 2019", len(truths)) for area in areas]


def _read_scan(folder: Path, scan: tuple[str, Mapping[str, int | None]]) -> list[ReadArea]:
    name, truth = scan
    read = read_page((folder / name).read_bytes(), atlas_of(load_forms()), GlyphReader.load())
    return list(areas_of(name, read, truth))


def areas_of(name: str, read: ReadPage, truth: Mapping[str, int | None]) -> Iterator[ReadArea]:
    """Every area for words of a page."""
    form = read.location.form
    doubts, wrong = _doubtful(form, read.reading, truth)
    doubts_without, wrong_without = _doubtful(form, _without_words(read.reading), truth)
    for cell in read.cells:
        if cell.source != "words" or cell.field not in truth:
            continue
        evidence = read.reading.fields[cell.field].by("words")
        top = evidence.top if evidence is not None else None
        yield ReadArea(
            name=f"{Path(name).stem} {cell.field}",
            truth=truth[cell.field],
            letters=(evidence.as_written if evidence is not None else None) or "",
            value=top.value if top is not None else None,
            probability=top.probability if top is not None else 0.0,
            image=cell.image,
            peer=number_among(by_tesseract(cell.image)),
            doubtful=cell.field in doubts,
            without=cell.field in doubts_without,
            wrong=cell.field in wrong,
            wrong_without=cell.field in wrong_without,
        )


def by_tesseract(area: NDArray[np.uint8]) -> str:
    """What Tesseract reads in an area, taken as a block of print, which is what it knows."""
    tool = find_tesseract()
    if tool is None:
        raise FileNotFoundError("found no Tesseract with English data")
    pytesseract.pytesseract.tesseract_cmd = str(tool.program)
    data = "" if tool.tessdata is None else f" --tessdata-dir {tool.tessdata}"
    said: str = pytesseract.image_to_string(area, config=f"--psm 6{data}")
    return said


def number_among(said: str) -> int | None:
    """The number that the number words of a text spell; all other words are print beside them."""
    words = "".join(one if one.isalpha() else " " for one in said.upper()).split()
    return number_of_words("".join(one for one in words if one in WORDS))


def _without_words(reading: PageReading) -> PageReading:
    fields = {
        name: replace(field, evidence=tuple(e for e in field.evidence if e.source != "words"))
        for name, field in reading.fields.items()
    }
    return replace(reading, fields=MappingProxyType(fields))


def _doubtful(
    form: FormSpec, reading: PageReading, truth: Mapping[str, int | None]
) -> tuple[set[str], set[str]]:
    """Numbers that are not sure when the page is settled alone; and those that are, wrongly."""
    policy = Policy()
    values = reconcile(gather(form, [reading]), policy).values
    sure = {n for n, v in values.items() if v.probability >= policy.min_field_probability}
    wrong = {n for n in sure & truth.keys() if truth[n] not in (None, values[n].value)}
    return set(values) - sure, wrong


def rows_of(name: str, areas: Sequence[ReadArea]) -> list[Row]:
    """How many areas were answered, how many of those right, and how many surely wrong."""
    written = [area for area in areas if area.truth is not None]
    answered = [area for area in areas if area.answered]
    sure = [area for area in answered if area.probability >= SURE]
    peer = [area for area in areas if area.peer is not None]
    peer_right = sum(area.peer == area.truth for area in peer)
    return [
        share(f"{name}.answered", sum(a.answered for a in written), len(written)),
        share(f"{name}.right_of_answered", sum(a.right for a in answered), len(answered)),
        count(f"{name}.sure_and_wrong", sum(not a.right for a in sure), len(areas)),
        share(f"{name}.tesseract.answered", len(peer), len(written)),
        share(f"{name}.tesseract.right_of_answered", peer_right, len(peer)),
    ]  # fmt: skip


def settled_rows(name: str, areas: Sequence[ReadArea]) -> list[Row]:
    """Of the numbers that are doubtful without words, how many stay so; and what became wrong."""
    before = [area for area in areas if area.without]
    return [
        share(f"{name}.still_doubtful", sum(area.doubtful for area in before), len(before)),
        count(f"{name}.wrong_by_words", _newly_wrong(areas), len(areas)),
    ]


def _newly_wrong(areas: Sequence[ReadArea]) -> int:
    return sum(area.wrong and not area.wrong_without for area in areas)


def draw_worst(areas: Sequence[ReadArea], path: Path) -> None:
    """A sheet of the worst areas with what was read of them."""
    worst = sorted(areas, key=lambda area: -area.badness)[:TILES]
    tiles = [_tile(area) for area in worst]
    blank = np.full((TILE[1] + 20, TILE[0], 3), 255, np.uint8)
    tiles += [blank] * (-len(tiles) % 2)
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet = np.vstack([np.hstack(tiles[at : at + 2]) for at in range(0, len(tiles), 2)])
    cv2.imwrite(str(path), sheet, [cv2.IMWRITE_JPEG_QUALITY, 85])


def _tile(area: ReadArea) -> NDArray[np.uint8]:
    tile = np.full((TILE[1] + 20, TILE[0], 3), 255, np.uint8)
    scale = min((TILE[0] - 4) / area.image.shape[1], (TILE[1] - 4) / area.image.shape[0])
    small = cv2.resize(area.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile[20 : 20 + small.shape[0], 2 : 2 + small.shape[1]] = small
    said = f"{area.value} {area.probability:.3f}" if area.answered else "nothing"
    text = f"{area.truth} read {said}: {area.letters[:34]}"
    colour = (30, 30, 200) if area.answered and not area.right else (30, 30, 30)
    cv2.putText(tile, text, (3, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1, cv2.LINE_AA)
    return tile
