"""What is taught as beyond reading does not pass for a digit."""

import numpy as np
import pytest

from digitizer.domain.glyph import DIGITS
from digitizer.training.boxes import digit_mask, empty_box
from digitizer.training.likeness import passes_for_digit, shape_of


def test_digits_pass_for_digits_wherever_and_however_large_they_are() -> None:
    rng = np.random.default_rng(5)
    passed = [
        passes_for_digit(digit_mask(empty_box(rng), g, rng)) for g in DIGITS for _ in range(10)
    ]
    assert np.mean(passed) > 0.95


@pytest.mark.parametrize(("left", "right"), ["25", "40", "83"])
def test_two_digits_side_by_side_do_not(left: str, right: str) -> None:
    rng = np.random.default_rng(5)
    box = empty_box(rng)
    one, other = digit_mask(box, left, rng), digit_mask(box, right, rng)
    assert not passes_for_digit(np.hstack([one, other]))


def test_no_ink_has_no_shape() -> None:
    assert shape_of(np.zeros((40, 40), np.float32)) is None
    assert not passes_for_digit(np.zeros((40, 40), np.float32))
