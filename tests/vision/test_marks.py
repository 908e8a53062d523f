"""Bubble columns: one, none, several or smudged, and never a default digit."""

from dataclasses import replace
from functools import cache
from typing import Final, get_args

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.domain.geometry import Rect
from digitizer.forms import load_form
from digitizer.forms.render import render_image
from digitizer.synth.bubbles import BubbleFill
from digitizer.synth.hand import draw_hand
from digitizer.synth.strokes import PENS, draw_strokes
from digitizer.synth.writer import Writer
from digitizer.vision.bubble_ink import ColumnInk, measure_columns
from digitizer.vision.marks import UNSEEN, ColumnScores, bubble_scores, column_scores
from digitizer.vision.rectify import crop
from digitizer.vision.segment import BUBBLE_MARGIN, Cell
from tests.vision.pages import PPWP

COLUMNS: Final = 9
SCALE: Final = 2.0
"""Pixels a millimetre, as a page of a good photo is laid flat."""

PAGE: Final = load_form(PPWP).page(2)
FIELDS: Final = tuple(field for field in PAGE.fields if field.bubbles)


def ink(*filled: tuple[int, int, float], rings: float = 0.8) -> ColumnInk:
    """Ink of a page of columns with grain; each of `filled` is (column, digit, fill)."""
    rng = np.random.default_rng(5)
    fill = rng.normal(0, 0.003, (COLUMNS, 10))
    around = rng.normal(0, 0.002, (COLUMNS, 10))
    for column, digit, dark in filled:
        fill[column, digit] = dark
    return ColumnInk(fill, around, np.ones((COLUMNS, 10)), np.full(COLUMNS, rings))


def ordinary(dark: float = 0.7) -> list[tuple[int, int, float]]:
    """All columns but the first with one bubble of this fill."""
    return [(column, column, dark) for column in range(1, COLUMNS)]


@pytest.mark.parametrize("digit", range(10))
def test_one_filled_bubble_says_its_digit(digit: int) -> None:
    scores = column_scores(ink((0, digit, 0.7), *ordinary()))[0]
    assert scores.top == str(digit)
    assert scores.filled[digit] > 0.999


def test_no_filled_bubble_is_blank_and_not_a_digit() -> None:
    scores = column_scores(ink(*ordinary()))[0]
    assert scores.top == "_"
    assert scores.none > 0.99


def test_a_page_without_any_filled_bubble_is_blank_everywhere() -> None:
    assert all(scores.none > 0.99 for scores in column_scores(ink()))


@pytest.mark.parametrize("other", [0.7, 0.5])
def test_two_filled_bubbles_are_several(other: float) -> None:
    scores = column_scores(ink((0, 2, 0.7), (0, 7, other), *ordinary()))[0]
    assert scores.top == "?"
    assert scores.several + scores.smudged > 0.999
    assert scores.several > 0.5 or other < 0.6


def test_a_bubble_half_as_dark_beside_a_filled_one_is_unclear() -> None:
    scores = column_scores(ink((0, 2, 0.7), (0, 7, 0.35), *ordinary()))[0]
    assert scores.top == "?"


def test_a_faint_stroke_beside_a_filled_bubble_leaves_the_digit_but_not_sure() -> None:
    scores = column_scores(ink((0, 2, 0.7), (0, 7, 0.1), *ordinary()))[0]
    assert scores.top == "2"
    assert scores.filled[2] < 0.9


def test_a_faint_mark_where_others_are_blackened_is_no_sure_reading() -> None:
    scores = column_scores(ink((0, 4, 0.12), *ordinary()))[0]
    assert max(*scores.filled, scores.none) < 0.9


def test_a_light_pencil_is_read_where_the_whole_page_is_so_light() -> None:
    alone = column_scores(ink((0, 4, 0.3), *ordinary()))[0]
    among = column_scores(ink((0, 4, 0.3), *ordinary(0.3)))[0]
    assert among.top == "4"
    assert among.filled[4] > 0.95 > alone.filled[4]


