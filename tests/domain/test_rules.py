import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.domain.rules import LIMIT_RULE, check_limits, check_rules, with_reserve
from digitizer.forms import load_form
from tests.domain.build import form

FORM = form()
GOOD = {
    "pemilih_dpt_l": 120, "pemilih_dpt_p": 120, "pemilih_dpt_j": 240, "ss_diterima": 246,
    "paslon_1": 98, "paslon_2": 101, "suara_sah": 199, "suara_tidak_sah": 3, "suara_total": 202,
}  # fmt: skip


def outcomes(values: dict[str, int | None]) -> dict[str, str]:
    return {check.rule: check.outcome for check in check_rules(FORM, values)}


def test_consistent_values_hold_everywhere() -> None:
    assert set(outcomes(dict(GOOD)).values()) == {"holds"}


def test_a_broken_sum_shows_both_sides() -> None:
    checks = {check.rule: check for check in check_rules(FORM, {**GOOD, "suara_sah": 212})}
    broken = checks["suara-sah"]
    assert (broken.outcome, broken.left, broken.right) == ("broken", 212, 199)
    assert broken.parts == (98, 101)
    assert broken.fields == ("suara_sah", "paslon_1", "paslon_2")
    assert checks["suara-total"].outcome == "broken"
    assert checks["dpt"].outcome == "holds"


@pytest.mark.parametrize("missing", ["suara_sah", "paslon_1"])
def test_an_unknown_number_makes_its_rules_unknown(missing: str) -> None:
    absent = {name: value for name, value in GOOD.items() if name != missing}
    for values in ({**GOOD, missing: None}, absent):
        assert outcomes(dict(values))["suara-sah"] == "unknown"


def test_at_most_and_constants() -> None:
    assert outcomes({**GOOD, "suara_total": 247})["total-dalam-surat"] == "broken"
    over = {check.rule: check for check in check_rules(FORM, {**GOOD, "pemilih_dpt_j": 601})}
    assert (over["batas-pemilih"].left, over["batas-pemilih"].right) == (600, 601)
    assert over["batas-pemilih"].severity == "warn"


def test_reserve_rounds_up_but_not_because_of_binary_fractions() -> None:
    assert with_reserve(200, 0.025) == 205
    assert with_reserve(201, 0.025) == 207
    assert with_reserve(300, 0.02) == 306
    assert with_reserve(0, 0.02) == 0


def test_votes_beyond_the_ballots_are_a_broken_limit() -> None:
    checks = check_limits(FORM, {**GOOD, "paslon_1": 905}, registered=240)
    broken = [check for check in checks if check.outcome == "broken"]
    assert [(c.rule, c.fields, c.left, c.right) for c in broken] == [
        (LIMIT_RULE, ("paslon_1",), 246, 905)
    ]


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 50))
def test_true_sums_always_hold(one: int, two: int, invalid: int) -> None:
    values: dict[str, int | None] = {
        "paslon_1": one, "paslon_2": two, "suara_sah": one + two,
        "suara_tidak_sah": invalid, "suara_total": one + two + invalid,
    }  # fmt: skip
    assert outcomes(values)["suara-sah"] == outcomes(values)["suara-total"] == "holds"


def test_the_official_provincial_totals_obey_every_hard_rule() -> None:
    totals: dict[str, int | None] = json.loads(
        (Path(__file__).parent / "kaltim_2024_totals.json").read_text()
    )
    kwk = load_form("c-hasil-kwk-gubernur-2024-2p")
    checks = [
        c for c in check_rules(kwk, totals) if c.severity == "hard" and c.outcome != "unknown"
    ]
    assert [c.rule for c in checks if c.outcome == "broken"] == []
    assert {"suara-sah", "suara-total"} <= {c.rule for c in checks}
    assert len(checks) >= 6
