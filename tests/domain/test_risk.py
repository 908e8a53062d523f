"""Exact bounds and risk control, against what tables and simulation say."""

import math

import numpy as np
import pytest

from digitizer.domain.risk import Proof, at_most, exact_upper, learn_then_test


@pytest.mark.parametrize(
    ("wrong", "n", "upper"),
    # 1 - 0.05 ** (1 / n) without errors; with one, the root of (1 - p) ** (n - 1) (1 + (n - 1) p).
    [(0, 59, 0.04951), (0, 1000, 0.0029912), (1, 93, 0.050006), (14, 14, 1.0)],
)
def test_the_exact_upper_bound(wrong: int, n: int, upper: float) -> None:
    assert exact_upper(wrong, n) == pytest.approx(upper, rel=1e-3)


@pytest.mark.parametrize(("wrong", "n", "rate"), [(0, 20, 0.1), (3, 20, 0.1), (5, 400, 0.01)])
def test_the_binomial_tail(wrong: int, n: int, rate: float) -> None:
    terms = (math.comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(wrong + 1))
    assert at_most(wrong, n, rate) == pytest.approx(sum(terms))


def test_the_bound_is_where_the_tail_is_one_in_twenty() -> None:
    assert at_most(7, 6727, exact_upper(7, 6727)) == pytest.approx(0.05, rel=1e-6)


def test_the_loosest_proved_threshold_is_taken() -> None:
    boxes = [(0.9999, True)] * 3000 + [(0.995, True)] * 500 + [(0.95, False)] * 20
    assert learn_then_test(boxes, (0.999, 0.99, 0.9), risk=1 / 900) == 0.99
    assert learn_then_test(boxes[:600], (0.999, 0.99, 0.9), risk=1 / 900) is None


def test_a_riskier_threshold_is_taken_at_most_one_time_in_twenty() -> None:
    rng = np.random.default_rng(3)
    thresholds, risk, taken = (0.9, 0.8, 0.7, 0.6), 0.05, 0
    for _ in range(400):
        sure = rng.uniform(0.5, 1, 300)
        # Right as often as it says, so the risk above 0.8 is 0.10, above 0.9 exactly 0.05.
        boxes = [(float(p), bool(rng.random() < p)) for p in sure]
        found = learn_then_test(boxes, thresholds, risk)
        taken += found is not None and found < 0.9
    assert taken / 400 <= 0.05


def test_what_counts_prove() -> None:
    assert Proof(2200, 0, 1 / 700).proved
    assert not Proof(2200, 1, 1 / 700).proved
    assert Proof(2200, 1, 1 / 700).bound == exact_upper(1, 2200)
