"""Two sheets in one photo: one is read, and the other is always told."""

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import pytest

from digitizer.domain.geometry import Rect
from digitizer.domain.policy import Policy
from digitizer.domain.settle import settle
from digitizer.domain.verdict import Doubtful
from digitizer.forms import load_form
from digitizer.forms.render import render_image
from digitizer.pipeline import atlas_of, digest_photo, locate_expected
from digitizer.vision.digits import GlyphReader
from digitizer.vision.locate import PageLocation, locate_page
from tests.vision.pages import Image, jpg, photo_of

GUBERNUR, BUPATI = "c-hasil-kwk-gubernur-2024-2p", "c-hasil-kwk-bupati-2024-2p"
COPY = "c-hasil-salinan-kwk-gubernur-2024-2p"
ATLAS = atlas_of(tuple(map(load_form, (GUBERNUR, BUPATI, COPY))))
SCALES = {GUBERNUR: 2.0, BUPATI: 2.0, COPY: 5.0}
"""Pixels a millimetre."""

TABLE = (90, 110, 120)


@cache
def drawn(form: str, page: int) -> Image:
    """A blank page."""
    return np.asarray(render_image(load_form(form), page, SCALES[form]), np.uint8)


def on_table(*sheets: Image, room: int = 0) -> Image:
    """Sheets side by side on a table, with so many more pixels of it to the right."""
    height = max(len(sheet) for sheet in sheets)
    edges = [(50, height - len(sheet) + 50, 50, 50) for sheet in sheets]
    framed = [
        cv2.copyMakeBorder(sheet, *edge, cv2.BORDER_CONSTANT, value=TABLE)
        for sheet, edge in zip(sheets, edges, strict=True)
    ]
    bare = np.full((height + 100, room, 3), TABLE, np.uint8)
    return np.asarray(np.hstack([*framed, bare]), np.uint8)


def smaller(sheet: Image, share: float) -> Image:
    return np.asarray(
        cv2.resize(sheet, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8
    )


def painted(form: str, page: int, *rects: Rect) -> Image:
    """A blank page with rectangles of it covered."""
    out, scale = drawn(form, page).copy(), SCALES[form]
    for rect in rects:
        left, top, right, bottom = (
            round(side * scale) for side in (rect.x, rect.y, rect.right, rect.bottom)
        )
        out[max(0, top) : bottom, max(0, left) : right] = 225
    return out


def tag_of(form: str, page: int) -> Rect:
    tag = load_form(form).page(page).tag
    assert tag is not None
    return tag.rect.grown(4)


def without_tag(form: str, page: int) -> Image:
    return painted(form, page, tag_of(form, page))


def tag_alone(form: str, page: int) -> Image:
    """A sheet of which nothing but the tag is left."""
    rect, scale = tag_of(form, page), SCALES[form]
    out = np.full_like(drawn(form, page), 225)
    rows = slice(round(rect.y * scale), round(rect.bottom * scale))
    columns = slice(round(rect.x * scale), round(rect.right * scale))
    out[rows, columns] = drawn(form, page)[rows, columns]
    return out


def located(image: Image) -> PageLocation:
    return locate_page(photo_of(image), ATLAS)


def name(location: PageLocation) -> str:
    return f"{location.form.id} page {location.page.number}"


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("other", [(GUBERNUR, 1), (BUPATI, 2)])
def test_the_other_of_two_sheets_with_tags_is_told(other: tuple[str, int], *, turned: bool) -> None:
    sheets = [drawn(GUBERNUR, 2), drawn(*other)]
    found = located(on_table(*(reversed(sheets) if turned else sheets)))
    both = {f"{GUBERNUR} page 2", f"{other[0]} page {other[1]}"}
    assert found.identity == "tag"
    (rest,) = both - {name(found)}
    assert found.rivals == (f"another sheet in the photo: {rest}",)


def test_two_sheets_of_one_page_are_told() -> None:
    found = located(on_table(drawn(GUBERNUR, 2), drawn(GUBERNUR, 2)))
    assert found.rivals == (f"another sheet in the photo: {GUBERNUR} page 2",)


@pytest.mark.parametrize(("share", "told"), [(0.6, 1), (0.3, 0)])
def test_a_sheet_far_behind_is_none_to_be_read(share: float, told: int) -> None:
    found = located(on_table(drawn(GUBERNUR, 2), smaller(drawn(BUPATI, 2), share)))
    assert (name(found), len(found.rivals)) == (f"{GUBERNUR} page 2", told)


def test_the_edge_of_a_neighbour_whose_tag_is_cut_off_is_no_other_sheet() -> None:
    neighbour = drawn(BUPATI, 2)
    for edge in (neighbour[:, : len(neighbour[0]) // 4], neighbour[:, -len(neighbour[0]) // 4 :]):
        cut = edge.copy()
        cut[: len(cut) // 4] = TABLE
        assert located(on_table(drawn(GUBERNUR, 2), cut)).rivals == ()


def one(form: str, page: int) -> Callable[[], Image]:
    return lambda: on_table(drawn(form, page))


def lone(form: str, page: int) -> Callable[[], Image]:
    return lambda: on_table(drawn(form, page), room=900)


@pytest.mark.parametrize(
    "scene", [one(GUBERNUR, 2), lone(GUBERNUR, 2), one(COPY, 2), lone(COPY, 2)]
)
def test_a_single_sheet_has_no_rival_however_much_table_there_is(
    scene: Callable[[], Image],
) -> None:
    assert located(scene()).rivals == ()


def test_a_sheet_that_lost_its_tag_is_told_by_its_print() -> None:
    found = located(on_table(drawn(GUBERNUR, 2), without_tag(GUBERNUR, 1)))
    assert (name(found), found.identity) == (f"{GUBERNUR} page 2", "tag")
    assert len(found.rivals) == 1
    assert found.rivals[0].startswith("another sheet in the photo: laid out like")
    assert found.rivals[0].endswith("page 1")


@pytest.mark.parametrize("second", [1, 2])
def test_two_sheets_without_tags_are_told_though_they_be_of_one_page(second: int) -> None:
    found = located(on_table(drawn(COPY, 2), drawn(COPY, second)))
    assert found.form.id == COPY
    assert len(found.rivals) == 1
    assert found.rivals[0].startswith(f"another sheet in the photo: laid out like {COPY} page")


def test_the_tag_of_another_sheet_never_names_a_page() -> None:
    """Both have one layout, so that only tag and title tell the offices apart."""
    found = located(on_table(without_tag(GUBERNUR, 2), tag_alone(BUPATI, 2)))
    assert (found.identity, found.page.number) == ("layout", 2)
    assert f"another sheet in the photo: {BUPATI} page 2" in found.rivals


@pytest.mark.parametrize("expected", [GUBERNUR, BUPATI])
def test_the_other_sheet_need_not_be_of_an_expected_form(expected: str) -> None:
    photo = photo_of(on_table(drawn(GUBERNUR, 2), drawn(BUPATI, 2)))
    assert len(locate_expected(photo, ATLAS, (expected,)).rivals) == 1


def test_such_a_form_is_doubtful_and_the_whole_photo_is_kept() -> None:
    data = jpg(on_table(drawn(GUBERNUR, 2), drawn(BUPATI, 2)))
    outcome = digest_photo(data, ATLAS, GlyphReader.load())
    assert outcome.reading is not None
    assert "whole" in outcome.blobs
    verdict = settle([outcome.reading], load_form(outcome.reading.form), Policy()).verdict
    assert isinstance(verdict, Doubtful)
    assert "locations_disagree" in {reason.code for reason in verdict.reasons}
