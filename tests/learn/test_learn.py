"""A blank is looked at, and the form file that comes of it has every place where it is printed."""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import cv2
import pytest

from digitizer.domain.form import FormSpec, PageSpec
from digitizer.domain.geometry import Rect, Size
from digitizer.forms import load_form
from digitizer.forms.render import render_image, render_pdf
from digitizer.learn import look_at, propose
from digitizer.vision.tesseract import find_tesseract
from tests.synth import telling_forms

MM: Final = 25.4 / 72
PIXELS: Final = 2800
"""Height of a drawn page: what a phone makes of it, and the redesigned blanks have."""


def draft(data: bytes, size: Size | None = None, *, read: bool = False) -> FormSpec:
    tool = find_tesseract() if read else None
    return propose([seen for seen, _ in look_at(data, size, tool)], id="x", title="X", year=2024)


def apart(rect: Rect, other: Rect) -> float:
    return max(
        abs(rect.x - other.x), abs(rect.y - other.y),
        abs(rect.right - other.right), abs(rect.bottom - other.bottom),
    )  # fmt: skip


def places(page: PageSpec, kind: str) -> list[Rect]:
    fields = page.fields
    match kind:
        case "digits":
            return [rect for field in fields for rect in field.digit_boxes]
        case "bubbles":
            return [rect for field in fields for column in field.bubbles for rect in column]
        case "tally":
            return [rect for field in fields for row in field.tally for rect in row]
        case _:
            return [rect for field in fields for row in field.row_sums for rect in row]


KINDS: Final = ("digits", "bubbles", "tally", "row_sums")


def compare(found: PageSpec, page: PageSpec, within: float) -> None:
    for kind in KINDS:
        wanted, given = places(page, kind), places(found, kind)
        missed = [rect for rect in wanted if min(apart(rect, x) for x in given or [FAR]) > within]
        wrong = [rect for rect in given if min(apart(rect, x) for x in wanted or [FAR]) > within]
        assert (kind, missed, wrong) == (kind, [], [])


FAR: Final = Rect(-1e6, -1e6, 1, 1)


@pytest.mark.parametrize("form", telling_forms(), ids=lambda form: form.id)
def test_from_vector_paths_every_place_is_exact(form: FormSpec) -> None:
    found = draft(render_pdf(form))
    for page, drawn in zip(form.pages, found.pages, strict=True):
        assert (drawn.size.width, drawn.size.height) == pytest.approx(
            (page.size.width, page.size.height), abs=0.01
        )
        compare(drawn, page, 0.06)
        assert [mark.shape for mark in drawn.fiducials] == [mark.shape for mark in page.fiducials]
        for mark, known in zip(drawn.fiducials, page.fiducials, strict=True):
            assert abs(mark.point.x - known.point.x) < 0.06
            assert abs(mark.point.y - known.point.y) < 0.06
        assert (drawn.tag is None) == (page.tag is None)
        if drawn.tag is not None and page.tag is not None:
            assert (drawn.tag.id, drawn.tag.turns) == (page.tag.id, page.tag.turns)
            assert apart(drawn.tag.rect, page.tag.rect) < 0.5


def pages() -> Iterator[Any]:
    for form in telling_forms():
        for page in form.pages:
            yield pytest.param(form, page, id=f"{form.id}-{page.number}")


@pytest.mark.parametrize(("form", "page"), pages())
def test_from_a_picture_every_place_is_measured_to_half_a_millimetre(
    form: FormSpec, page: PageSpec
) -> None:
    picture = render_image(form, page.number, PIXELS / page.size.height)
    ok, data = cv2.imencode(".png", picture)
    assert ok
    compare(draft(data.tobytes(), page.size).pages[0], page, 0.5)


@cache
def blank(folder: Path, name: str) -> FormSpec:
    return draft((folder / "forms" / name).read_bytes(), read=True)


def geometry(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "forms" / f"{name}.geometry.json").read_text())
    return found


