"""The figures of the accuracy report, on scores whose truth is made here."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.calibration import (
    Read,
    adaptive_calibration_error,
    brier,
    confusion,
    equal_bins,
    expected_calibration_error,
    negative_log_likelihood,
)
from digitizer.domain.glyph import ALPHABET

SEVEN = ALPHABET.index("7")
ONE = ALPHABET.index("1")


def read_of(right: int, wrong: int, sure: float) -> Read:
    """Sevens, all read as 7 with the same probability, of which some are ones."""
    truth = np.array([SEVEN] * right + [ONE] * wrong, np.int64)
    scores = np.zeros((right + wrong, len(ALPHABET)))
    scores[:, SEVEN] = sure
    scores[:, ONE] = 1 - sure
    return Read(truth, scores)


def joined(*reads: Read) -> Read:
    truth = np.concatenate([read.truth for read in reads])
    return Read(truth, np.concatenate([read.scores for read in reads]))


def test_no_error_where_the_share_right_is_the_probability() -> None:
    read = read_of(90, 10, 0.9)
    assert expected_calibration_error(read) == pytest.approx(0.0, abs=1e-12)


def test_the_error_is_the_distance_from_the_share_right() -> None:
    assert expected_calibration_error(read_of(80, 20, 0.99)) == pytest.approx(0.19)
    assert expected_calibration_error(read_of(100, 0, 0.9)) == pytest.approx(0.1)


def test_equal_counts_see_what_one_wide_bin_averages_away() -> None:
    """Half too sure and half too careful within the last bin of equal width."""
    read = joined(read_of(1500, 0, 0.97), read_of(1410, 90, 1.0))
    assert expected_calibration_error(read) == pytest.approx(abs(2910 / 3000 - 0.985), abs=1e-9)
    assert adaptive_calibration_error(read) > 0.03


def test_scores_of_a_known_table() -> None:
    read = read_of(1, 1, 0.75)
    assert brier(read) == pytest.approx((2 * 0.25**2 + 2 * 0.75**2) / 2)
    assert negative_log_likelihood(read) == pytest.approx(-(math.log(0.75) + math.log(0.25)) / 2)


def test_doubt_keeps_what_a_subtraction_loses() -> None:
    scores = np.zeros((1, len(ALPHABET)))
    scores[0, SEVEN], scores[0, ONE] = 1.0, 1e-20
    assert Read(np.array([SEVEN]), scores).doubt[0] == 1e-20


@given(st.integers(1, 200), st.integers(0, 60), st.integers(1, 30))
def test_every_box_is_in_one_bin(right: int, wrong: int, count: int) -> None:
    bins = equal_bins(joined(read_of(right, 0, 0.999), read_of(0, wrong, 0.6)), count)
    assert sum(item.n for item in bins) == right + wrong
    assert sum(item.right for item in bins) == right
    doubts = [item.doubt for item in bins]
    assert doubts == pytest.approx(sorted(doubts))


def test_confusion_counts_written_down_and_read_across() -> None:
    table = confusion(read_of(5, 2, 0.9))
    assert (table[SEVEN, SEVEN], table[ONE, SEVEN], table[SEVEN, ONE]) == (5, 2, 0)
    assert table.sum() == 7
