"""The browser computes numbers and rules exactly as the domain does."""

import json
import random

import pytest
from playwright.sync_api import Page

from digitizer.api.sheet_data import limit_data, rules_data
from digitizer.domain.codec import check_to_json
from digitizer.domain.form import FormSpec
from digitizer.domain.glyph import ALPHABET
from digitizer.domain.number import spell
from digitizer.domain.rules import check_limits, check_rules, with_reserve
from tests.review_ui.conftest import DeskServer
from tests.synth import telling_forms

pytestmark = pytest.mark.browser


def run(tab: Page, desk: DeskServer, script: str, value: object) -> object:
    tab.goto(f"{desk.url}/blank")
    return tab.evaluate(script, value)


@pytest.mark.parametrize("form", telling_forms(), ids=lambda form: form.id)
def test_rules(tab: Page, desk: DeskServer, form: FormSpec) -> None:
    draw = random.Random(20241127)
    names = [name for name, spec in form.fields.items() if spec.counted]
    cases = []
    for index in range(200):
        top = 3 if index % 2 else 400
        values = {name: draw.choice([None, *range(top)]) if draw.random() < 0.3
                  else draw.randrange(top) for name in names}  # fmt: skip
        cases.append(values)
    script = """async ([rules, limits, cases]) => {
      const { checkAll } = await import("/static/rules.js");
      return cases.map((values) => checkAll(rules, limits, values));
    }"""
    found = run(tab, desk, script, [rules_data(form), limit_data(form, 137), cases])
    assert isinstance(found, list)
    for values, checks in zip(cases, found, strict=True):
        expected = (*check_rules(form, values), *check_limits(form, values, 137))
        assert checks == [json.loads(json.dumps(check_to_json(item))) for item in expected]


def test_reserve(tab: Page, desk: DeskServer) -> None:
    cases = [(voters, rate) for voters in range(0, 700) for rate in (0.02, 0.025)]
    script = """async (cases) => {
      const { withReserve } = await import("/static/rules.js");
      return cases.map(([voters, rate]) => withReserve(voters, rate));
    }"""
    assert run(tab, desk, script, cases) == [with_reserve(*case) for case in cases]


def test_spelling(tab: Page, desk: DeskServer) -> None:
    draw = random.Random(1)
    words = ["".join(draw.choices(ALPHABET, k=draw.randint(1, 4))) for _ in range(600)]
    words += [a + b for a in ALPHABET for b in ALPHABET]
    script = """async (words) => {
      const { spell } = await import("/static/number.js");
      return words.map((word) => spell([...word]));
    }"""
    found = run(tab, desk, script, words)
    expected = [{"value": spell(w).value, "problem": spell(w).problem} for w in words]
    assert found == expected
