"""The steps from lines to a form, each on what it is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.domain.geometry import Point, Rect, Size
from digitizer.learn.boxes import boxes_of
from digitizer.learn.cells import cells_of, distinct
from digitizer.learn.drawing import Patch, Ruling, joined, rulings_of
from digitizer.learn.marks import marks_of
from digitizer.learn.naming import Named, name_of, numbered, slug
from digitizer.learn.rules import rules_of

A4 = Size(210.0, 297.0)


def table(xs: list[float], ys: list[float]) -> list[Ruling]:
    return [
        *(Ruling("down", x, ys[0], ys[-1], 0.3) for x in xs),
        *(Ruling("across", y, xs[0], xs[-1], 0.3) for y in ys),
    ]


SIDES = st.lists(st.integers(3, 12), min_size=1, max_size=6)


@given(SIDES, SIDES)
def test_a_table_has_a_cell_for_each_row_and_column(widths: list[int], heights: list[int]) -> None:
    xs = [float(sum(widths[:at])) for at in range(len(widths) + 1)]
    ys = [float(sum(heights[:at])) for at in range(len(heights) + 1)]
    cells = cells_of(table(xs, ys))
    assert [(cell.rect.width, cell.rect.height) for cell in cells] == [
        (width, height) for height in heights for width in widths
    ]


def test_separate_boxes_enclose_nothing_between_them() -> None:
    rulings = [side for x in (10.0, 22.0) for side in rulings_of(Rect(x, 20, 8, 8), 0.5, 0.0)]
    assert [cell.rect for cell in cells_of(rulings)] == [Rect(10, 20, 8, 8), Rect(22, 20, 8, 8)]


def test_a_box_on_the_line_of_its_table_is_one_box() -> None:
    rulings = [*rulings_of(Rect(10, 20, 8, 8), 1.0, 0.0), Ruling("across", 19.8, 0, 100, 0.3)]
    (cell,) = distinct(cells_of(rulings), 0.5)
    assert cell.rect == Rect(10, 20, 8, 8)


def test_pieces_of_a_line_are_one_and_a_dotted_line_is_none_of_it() -> None:
    whole = joined(
        [Ruling("across", 5, 0, 10, 0.3), Ruling("across", 5, 10.02, 20, 0.5),
         Ruling("across", 5, 20, 30, 0.3, dotted=True)], 0.05,
    )  # fmt: skip
    assert [(line.start, line.end, line.width, line.dotted) for line in whole] == [
        (0, 20, 0.5, False), (20, 30, 0.3, True),
    ]  # fmt: skip


def test_boxes_that_touch_are_parted_by_the_heads_above_them() -> None:
    xs = [100.0 + 8 * n for n in range(10)]
    rulings = [*table(xs, [50.0, 58.0]), *table([100.0, 124.0, 148.0, 172.0], [40.0, 50.0])]
    found = boxes_of(distinct(cells_of(rulings), 0.5), A4)
    assert [len(row) for row in found.numbers] == [3, 3, 3]
    assert found.tallies == ()


def test_wide_cells_in_many_columns_are_turus_with_their_sums() -> None:
    ys = [50.0 + 5 * n for n in range(6)]
    rulings = [
        *table([20.0 + 6 * n for n in range(13)], ys), *table([96.0, 100.0, 104.0], ys),
        *(side for x in (110.0, 120.0, 130.0) for side in rulings_of(Rect(x, 50, 8, 8), 0.5, 0.0)),
    ]  # fmt: skip
    found = boxes_of(distinct(cells_of(rulings), 0.5), A4)
    assert [(len(grid.rows), grid.columns) for grid in found.tallies] == [(5, 12)]
    assert [(len(grid.rows), grid.columns) for grid in found.row_sums] == [(5, 2)]
    assert [len(row) for row in found.numbers] == [3]


def square(x: float, y: float, side: float = 3.0) -> Patch:
    return Patch(Rect(x, y, side, side).corners)


@pytest.mark.parametrize("missing", [None, 0, 3])
def test_four_marks_or_none(missing: int | None) -> None:
    corners = [(8.0, 8.0), (195.0, 8.0), (195.0, 282.0), (8.0, 282.0)]
    patches = [
        piece
        for number, (x, y) in enumerate(corners)
        if number != missing
        for piece in (square(x, y), square(x + 3, y + 3))
    ]
    marks = marks_of([*patches, square(100, 150)], A4)
    if missing is None:
        assert [mark.shape for mark in marks] == ["saddle"] * 4
        assert [mark.point for mark in marks] == [Point(x + 3, y + 3) for x, y in corners]
    else:
        assert marks == ()


@pytest.mark.parametrize(
    ("label", "head", "name"),
    [
        ("1. Jumlah pengguna hak pilih dalam DPT", "LAKI-LAKI (L)", "pengguna_dpt_l"),
        ("Jumlah Pemilih dalam Daftar Pemilih Tetap", "PEREMPUAN (P)", "pemilih_dpt_p"),
        ("Jumlah seluruh Pemilih disabilitas", "JUMLAH (L+P)", "disabilitas_j"),
        ("3. Jumlah surat suara yang dikembalikan karena rusak", "", "ss_rusak"),
        ("4. Jumlah surat suara yang tidak digunakan", "", "ss_sisa"),
        ("JUMLAH SELURUH SUARA SAH", "", "suara_sah"),
        ("JUMLAH SUARA TIDAK SAH", "", "suara_tidak_sah"),
        ("JUMLAH SELURUH SUARA SAH DAN SUARA TIDAK SAH", "", "suara_total"),
        ("1 NAMA CALON PRESIDEN", "JUMLAH SUARA SAH", "paslon"),
        ("H. SIAPA SAJA", "SUARA SAH", "paslon"),
        ("JUMLAH SELURUHNYA", "SUARA SAH DAN SUARA TIDAK SAH", "jumlah_seluruhnya"),
    ],
)  # fmt: skip
def test_printed_words_name_a_number(label: str, head: str, name: str) -> None:
    assert name_of(label, head, columns=bool(head) and "SUARA" not in head).id == name


def test_what_no_word_names_is_called_by_its_own_and_marked() -> None:
    named = name_of("7. Jumlah kotak suara é", "", columns=False)
    assert (named.id, named.known) == ("angka_7_jumlah_kotak_suara_e", False)
    assert slug("Kotak Suara!") == "kotak_suara"


def test_candidates_are_numbered_and_no_id_stands_twice() -> None:
    paslon, other = Named("paslon", "votes", known=True), Named("suara_sah", "total", known=True)
    again = numbered([paslon, other, paslon, other])
    assert [item.id for item in again] == ["paslon_1", "suara_sah", "paslon_2", "suara_sah_2"]
    assert [item.known for item in again] == [True, True, True, False]


def test_rules_are_those_of_which_every_number_is_there() -> None:
    names = ["paslon_1", "paslon_2", "suara_sah", "suara_tidak_sah", "suara_total", "ss_digunakan"]
    found = {rule.id: (rule.terms, rule.target) for rule in rules_of(names)}
    assert found == {
        "suara-sah": (("paslon_1", "paslon_2"), "suara_sah"),
        "suara-total": (("suara_sah", "suara_tidak_sah"), "suara_total"),
        "suara-total-surat-suara": (("suara_total",), "ss_digunakan"),
    }
    assert rules_of(["suara_sah"]) == ()
