"""Invented counts obey every rule, hard and soft."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.domain.form import FormSpec, RuleSpec
from digitizer.forms import list_forms, load_form
from digitizer.synth.entries import entries_for
from digitizer.synth.simulate import simulate_tps


def holds(rule: RuleSpec, values: dict[str, int]) -> bool:
    left = sum(values[name] for name in rule.terms)
    if rule.reserve_rate is not None:
        left += math.ceil(round(rule.reserve_rate * left, 6))
    right = rule.constant if rule.target is None else values[rule.target]
    assert right is not None
    return left <= right if rule.relation == "at_most" else left == right


def cap(form: FormSpec) -> int:
    return next((r.constant for r in form.rules if r.constant is not None), 600)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(list_forms()), st.integers(0, 2**31), st.floats(0, 1))
def test_every_rule_holds(form_id: str, seed: int, size: float) -> None:
    form = load_form(form_id)
    registered = 1 + round(size * (cap(form) - 1))
    values = simulate_tps(form, np.random.default_rng(seed), registered)
    assert set(values) == set(form.fields)
    assert min(values.values()) >= 0
    assert [rule.id for rule in form.rules if not holds(rule, values)] == []
    entries_for(form, values, "X")


@pytest.mark.parametrize("form_id", list_forms())
def test_a_tps_over_the_cap_is_refused(form_id: str) -> None:
    form = load_form(form_id)
    with pytest.raises(ValueError, match=f"allows 1 to {cap(form)}"):
        simulate_tps(form, np.random.default_rng(0), cap(form) + 1)
