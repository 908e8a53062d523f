"""A photo is settled once however often it is asked for, and anew by another policy."""

from dataclasses import replace

import pytest

from digitizer.api import settled
from digitizer.api.settled import settled_alone
from digitizer.domain.policy import Policy
from digitizer.domain.settle import settle
from digitizer.forms import load_form
from tests.facts import KWK, PAGE_2, page_reading


def test_a_reading_is_settled_once_for_a_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Policy] = []

    def counted(readings: object, form: object, policy: Policy) -> object:
        asked.append(policy)
        return settle(readings, form, policy)  # type: ignore[arg-type]

    monkeypatch.setattr(settled, "settle", counted)
    reading = page_reading("c" * 64, 2, PAGE_2)
    policy = Policy()
    other = replace(policy, min_likeness=0.9)
    for _ in range(3):
        found = settled_alone("once", reading, policy)
    assert found == settle([reading], load_form(KWK), policy)
    settled_alone("once", reading, other)
    settled_alone("another", reading, policy)
    assert asked == [policy, other, policy]
