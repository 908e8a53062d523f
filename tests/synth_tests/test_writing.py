"""Handwriting: what is asked for is drawn, and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitizer.domain.geometry import Rect
from digitizer.domain.glyph import ALPHABET, BLANK
from digitizer.forms import load_form
from digitizer.synth.entries import Entry, entries_for, number_words
from digitizer.synth.fill import field_strokes, fill_page
from digitizer.synth.glyphs import LETTERS, NORMAL_DIGITS, SQUARE_DIGITS, strokes_of
from digitizer.synth.hand import draw_hand
from digitizer.synth.simulate import simulate_tps
from digitizer.synth.strokes import BLACK_MARKER, Stroke, draw_strokes
from digitizer.synth.writer import Writer

BOX = Rect(20, 20, 18, 18)
FORMS = ("c-hasil-kwk-gubernur-2024-2p", "c-hasil-ppwp-2024")


def writer(seed: int, *, square: bool | None = None) -> Writer:
    rng = np.random.default_rng(seed)
    return Writer(draw_hand(rng, square=square), rng)


def ink(strokes: list[Stroke], pen_of: Writer) -> NDArray[np.uint8]:
    page = np.full((240, 240, 3), 255, np.uint8)
    draw_strokes(page, 4.0, strokes, pen_of.pen, np.random.default_rng(0))
    return np.asarray(255 - page.min(axis=2), np.uint8)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ALPHABET), st.integers(0, 10_000), st.booleans())
def test_every_glyph_stays_within_its_box(glyph: str, seed: int, square: bool) -> None:
    hand = writer(seed, square=square)
    for stroke in hand.glyph(glyph, BOX, guided=True):
        bounds = stroke.bounds
        slack = 0.0 if stroke.fluid is False and glyph != "?" else 1.5
        assert bounds.x >= BOX.x - slack and bounds.right <= BOX.right + slack
        assert bounds.y >= BOX.y - slack and bounds.bottom <= BOX.bottom + slack


@pytest.mark.parametrize("glyph", ALPHABET)
def test_a_glyph_leaves_ink_unless_it_is_blank(glyph: str) -> None:
    hand = writer(3)
    amount = float((ink(hand.glyph(glyph, BOX), hand) > 60).mean())
    if glyph == BLANK:
        assert amount == 0
    else:
        assert amount > 0.002


def test_a_letter_is_no_glyph() -> None:
    with pytest.raises(ValueError, match="glyph 'A' cannot be written"):
        writer(1).glyph("A", BOX)


def test_one_seed_is_one_hand() -> None:
    first, second = (ink(h.glyph("8", BOX), h) for h in (writer(5), writer(5)))
    assert np.array_equal(first, second)
    other = writer(6)
    assert not np.array_equal(first, ink(other.glyph("8", BOX), other))


def test_square_digits_follow_the_guide_only_where_there_is_one() -> None:
    def width(guided: bool) -> float:
        hand = writer(11, square=True)
        return sum(s.bounds.height for s in hand.glyph("0", BOX, guided=guided))

    assert width(guided=True) != width(guided=False)


def test_shapes_are_well_formed() -> None:
    shapes = [s for forms in (*NORMAL_DIGITS.values(), *SQUARE_DIGITS.values()) for s in forms]
    for shape in [*shapes, *LETTERS.values()]:
        for stroke in strokes_of(shape):
            assert all(len(run) >= 2 for run in stroke)


@pytest.mark.parametrize("pixels_per_mm", [2.0, 4.0, 15.0])
def test_ink_lies_where_the_stroke_is(pixels_per_mm: float) -> None:
    points = np.linspace([11.3, 12.7], [21.8, 17.2], 20)
    stroke = Stroke(points, np.full(20, 1.1))
    side = round(30 * pixels_per_mm)
    page = np.full((side, side, 3), 255, np.uint8)
    pen = replace(BLACK_MARKER, skip=0.0)
    draw_strokes(page, pixels_per_mm, [stroke], pen, np.random.default_rng(0))
    weight = 255.0 - page.min(axis=2)
    ys, xs = np.mgrid[:side, :side] + 0.5
    centre = np.array([(xs * weight).sum(), (ys * weight).sum()]) / weight.sum() / pixels_per_mm
    assert np.abs(centre - (points[0] + points[-1]) / 2).max() < 0.06


@pytest.mark.parametrize("count", [0, 1, 4, 5, 13, 60])
def test_turus_are_four_upright_and_one_across(count: int) -> None:
    cells = (tuple(Rect(20 * c, 0, 20, 16) for c in range(12)),)
    assert len(writer(4).turus(cells, count)) == count


def test_more_turus_than_cells_are_refused() -> None:
    with pytest.raises(ValueError, match="6 turus need more than 1 cells"):
        writer(4).turus(((Rect(0, 0, 20, 16),),), 6)


def test_bubbles_differ_in_how_full_they_are() -> None:
    circle = Rect(10, 10, 8, 8)
    hand = writer(9)
    full, partly = (
        (ink(hand.bubble(circle, fill), hand) > 100).sum() for fill in ("full", "partly")
    )
    assert full > 1.5 * partly > 0


@pytest.mark.parametrize("form_id", FORMS)
def test_every_field_is_written_in_its_own_places(form_id: str) -> None:
    form = load_form(form_id)
    hand = writer(21)
    values = simulate_tps(form, hand.rng, 212)
    for field in form.fields.values():
        entry = entries_for(form, values, "X")[field.id]
        places = [rect.grown(0.3) for rect in field.rects()]
        if field.tally:
            cells = [cell for row in field.tally for cell in row]
            x, y = min(c.x for c in cells), min(c.y for c in cells)
            right, bottom = max(c.right for c in cells), max(c.bottom for c in cells)
            places.append(Rect(x, y, right - x, bottom - y))
        for stroke in field_strokes(field, entry, hand):
            centre = stroke.bounds.centre
            assert any(
                place.x <= centre.x <= place.right and place.y <= centre.y <= place.bottom
                for place in places
            ), (field.id, stroke.bounds)


@pytest.mark.parametrize("form_id", FORMS)
def test_a_page_without_entries_keeps_its_boxes_empty(form_id: str) -> None:
    form = load_form(form_id)
    page = form.page(2)
    empty = fill_page(form, 2, {}, writer(1), pixels_per_mm=2.0)
    values = simulate_tps(form, np.random.default_rng(1), 150)
    filled = fill_page(form, 2, entries_for(form, values, "X"), writer(1), pixels_per_mm=2.0)
    for field in page.fields:
        for box in field.digit_boxes:
            inner = box.grown(-1.5)
            x, y = round(inner.x * 2), round(inner.y * 2)
            window = np.s_[y : y + round(inner.height * 2), x : x + round(inner.width * 2)]
            assert empty[window].min() > 120
            assert filled[window].min() < 140
    for cell in page.private:
        x, y = round(cell.x * 2), round(cell.y * 2)
        window = np.s_[y : y + round(cell.height * 2), x : x + round(cell.width * 2)]
        assert (filled[window] < 150).any()


def test_an_entry_must_fit_its_boxes() -> None:
    form = load_form(FORMS[0])
    with pytest.raises(ValueError, match="pemilih_dpt_l has 3 digit boxes, found an entry for 2"):
        fill_page(form, 1, {"pemilih_dpt_l": Entry("12")}, writer(1), pixels_per_mm=1.0)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "NOL"),
        (10, "SEPULUH"),
        (11, "SEBELAS"),
        (100, "SERATUS"),
        (123, "SERATUS DUA PULUH TIGA"),
        (999, "SEMBILAN RATUS SEMBILAN PULUH SEMBILAN"),
        (2024, "DUA RIBU DUA PULUH EMPAT"),
    ],
)
def test_number_words(number: int, words: str) -> None:
    assert number_words(number) == words


def test_number_words_of_a_number_no_form_holds() -> None:
    with pytest.raises(ValueError, match="does not fit a form"):
        number_words(-1)


def test_bubbles_follow_digits_and_skip_marks() -> None:
    form = load_form(FORMS[1])
    entries = entries_for(form, {"paslon_1": 98}, "X")
    assert entries["paslon_1"].as_written == "X98"
    assert entries["paslon_1"].bubbles == "_98"
    assert entries["paslon_1"].row_sums == ("60", "38", "__", "__", "__")
    assert entries["paslon_1"].words == "SEMBILAN PULUH DELAPAN"