def test_ink_about_an_empty_bubble_is_smudged() -> None:
    page = ink(*ordinary())
    page.around[0, 3] = 0.2
    scores = column_scores(page)[0]
    assert scores.top == "?"
    assert scores.smudged > 0.99


def test_a_column_whose_rings_are_not_seen_is_unclear() -> None:
    scores = column_scores(ink((0, 4, 0.7), *ordinary(), rings=0.3))[0]
    assert scores.top == "?"
    assert scores.smudged > 0.99


def test_a_burnt_out_bubble_makes_its_column_unclear() -> None:
    page = ink(*ordinary())
    page.depth[0, 3] = 0.2
    scores = column_scores(page)[0]
    assert scores.top == "?"
    assert scores.smudged > 0.99


SOME: Final = st.lists(st.floats(-1.5, 1.5), min_size=20, max_size=20).map(
    lambda values: np.array(values).reshape(2, 10)
)


@given(fill=SOME, around=SOME, depth=SOME, rings=st.floats(-1, 1))
def test_probabilities_sum_to_one_whatever_the_ink(
    fill: np.ndarray, around: np.ndarray, depth: np.ndarray, rings: float
) -> None:
    page = ColumnInk(fill, around, depth, np.full(2, rings))
    for scores in column_scores(page):
        assert sum(probability for _, probability in scores.ranked) == pytest.approx(1.0)
        assert min(probability for _, probability in scores.ranked) >= 0


@cache
def blank() -> np.ndarray:
    return render_image(load_form(PPWP), 2, 2 * SCALE)


def drawn(*marks: tuple[int, int, BubbleFill], pen: int = 0) -> np.ndarray:
    """The blank page with marks in the columns, each (column, digit, kind)."""
    rng = np.random.default_rng(9)
    writer = Writer(replace(draw_hand(rng), pen=PENS[pen]), rng)
    columns = [column for field in FIELDS for column in field.bubbles]
    image = blank().copy()
    for column, digit, kind in marks:
        strokes = writer.bubble(columns[column][digit], kind)
        draw_strokes(image, 2 * SCALE, strokes, writer.pen, rng)
    size = (round(PAGE.size.width * SCALE), round(PAGE.size.height * SCALE))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def cells(image: np.ndarray, down: float = 0.0) -> list[Cell]:
    """The bubble cells of a flat page, cut so many millimetres too low."""
    found = []
    for field in FIELDS:
        for index, column in enumerate(field.bubbles):
            for digit, bubble in enumerate(column):
                rect = Rect(bubble.x, bubble.y + down, bubble.width, bubble.height)
                cut = crop(image, rect.grown(BUBBLE_MARGIN * bubble.width), SCALE)
                place = field.place(index)
                found.append(Cell(field.id, "bubbles", place, digit, rect, cut, True, True))
    return found


def read(image: np.ndarray, down: float = 0.0) -> list[ColumnScores]:
    """The columns of a flat page, leftmost first, field by field; black print is 30."""
    scores = bubble_scores(cells(image, down), 30.0)
    return [scores[field.id, field.place(i)] for field in FIELDS for i in range(3)]


def blackened(kind: BubbleFill = "full", start: int = 1) -> list[tuple[int, int, BubbleFill]]:
    return [(column, (3 * column) % 10, kind) for column in range(start, COLUMNS)]


@pytest.mark.parametrize("pen", range(len(PENS)))
@pytest.mark.parametrize("kind", ["full", "scribbled", "light"])
def test_blackened_bubbles_are_read_with_every_pen(kind: BubbleFill, pen: int) -> None:
    scores = read(drawn(*blackened(kind), pen=pen))
    assert [column.top for column in scores] == ["_", *(str(d) for _, d, _ in blackened())]
    assert min(column.ranked[0][1] for column in scores) > 0.95


def test_a_page_whose_numbers_share_a_digit_is_read() -> None:
    scores = read(drawn(*[(column, 5, "full") for column in range(COLUMNS)]))
    assert [column.top for column in scores] == ["5"] * COLUMNS


