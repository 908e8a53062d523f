"""Simulated forms, and what the shipped policy may claim."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.risk_curve import curve_of
from benchmarks.settle_accuracy import FORM, RISK, ink, prove, settled
from benchmarks.simulated_forms import Ink, broken_rules, gone_wrong, simulate_form
from digitizer.cli import app
from digitizer.domain.number import spell
from digitizer.domain.policy import PROOF, Policy
from digitizer.forms import load_form
from digitizer.synth.simulate import simulate_tps

PPWP = load_form(FORM)


def test_the_policy_claims_what_the_scores_prove() -> None:
    assert prove() == PROOF
    assert PROOF.risk == RISK
    result = CliRunner().invoke(app, ["policy", "--json"])
    said = json.loads(result.stdout)
    assert said["key"] == Policy().key
    assert f"{PROOF.numbers:,} numbers" in said["statement"]
    assert ("too few to prove 1 in 400" in said["statement"]) != PROOF.proved
    assert "min_field_probability" in CliRunner().invoke(app, ["policy"]).stdout


def test_an_error_of_the_crew_breaks_a_sum() -> None:
    rng = np.random.default_rng(2)
    for _ in range(30):
        meant = simulate_tps(PPWP, rng, 250)
        values = {name: meant[name] for name, spec in PPWP.fields.items() if spec.counted}
        assert broken_rules(PPWP, values) == ()
        assert broken_rules(PPWP, gone_wrong(PPWP, values, rng)) != ()


def test_ink_without_errors_reads_what_is_written() -> None:
    rng = np.random.default_rng(3)
    form = simulate_form(PPWP, Ink(ink().read, 0.0), rng, inconsistent=False)
    read = {name: field for page in form.pages for name, field in page.fields.items()}
    assert {name: spell(field.as_written).value for name, field in read.items()} == {
        name: spell(boxes).value for name, boxes in form.written.items()
    }
    assert form.consistent


def test_no_simulated_form_is_clear_and_wrong_and_none_that_is_wrong_in_itself_is_clear() -> None:
    rng = np.random.default_rng(4)
    for index in range(120):
        form = simulate_form(PPWP, ink(), rng, inconsistent=index % 3 == 0)
        found = settled(form, Policy())
        assert not (found.clear and found.wrong)
        assert not (found.clear and not found.consistent)
        assert not (found.clear and found.moved)


def test_the_curve_takes_the_surest_first_and_never_what_is_not_sure_at_all() -> None:
    sure, wrong = [0.9, 0.99, 0.0, 0.95], [1, 0, 5, 0]
    assert curve_of(sure, wrong, 10) == [(0.25, 0.0), (0.5, 0.0), (0.75, pytest.approx(1 / 30))]
