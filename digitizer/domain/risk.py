"""What may be claimed of wrong numbers, from counts of real boxes and by exact bounds alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

CONFIDENCE: Final = 0.95
_STEPS: Final = 60


def exact_upper(wrong: int, n: int, confidence: float = CONFIDENCE) -> float:
    """The largest rate that so few errors do not rule out (Clopper and Pearson 1934, one-sided).

    >>> round(exact_upper(0, 1000), 5)
    0.00299
    """
    if wrong >= n:
        return 1.0
    low, high = wrong / n, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if at_most(wrong, n, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def at_most(wrong: int, n: int, rate: float) -> float:
    """The probability of at most so many errors among `n` at this rate: the binomial tail."""
    if rate <= 0:
        return 1.0
    if rate >= 1:
        return 1.0 if wrong >= n else 0.0
    ways = (
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
        + k * math.log(rate) + (n - k) * math.log1p(-rate)
        for k in range(wrong + 1)
    )  # fmt: skip
    return math.fsum(math.exp(way) for way in ways)


def learn_then_test(
    boxes: Sequence[tuple[float, bool]],
    thresholds: Sequence[float],
    risk: float,
    confidence: float = CONFIDENCE,
) -> float | None:
    """The loosest threshold at which the risk is proved, or None when none is.

    Thresholds are tested in a fixed order, strictest first, each by the exact binomial tail of
    errors among the boxes at least so sure, until one fails: so the chance that the threshold given
    is riskier than `risk` is at most 1 - `confidence` ("Learn then test": Angelopoulos, Bates,
    Candès, Jordan and Lei 2021, on fixed-sequence testing).

    Args:
        boxes: probability and whether it was read right, of boxes that the model did not learn.
        thresholds: strictest first.
        risk: the most errors among the boxes at least so sure, as a share.
        confidence: with which it is to be proved.
    """
    found = None
    for threshold in thresholds:
        kept = [right for sure, right in boxes if sure >= threshold]
        wrong = len(kept) - sum(kept)
        if at_most(wrong, len(kept), risk) > 1 - confidence:
            return found
        found = threshold
    return found


@dataclass(frozen=True, slots=True)
class Proof:
    """What was counted on real ink, from which the claim about it follows.

    Attributes:
        numbers: numbers of three real boxes that were read with at least the policy's probability,
            by a model that had not learnt them.
        wrong: of those, so many were wrong.
        risk: the share of wrong numbers that the threshold was tested against.
    """

    numbers: int
    wrong: int
    risk: float

    @property
    def bound(self) -> float:
        """The largest share of wrong numbers that the counts do not rule out."""
        return exact_upper(self.wrong, self.numbers)

    @property
    def proved(self) -> bool:
        """Whether the counts prove that no more than `risk` of such numbers are wrong."""
        return at_most(self.wrong, self.numbers, self.risk) <= 1 - CONFIDENCE
