"""How papers go wrong, and what is known of the numbers of a form once all is weighed."""

from collections.abc import Mapping
from dataclasses import dataclass

from digitizer.domain.reading import Candidate

Options = Mapping[str, tuple[Candidate, ...]]
"""What the ink may say of each number: values with probabilities that sum to at most 1, most likely
first."""


@dataclass(frozen=True, slots=True)
class PaperModel:
    """How papers go wrong.

    Attributes:
        slip: that a crew wrote one certain wrong number in the place of a right one: 0.3 % of all
            numbers are wrong, by about a hundred different amounts.
        chance: that a number which is read makes its sums come out by chance. One that nobody can
            read cannot do so; without this it would always win against a broken sum.
    """

    slip: float = 3e-5
    chance: float = 1 / 300


@dataclass(frozen=True, slots=True)
class Posterior:
    """What ink and rules say together of the numbers of a form.

    Attributes:
        values: of each number its values with their posterior probabilities, most likely first.
        inconsistent: probability that an exact sum is broken on the paper itself.
        unseen: no probability is off by more than this; proved.
        steps: transitions between states that were followed.
    """

    values: Options
    inconsistent: float
    unseen: float
    steps: int