def boxes_known(known: dict[str, Any], page: int, key: str, scale: float) -> dict[str, list[Rect]]:
    """The digit boxes of each number of a page, by the published measurement of the blank."""
    found: dict[str, list[Rect]] = {}
    for field in known["fields"]:
        if field["page"] == page and field["kind"] == "digit_box":
            x0, y0, x1, y1 = (scale * value for value in field[key])
            found.setdefault(field["field"], []).append(Rect(x0, y0, x1 - x0, y1 - y0))
    return found


def score(found: PageSpec, known: dict[str, list[Rect]]) -> tuple[int, int, int, int]:
    """Boxes within half a millimetre, boxes there are, false ones, and numbers of another name."""
    wanted = [rect for boxes in known.values() for rect in boxes]
    given = places(found, "digits")
    right = sum(min(apart(rect, other) for other in [*given, FAR]) <= 0.5 for rect in wanted)
    false = sum(min(apart(rect, other) for other in wanted) > 0.5 for rect in given)
    misnamed = sum(
        apart(field.digit_boxes[0], known.get(field.id, [FAR])[0]) > 0.5 for field in found.fields
    )
    return right, len(wanted), false, misnamed


@pytest.mark.dev_data
@pytest.mark.slow
def test_the_official_plano_is_learned_whole(dev_data: Path) -> None:
    form = blank(dev_data, "c-hasil-ppwp-2024.pdf")
    known = geometry(dev_data, "c-hasil-ppwp-2024")
    shipped = load_form("c-hasil-ppwp-2024")
    for page, official in zip(form.pages, shipped.pages, strict=True):
        boxes = boxes_known(known, page.number, "rect", MM)
        assert score(page, boxes) == (*(2 * (sum(map(len, boxes.values())),)), 0, 0)
        for kind in ("bubbles", "tally", "row_sums"):
            assert len(places(page, kind)) == len(places(official, kind))
        assert page.tag is not None
        assert official.tag is not None
        assert (page.tag.id, len(page.fiducials)) == (official.tag.id, 4)
    assert {rule.id for rule in form.rules} >= {"suara-sah", "suara-total", "pengguna-total-j"}


@pytest.mark.dev_data
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "known", "key", "pages", "least"),
    [
        ("c-hasil-salinan-ppwp-2024-hal1.png", "c-hasil-salinan-ppwp-2024", "rect_px", (1,), 66),
        ("c-hasil-salinan-ppwp-2024-hal2.png", "c-hasil-salinan-ppwp-2024", "rect_px", (2,), 26),
        ("c1-ppwp-2019-hal2-blank.png", "c1-ppwp-2019-hal2", "rect", (2,), 23),
    ],
)
def test_official_blanks_that_are_pictures_are_measured(
    dev_data: Path, name: str, known: str, key: str, pages: Sequence[int], least: int
) -> None:
    picture = cv2.imread(str(dev_data / "forms" / name))
    assert picture is not None
    (page,) = blank(dev_data, name).pages
    boxes = boxes_known(geometry(dev_data, known), pages[0], key, 297 / picture.shape[0])
    right, _, false, misnamed = score(page, boxes)
    assert (right, false) == (least, 0)
    assert misnamed == 0


@pytest.mark.dev_data
@pytest.mark.slow
def test_a_form_that_nobody_prepared_for_is_learned(dev_data: Path) -> None:
    form = blank(dev_data, "c.hasil_dpr_s08_v2.png")
    (page,) = form.pages
    assert [field.id for field in page.fields] == [
        "partai", *(f"calon_{number}" for number in range(1, 9)), "suara_sah_partai",
    ]  # fmt: skip
    assert [len(field.digit_boxes) for field in page.fields] == [3] * 10
    assert [len(field.tally) for field in page.fields] == [5] * 9 + [0]
    assert [len(field.row_sums) for field in page.fields] == [5] * 9 + [0]
    assert [rule.id for rule in form.rules] == ["suara-sah-partai"]
