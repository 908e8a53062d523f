"""Exact inference: it agrees with brute force, keeps clear ink, and says so when it cannot know."""

from itertools import combinations, product
from math import prod
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.domain.form import RuleSpec
from digitizer.domain.inference import infer
from digitizer.domain.posterior import PaperModel
from digitizer.domain.reading import Candidate
from digitizer.domain.rules import check_rule

MODEL = PaperModel(slip=1e-3, chance=1 / 100)
NAMES = ("a", "b", "c", "d", "e")
RULES = (
    RuleSpec("ab-c", ("a", "b"), "equals", "c"),
    RuleSpec("cd-e", ("c", "d"), "equals", "e"),
    RuleSpec("a-max-c", ("a",), "at_most", "c"),
)


def option(*pairs: tuple[int | None, float]) -> tuple[Candidate, ...]:
    ranked = sorted(pairs, key=lambda pair: -pair[1])
    return tuple(Candidate(value, p) for value, p in ranked)


def faults(broken: list[RuleSpec]) -> int:
    """The fewest numbers that stand in every broken rule, by trying all."""
    for count in range(len(NAMES) + 1):
        for chosen in combinations(NAMES, count):
            if all(set(chosen) & set(rule.fields) for rule in broken):
                return count
    raise AssertionError


def brute(options: dict[str, tuple[Candidate, ...]]) -> dict[str, dict[int | None, float]]:
    """Posteriors by weighing every combination."""
    shares: dict[str, dict[int | None, float]] = {name: {} for name in options}
    total = 0.0
    for choice in product(*options.values()):
        values = {name: one.value for name, one in zip(options, choice, strict=True)}
        weight = prod(one.probability for one in choice)
        weight *= MODEL.chance ** sum(value is None for value in values.values())
        sums = [rule for rule in RULES if rule.is_evidence]
        broken = [rule for rule in sums if check_rule(rule, values).outcome == "broken"]
        weight *= MODEL.slip ** faults(broken)
        total += weight
        for name, value in values.items():
            shares[name][value] = shares[name].get(value, 0.0) + weight
    return {n: {v: w / total for v, w in of.items()} for n, of in shares.items()}


values = st.one_of(st.none(), st.integers(0, 12))
options = st.fixed_dictionaries(
    {
        name: st.lists(
            st.tuples(values, st.floats(0.01, 1.0)),
            min_size=1,
            max_size=4,
            unique_by=lambda p: p[0],
        ).map(lambda pairs: option(*[(v, p / sum(q for _, q in pairs)) for v, p in pairs]))
        for name in NAMES
    }
)


@settings(max_examples=150, deadline=None)
@given(options)
def test_it_agrees_with_brute_force(held: dict[str, tuple[Candidate, ...]]) -> None:
    found = infer(held, RULES, MODEL, tolerance=1e-6, most_steps=10**6)
    assert found is not None
    for name, shares in brute(held).items():
        for one in found.values[name]:
            assert one.probability == pytest.approx(shares[one.value], abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(options, st.randoms())
def test_the_order_of_fields_and_rules_does_not_matter(
    held: dict[str, tuple[Candidate, ...]], random: Random
) -> None:
    names, rules = list(held), list(RULES)
    random.shuffle(names)
    random.shuffle(rules)
    one = infer(held, RULES, MODEL, tolerance=1e-7)
    other = infer({name: held[name] for name in names}, rules, MODEL, tolerance=1e-7)
    assert one is not None
    assert other is not None
    for name in NAMES:
        mine = {c.value: c.probability for c in one.values[name]}
        theirs = {c.value: c.probability for c in other.values[name]}
        assert mine == pytest.approx(theirs, abs=1e-6)


limits = st.lists(
    st.builds(
        lambda terms, target, constant: RuleSpec(
            f"paling-banyak-{target}", tuple(terms), "at_most", target,
            constant if target is None else None,
        ),
        st.lists(st.sampled_from(NAMES[:3]), min_size=1, max_size=3),
        st.sampled_from((None, "d", "e")),
        st.integers(0, 30),
    ),
    min_size=1,
    max_size=3,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(options, limits)
def test_what_is_at_most_so_much_is_no_evidence(
    held: dict[str, tuple[Candidate, ...]], more: list[RuleSpec]
) -> None:
    sums = [rule for rule in RULES if rule.relation == "equals"]
    assert infer(held, [*sums, *more], MODEL) == infer(held, sums, MODEL)


def test_plausible_ink_that_makes_the_sum_come_out_wins() -> None:
    held = {"a": option((117, 0.7), (111, 0.3)), "b": option((50, 1.0)), "c": option((161, 1.0))}
    found = infer(held, RULES, PaperModel())
    assert found is not None
    assert found.values["a"][0].value == 111
    assert found.values["a"][0].probability > 0.99


def test_clear_ink_with_a_wrong_sum_stays_as_written() -> None:
    held = {"a": option((117, 1.0)), "b": option((50, 1.0)), "c": option((166, 1.0))}
    found = infer(held, RULES, PaperModel())
    assert found is not None
    assert [found.values[name][0].value for name in "abc"] == [117, 50, 166]
    assert found.inconsistent == pytest.approx(1.0)


def test_flat_scores_are_undecided() -> None:
    flat = tuple(Candidate(value**3, 1 / 40) for value in range(40))
    assert infer(dict.fromkeys(NAMES, flat), RULES, MODEL, most_steps=2000) is None
