"""Two sides of a TPS: equal, different, or missing, and never two of these at once."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from digitizer.domain.comparison import (
    Difference,
    Sides,
    compare_tps,
    sum_of_tps,
    summary,
)
from digitizer.domain.comparison_sum import OUTCOMES, ComparisonSum, NumberSum

FIELDS = ("paslon_1", "paslon_2", "suara_sah")
TPS = "6411032001001"
OURS: Mapping[str, int | None] = {"paslon_1": 61, "paslon_2": 52, "suara_sah": 113}
THEIRS = {"paslon_1": 61, "paslon_2": 52, "suara_sah": 113}

NUMBERS = st.integers(0, 600)
OURS_SIDE = st.none() | st.fixed_dictionaries(dict.fromkeys(FIELDS, st.none() | NUMBERS))
THEIR_SIDE = st.dictionaries(st.sampled_from(FIELDS), NUMBERS)
SIDES = st.builds(
    Sides, st.just(TPS), OURS_SIDE, THEIR_SIDE, st.dictionaries(st.sampled_from(FIELDS), NUMBERS)
)


def found(sides: Sides) -> list[tuple[str, str, int | None, int | None, int | None]]:
    return [
        (item.field, item.kind, item.ours, item.theirs, item.size)
        for item in compare_tps(sides, FIELDS).differences
    ]


def test_the_same_on_both_sides_is_equal() -> None:
    compared = compare_tps(Sides(TPS, OURS, THEIRS), FIELDS)
    assert (compared.outcome, compared.differences, compared.size) == ("equal", (), 0)


def test_one_other_number_is_a_difference_of_its_size() -> None:
    sides = Sides(TPS, OURS, {**THEIRS, "paslon_2": 25})
    assert found(sides) == [("paslon_2", "differs", 52, 25, 27)]
    compared = compare_tps(sides, FIELDS)
    assert (compared.outcome, compared.size, compared.explained) == ("differing", 27, False)


def test_a_number_that_a_side_lacks_is_missing_and_has_no_size() -> None:
    sides = Sides(TPS, {**OURS, "paslon_1": None}, {"paslon_1": 61, "paslon_2": 52})
    assert found(sides) == [
        ("paslon_1", "missing_ours", None, 61, None),
        ("suara_sah", "missing_theirs", 113, None, None),
    ]
    assert compare_tps(sides, FIELDS).outcome == "incomplete"


def test_zero_is_a_number_and_nothing_is_none() -> None:
    zero = Sides(TPS, {**OURS, "paslon_1": 0}, {**THEIRS, "paslon_1": 0})
    assert compare_tps(zero, FIELDS).outcome == "equal"
    gap = Sides(TPS, {**OURS, "paslon_1": None}, {**THEIRS, "paslon_1": 0})
    assert found(gap) == [("paslon_1", "missing_ours", None, 0, None)]


def test_a_whole_tps_may_be_on_one_side() -> None:
    assert compare_tps(Sides(TPS, OURS), FIELDS).outcome == "only_ours"
    assert {item[1] for item in found(Sides(TPS, OURS))} == {"only_ours"}
    assert compare_tps(Sides(TPS, None, THEIRS), FIELDS).outcome == "only_theirs"
    assert compare_tps(Sides(TPS), FIELDS).outcome == "neither"
    assert compare_tps(Sides(TPS, None, THEIRS, listed=False), FIELDS).outcome == "unlisted"


def test_a_correction_explains_the_difference_that_it_makes() -> None:
    theirs = {**THEIRS, "paslon_1": 60, "suara_sah": 112}
    both = {"paslon_1": 60, "suara_sah": 112}
    assert compare_tps(Sides(TPS, OURS, theirs, both), FIELDS).explained
    some = compare_tps(Sides(TPS, OURS, theirs, {"paslon_1": 60, "suara_sah": 111}), FIELDS)
    assert [item.explained for item in some.differences] == [True, False]
    assert (some.explained, sum_of_tps(some).numbers["paslon_1"].explained) == (False, 1)
    # What it corrected away from theirs is a difference that nobody sees here: both agreed before.
    assert compare_tps(Sides(TPS, OURS, THEIRS, {"paslon_1": 60}), FIELDS).outcome == "equal"


def test_a_number_of_neither_side_is_no_difference() -> None:
    sides = Sides(TPS, {**OURS, "suara_sah": None}, {"paslon_1": 61, "paslon_2": 52})
    assert compare_tps(sides, FIELDS).outcome == "equal"
    assert "suara_sah" not in compare_tps(sides, FIELDS).numbers


def test_totals_are_over_the_compared_and_over_all() -> None:
    sums = summary(
        [Sides(TPS, OURS, {**THEIRS, "paslon_1": 70}), Sides("b", OURS), Sides("c", None, THEIRS)],
        FIELDS,
    )
    assert (sums.expected, sums.compared, sums.only_ours, sums.only_theirs) == (3, 1, 1, 1)
    assert sums.numbers["paslon_1"] == NumberSum(1, 61, 70, 1, 0, 122, 131)
    assert sums.numbers["paslon_1"].difference == -9


@given(SIDES)
def test_every_number_of_a_tps_is_of_one_kind(sides: Sides) -> None:
    compared = compare_tps(sides, FIELDS)
    kinds = {item.field: item for item in compared.differences}
    for name in FIELDS:
        ours, theirs = (sides.ours or {}).get(name), sides.theirs.get(name)
        told: Difference | None = kinds.get(name)
        if (ours is None and theirs is None) or ours == theirs:
            assert told is None
        else:
            assert told is not None
            assert (told.size is None) == (ours is None or theirs is None)
            assert (told.kind == "differs") == (told.size is not None)


@given(st.lists(SIDES, max_size=8))
def test_every_tps_has_one_outcome_and_sums_are_taken_away_without_a_rest(
    some: list[Sides],
) -> None:
    whole = summary(some, FIELDS)
    assert whole.expected == len(some) == sum(whole.tps(outcome) for outcome in OUTCOMES)
    assert whole.compared == whole.equal + whole.differing + whole.incomplete
    rest = whole
    for sides in some:
        rest -= sum_of_tps(compare_tps(sides, FIELDS))
    assert rest == ComparisonSum()
