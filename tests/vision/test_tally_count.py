"""The count of a tally from its cells: order, ends, slips, and what says nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.vision.tally_count import count_turus
from digitizer.vision.tally_marks import MARKS, Cells

SUREST = 0.999


def cells(written: str, sure: float = 0.99) -> Cells:
    """Cells that say these marks, the rest shared by all others."""
    rows = np.full((len(written), len(MARKS)), (1 - sure) / (len(MARKS) - 1))
    for row, mark in zip(rows, written, strict=True):
        row[MARKS.index(mark)] = sure
    return rows


def top(found: dict[int | None, float]) -> tuple[int | None, float]:
    return max(found.items(), key=lambda item: item[1])


@given(st.integers(1, 60), st.sampled_from("0X"), st.integers(0, 8))
def test_fives_from_the_left_then_the_rest(count: int, unused: str, more: int) -> None:
    written = "5" * (count // 5) + (str(count % 5) if count % 5 else "") + unused * (more + 1)
    found = dict(count_turus(cells(written), SUREST))
    value, probability = top(found)
    assert value == count and probability > 0.9
    assert sum(found.values()) == pytest.approx(1.0)


def test_a_full_tally_has_no_end() -> None:
    assert top(dict(count_turus(cells("5" * 12), SUREST)))[0] == 60


def test_an_untouched_tally_says_nothing_and_a_struck_one_says_nought() -> None:
    assert top(dict(count_turus(cells("0" * 24), SUREST)))[0] is None
    assert top(dict(count_turus(cells("0000XX0000XX"), SUREST)))[0] == 0
    assert top(dict(count_turus(cells("X" * 12), SUREST)))[0] == 0


def test_the_order_of_crews_mends_an_unsure_cell_but_not_a_sure_one() -> None:
    unsure = cells("5550000")
    unsure[1] = 0
    unsure[1, [MARKS.index("4"), MARKS.index("5")]] = 0.6, 0.4
    assert top(dict(count_turus(unsure, SUREST)))[0] == 15
    assert top(dict(count_turus(cells("5450000", 0.99999), SUREST)))[0] == 14


def test_a_cell_nobody_can_read_leaves_no_count() -> None:
    value, probability = top(dict(count_turus(cells("55?5000", 0.9999), SUREST)))
    assert value is None and probability > 0.98


def test_a_cut_cell_hides_the_count_even_after_the_end() -> None:
    hidden = cells("53000")
    hidden[4] = np.eye(len(MARKS))[MARKS.index("?")]
    assert dict(count_turus(hidden, SUREST))[None] == pytest.approx(1.0)


def test_no_count_is_surer_than_was_measured() -> None:
    found = dict(count_turus(cells("5553000", 1 - 1e-12), 0.98))
    assert found[18] == pytest.approx(0.98) and found[None] == pytest.approx(0.02)


def test_two_likely_last_cells_are_two_counts() -> None:
    unsure = cells("5530")
    unsure[2] = 0
    unsure[2, [MARKS.index("3"), MARKS.index("4")]] = 0.7, 0.3
    found = dict(count_turus(unsure, SUREST))
    assert found[13] == pytest.approx(0.7, abs=0.01)
    assert found[14] == pytest.approx(0.3, abs=0.01)