@pytest.mark.parametrize("kind", get_args(BubbleFill))
def test_however_a_bubble_is_marked_no_other_glyph_is_sure(kind: BubbleFill) -> None:
    for digit in range(10):
        scores = read(drawn((0, digit, kind), *blackened()))[0]
        others = [p for glyph, p in scores.ranked if glyph not in {str(digit), "?"}]
        assert max(others) < 0.5


def test_a_bubble_scratched_out_and_another_filled_is_unclear() -> None:
    scores = read(drawn((0, 2, "scratched"), (0, 6, "full"), *blackened()))[0]
    assert scores.top == "?"
    assert scores.several + scores.smudged > 0.99


@pytest.mark.parametrize("softness", [0.1, 1.5, 4.0, 12.0])
def test_the_edge_of_a_shadow_fills_nothing(softness: float) -> None:
    image = drawn(*blackened())
    light = np.ones((*image.shape[:2], 1), np.float64)
    top = FIELDS[0].bubbles[0][4].centre.y
    light[round(top * SCALE) : round((top + 30) * SCALE)] = 0.65
    light = cv2.GaussianBlur(light, (0, 0), softness * SCALE).reshape(light.shape)
    said = [column.top for column in read((light * image).astype(np.uint8))]
    truth = ["_", *(str(digit) for _, digit, _ in blackened())]
    assert said[1:] == truth[1:]
    assert said[0] in {"_", "?"}


def test_a_reflection_over_a_filled_bubble_leaves_its_column_unclear() -> None:
    image = drawn(*blackened(start=0)).astype(np.float64)
    centre = FIELDS[0].bubbles[0][0].centre
    y, x = np.mgrid[: image.shape[0], : image.shape[1]] / SCALE
    veil = np.exp(-(((x - centre.x) / 12) ** 2 + ((y - centre.y) / 12) ** 2))
    image += np.clip(1.5 * veil, 0, 1)[..., None] * (255 - image)
    scores = read(image.astype(np.uint8))
    assert scores[0].top == "?"
    assert [column.top for column in scores[2:]] == [str(d) for _, d, _ in blackened(start=2)]


@pytest.mark.parametrize("down", [4.0, 5.25, 6.5])
def test_between_the_rows_nothing_is_read(down: float) -> None:
    assert {column.top for column in read(drawn(*blackened()), down)} == {"?"}


def test_a_column_a_little_beside_its_place_is_read() -> None:
    scores = read(drawn(*blackened()), 1.5)
    assert [column.top for column in scores] == ["_", *(str(d) for _, d, _ in blackened())]


def test_a_column_that_is_cut_or_not_found_says_nothing() -> None:
    whole = cells(drawn(*blackened(start=0)))
    cut = replace(whole[0], whole=False)
    lost = replace(whole[10], found=False)
    scores = bubble_scores([cut, *whole[1:10], lost, *whole[11:]], 30.0)
    assert list(scores.values())[:2] == [UNSEEN, UNSEEN]
    assert list(scores.values())[2].top == "6"
    assert bubble_scores([lost, *whole[11:20]], 30.0) == {(lost.field, lost.place): UNSEEN}


def test_fill_is_relative_to_paper_and_print() -> None:
    grey = np.full((2, 10, 24, 24), 220, np.uint8)
    for column, paper in enumerate((220, 120)):
        for digit in range(10):
            cell = np.full((24, 24), paper, np.uint8)
            if digit == 3:
                cv2.circle(cell, (12, 12), 7, 20, -1, cv2.LINE_AA)
            cv2.circle(cell, (12, 12), 8, 20, 1, cv2.LINE_AA)
            grey[column, digit] = cell
    measured = measure_columns(grey, 20.0)
    assert measured.fill[0, 3] == pytest.approx(measured.fill[1, 3], abs=0.05)
    assert measured.fill[0, 3] > 0.8
    assert np.abs(np.delete(measured.fill, 3, axis=1)).max() < 0.05
    assert measured.rings.min() > 0.6


def test_a_bubble_blackened_where_the_others_are_ticked_is_read() -> None:
    scores = column_scores(ink((0, 4, 0.6), *ordinary(0.12)))[0]
    assert scores.top == "4"
