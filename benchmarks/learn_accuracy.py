"""How much of a blank is proposed where it is printed: official blanks, and drawn ones."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from benchmarks.rows import Row, share
from digitizer.domain.form import Corner, PageSpec
from digitizer.domain.geometry import Rect, Size
from digitizer.forms import load_form
from digitizer.forms.render import render_image, render_pdf
from digitizer.learn import look_at, look_at_picture, propose, stacked
from digitizer.vision.tesseract import find_tesseract
from tests.synth import base_forms

WITHIN_MM: Final = 0.5
SCANS: Final = 20
PIXELS: Final = 2800
"""Height of a drawn page as a picture."""

POINT: Final = 25.4 / 72
KINDS: Final = ("digit_boxes", "bubbles", "tally_cells", "row_sums")
FAR: Final = Rect(-1e6, -1e6, 1, 1)

Places = dict[str, list[Rect]]


@dataclass(slots=True)
class Score:
    """What was proposed of one kind of place.

    Attributes:
        right: places within half a millimetre of where they are printed; of `there`.
        false: proposed where there is none; of `given`.
    """

    right: int = 0
    there: int = 0
    false: int = 0
    given: int = 0


@dataclass(slots=True)
class Learned:
    """One or several blanks.

    Attributes:
        named: numbers that bear their own id, of `numbers`.
    """

    scores: dict[str, Score] = field(default_factory=lambda: {kind: Score() for kind in KINDS})
    named: int = 0
    numbers: int = 0


def rows(dev_data: Path | None) -> list[Row]:
    """The rows of official blanks, of drawn PDF and of drawn pictures."""
    found: list[Row] = []
    if dev_data is not None:
        for kind, blanks in official(dev_data / "forms"):
            found += _rows(kind, blanks, read=True)
        found += filled(dev_data)
    forms = base_forms()
    vector = [(render_pdf(form), None, [_of_page(p) for p in form.pages]) for form in forms]
    pictures = [
        (_png(render_image(form, page.number, PIXELS / page.size.height)), page.size,
         [_of_page(page)])
        for form in forms for page in form.pages
    ]  # fmt: skip
    found += _rows("learn.drawn_pdf", vector, read=False)
    return found + _rows("learn.drawn_picture", pictures, read=False)


Blank = tuple[bytes, Size | None, list[tuple[Places, dict[str, Rect]]]]
"""A file, the size of its paper, and of each page its places and the first box of each number."""


def official(folder: Path) -> Iterator[tuple[str, list[Blank]]]:
    """The blanks of KPU and of the c.digital project, as vector paths and as pictures."""
    plano = json.loads((folder / "c-hasil-ppwp-2024.geometry.json").read_text())
    data = (folder / "c-hasil-ppwp-2024.pdf").read_bytes()
    yield (
        "learn.official_pdf",
        [(data, None, [_of_geometry(plano, page, "rect", POINT) for page in (1, 2, 3)])],
    )
    salinan = json.loads((folder / "c-hasil-salinan-ppwp-2024.geometry.json").read_text())
    c1 = json.loads((folder / "c1-ppwp-2019-hal2.geometry.json").read_text())
    blanks: list[Blank] = []
    for name, known, page, key in (
        ("c-hasil-salinan-ppwp-2024-hal1.png", salinan, 1, "rect_px"),
        ("c-hasil-salinan-ppwp-2024-hal2.png", salinan, 2, "rect_px"),
        ("c1-ppwp-2019-hal2-blank.png", c1, 2, "rect"),
    ):
        data = (folder / name).read_bytes()
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            raise ValueError(f"{name} is no picture")
        scale = 297 / picture.shape[0]
        size = Size(picture.shape[1] * scale, 297.0)
        blanks.append((data, size, [_of_geometry(known, page, key, scale)]))
    for name, form_id, number in (
        ("c.hasil_data.png", "c-hasil-ppwp-cdigital-2024-2p", 1),
        ("c.hasil_pwp_3.png", "c-hasil-ppwp-cdigital-2024", 2),
    ):
        spec = load_form(form_id).page(number)
        blanks.append(((folder / name).read_bytes(), spec.size, [_of_page(spec)]))
    yield "learn.official_picture", blanks


def filled(dev_data: Path) -> list[Row]:
    """The boxes of C1 2019, learned from filled scans alone and placed by the corner marks."""
    known = json.loads((dev_data / "forms" / "c1-ppwp-2019-hal2.geometry.json").read_text())
    scans = sorted((dev_data / "photos" / "c1_2019").glob("*.jpg"))[:SCANS]
    pictures = [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in scans]
    common, _ = stacked(np.asarray(item, np.uint8) for item in pictures if item is not None)
    seen, _ = look_at_picture(common, None, None)
    (page,) = propose([seen], id="x", title="X", year=2019).pages
    corners = known["fiducials"]["corners"]
    marks = {mark.corner: mark.point for mark in page.fiducials}
    here = [corners[short]["centre"] for short in ("TL", "TR", "BR", "BL")]
    names: tuple[Corner, ...] = ("top_left", "top_right", "bottom_right", "bottom_left")
    there = [[marks[name].x, marks[name].y] for name in names]
    onto, _ = cv2.findHomography(np.array(here, np.float64), np.array(there, np.float64))
    places, numbers = _of_geometry(known, 2, "rect", 1.0)
    learned = Learned()
    moved = {kind: [_moved(rect, onto) for rect in rects] for kind, rects in places.items()}
    _add(learned, page, moved, {name: _moved(rect, onto) for name, rect in numbers.items()})
    score = learned.scores["digit_boxes"]
    return [
        share("learn.filled_2019.digit_boxes", score.right, score.there),
        share("learn.filled_2019.digit_boxes_false", score.false, score.given),
    ]


def _moved(rect: Rect, onto: cv2.typing.MatLike) -> Rect:
    ends = np.array([[[rect.x, rect.y], [rect.right, rect.bottom]]])
    (x0, y0), (x1, y1) = cv2.perspectiveTransform(ends, onto)[0]
    return Rect(float(x0), float(y0), float(x1 - x0), float(y1 - y0))


def _rows(kind: str, blanks: Sequence[Blank], *, read: bool) -> list[Row]:
    learned = Learned()
    tool = find_tesseract() if read else None
    for data, size, known in track(blanks, description=kind, transient=True):
        pages = [seen for seen, _ in look_at(data, size, tool)]
        form = propose(pages, id="x", title="X", year=2024)
        for page, (places, names) in zip(form.pages, known, strict=True):
            _add(learned, page, places, names)
    found: list[Row] = []
    for name, score in learned.scores.items():
        if score.there:
            found.append(share(f"{kind}.{name}", score.right, score.there))
            found.append(share(f"{kind}.{name}_false", score.false, max(score.given, 1)))
    if read:
        found.append(share(f"{kind}.named", learned.named, learned.numbers))
    return found


def _add(learned: Learned, page: PageSpec, places: Places, names: dict[str, Rect]) -> None:
    proposed, _ = _of_page(page)
    for kind, score in learned.scores.items():
        wanted, given = places[kind], proposed[kind]
        score.there += len(wanted)
        score.given += len(given)
        score.right += sum(_near(rect, given) for rect in wanted)
        score.false += sum(not _near(rect, wanted) for rect in given)
    learned.numbers += len(names)
    for item in page.fields:
        learned.named += _near(item.digit_boxes[0], [names.get(item.id, FAR)])


def _near(rect: Rect, others: Sequence[Rect]) -> bool:
    return any(
        max(
            abs(rect.x - other.x), abs(rect.y - other.y),
            abs(rect.right - other.right), abs(rect.bottom - other.bottom),
        ) <= WITHIN_MM
        for other in others
    )  # fmt: skip


def _of_page(page: PageSpec) -> tuple[Places, dict[str, Rect]]:
    fields = page.fields
    return {
        "digit_boxes": [rect for item in fields for rect in item.digit_boxes],
        "bubbles": [rect for item in fields for column in item.bubbles for rect in column],
        "tally_cells": [rect for item in fields for row in item.tally for rect in row],
        "row_sums": [rect for item in fields for row in item.row_sums for rect in row],
    }, {item.id: item.digit_boxes[0] for item in fields}


def _of_geometry(
    known: dict[str, Any], page: int, key: str, scale: float
) -> tuple[Places, dict[str, Rect]]:
    """The places of a page by the published measurement of a blank."""
    kinds = {"digit_box": "digit_boxes", "bubble": "bubbles", "tally_cell": "tally_cells",
             "rowsum_box": "row_sums"}  # fmt: skip
    places: Places = {kind: [] for kind in KINDS}
    names: dict[str, Rect] = {}
    for item in known["fields"]:
        if item["page"] == page and item["kind"] in kinds:
            x0, y0, x1, y1 = (scale * value for value in item[key])
            rect = Rect(x0, y0, x1 - x0, y1 - y0)
            places[kinds[item["kind"]]].append(rect)
            if item["kind"] == "digit_box":
                names.setdefault(item["field"], rect)
    return places, names


def _png(picture: NDArray[np.uint8]) -> bytes:
    _, data = cv2.imencode(".png", picture)
    return data.tobytes()
