"""Split labelled boxes into five folds, as far apart as the data allow.

The 2019 crops are split by form. The 2024 crops carry no form id; neighbours in file number often
come from one form, so they are split by block of numbers. But boxes of one form with other digits
in them have other numbers, and may lie in another block: what is measured on these folds is partly
the ink of crews of which other boxes were learnt, and a little better than on a new crew.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

FOLDS: Final = 5
NO_FOLD: Final = -1
"""Of examples without a real box in them: any fold may learn from them."""

NUMBERS: Final = 675
"""The 2024 crops have file numbers 1 to 675 in every class folder."""


def fold_of_number(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """The fold, 0 to FOLDS - 1, of each file number; a fold is a run of numbers."""
    return np.asarray(np.clip((numbers - 1) * FOLDS // NUMBERS, 0, FOLDS - 1), np.int64)


def usable(folds: NDArray[np.int64], left_out: int) -> NDArray[np.bool_]:
    """Which examples hold nothing of a fold; all of them where none (`NO_FOLD`) is left out."""
    return np.asarray(folds != left_out) | (left_out == NO_FOLD)


def fold_of_form(forms: NDArray[np.int64]) -> NDArray[np.int64]:
    """The fold of each form; forms are dealt out in the order of their numbers."""
    _, rank = np.unique(forms, return_inverse=True)
    return np.asarray(rank % FOLDS, np.int64)
