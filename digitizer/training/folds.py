"""Split labelled boxes so that boxes of one form do not stand on both sides.

The 2024 crops carry no form id, but neighbours in file number often come from one form: they are
split by block of numbers. The 2019 crops are split by form.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

NUMBERS: Final = 600
"""The training part of the 2024 crops has file numbers 1 to 600 in every class folder."""


def block_of_number(numbers: NDArray[np.int64], blocks: int) -> NDArray[np.int64]:
    """The block, 0 to blocks - 1, of each file number; a block is a run of numbers."""
    return np.asarray(np.clip((numbers - 1) * blocks // NUMBERS, 0, blocks - 1), np.int64)


def block_of_form(forms: NDArray[np.int64], blocks: int) -> NDArray[np.int64]:
    """The block of each form; forms are dealt out in the order of their numbers."""
    _, rank = np.unique(forms, return_inverse=True)
    return np.asarray(rank % blocks, np.int64)
