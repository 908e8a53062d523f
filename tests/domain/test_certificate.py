"""The lot, the exact bound and what follows for the votes, against arithmetic done another way."""

import hashlib
import random
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.domain.certificate import (
    LEAST_BOXES,
    Certificate,
    Keyed,
    Lead,
    Station,
    certify,
    sum_up,
)
from digitizer.domain.sampling import (
    RISK,
    chance_of_few,
    lot,
    most_wrong,
    needed_sample,
    population_hash,
    risk_of,
    ticket,
)

CODES = tuple(f"64110320{number:05}" for number in range(40))
VOTES = ("paslon_1", "paslon_2", "paslon_3")


@st.composite
def samples(draw: st.DrawFn) -> tuple[int, int, int]:
    population = draw(st.integers(1, 60))
    sample = draw(st.integers(0, population))
    return population, sample, draw(st.integers(0, sample))


def exactly(population: int, marked: int, sample: int, few: int) -> Fraction:
    """The chance of at most `few`, by counting all samples."""
    ways = sum(
        comb(marked, hit) * comb(population - marked, sample - hit) for hit in range(few + 1)
    )
    return Fraction(ways, comb(population, sample))


@given(samples())
def test_the_bound_is_the_exact_one(drawn: tuple[int, int, int]) -> None:
    population, sample, wrong = drawn
    possible = range(wrong, population - (sample - wrong) + 1)
    assert most_wrong(population, sample, wrong) == max(
        marked
        for marked in possible
        if exactly(population, marked, sample, wrong) >= Fraction(1, 20)
    )


def test_the_chance_is_that_of_big_numbers_too() -> None:
    found = chance_of_few(6274, 80, 500, 3)
    assert found == pytest.approx(float(exactly(6274, 80, 500, 3)), rel=1e-9)


def test_at_most_one_bound_in_twenty_does_not_hold() -> None:
    """A thousand lots over a list in which 12 of 200 are wrong."""
    codes = [f"{number:013}" for number in range(200)]
    rng = random.Random(3)
    broken = 0
    for turn in range(1000):
        wrong = set(rng.sample(codes, 12))
        drawn = lot(f"lemparan {turn}", codes, 40)
        broken += most_wrong(200, 40, len(wrong & set(drawn))) < 12
    assert broken <= 50 + 3 * 7  # three standard deviations of a binomial


@given(st.integers(1, 3000), st.integers(0, 40))
def test_the_needed_sample_is_the_smallest(population: int, bearable: int) -> None:
    size = needed_sample(population, bearable)
    assert most_wrong(population, size, 0) <= bearable
    assert size == 0 or most_wrong(population, size - 1, 0) > bearable


@given(st.text(min_size=1), st.integers(0, 40), st.randoms(use_true_random=False))
def test_the_lot_depends_on_seed_and_list_alone(seed: str, size: int, rng: random.Random) -> None:
    mixed = list(CODES)
    rng.shuffle(mixed)
    drawn = lot(seed, mixed, size)
    assert drawn == lot(seed, CODES, size)
    assert len(set(drawn)) == size
    assert drawn == lot(seed, CODES, 40)[:size]
    assert max((ticket(seed, code) for code in drawn), default="") < min(
        (ticket(seed, code) for code in CODES if code not in drawn), default="g"
    )


def test_anyone_can_do_the_lot_and_the_list_again() -> None:
    assert ticket("4 1 6", CODES[0]) == hashlib.sha256(b"4 1 6\n6411032000000").hexdigest()
    listed = b"6411032000000 gub 1\n6411032000001 gub 2\n"
    announced = ((CODES[1], "gub", 2), (CODES[0], "gub", 1))
    assert population_hash(announced) == hashlib.sha256(listed).hexdigest()


def stations(first: int, second: int, third: int) -> dict[str, Station]:
    votes = dict(zip(VOTES, (first, second, third), strict=True))
    return {code: Station(20, votes) for code in CODES}


def keyed(first: int, second: int, third: int, **ink: int | None) -> Keyed:
    verified = dict(zip(VOTES, (first, second, third), strict=True))
    return Keyed(verified, {**verified, **ink})


def certified(
    listed: dict[str, Station], sample: dict[str, Keyed], *, boxes: int = LEAST_BOXES, nth: int = 1
) -> Certificate:
    return certify(sum_up(listed.items(), sample, VOTES), sample, boxes=boxes, nth=nth)


def test_a_station_that_was_not_drawn_may_hide_all_that_three_boxes_can_say() -> None:
    sample = {code: keyed(90, 60, 5) for code in CODES[:20]}
    found = certified(stations(90, 60, 5), sample)
    hidden = most_wrong(40, 20, 0, RISK / 2)
    assert (found.risk, found.most_wrong_stations, found.wrong_numbers) == (RISK / 2, hidden, 0)
    assert found.most_wrong_share == pytest.approx(hidden / 40)
    assert found.leads == (
        Lead("paslon_1", "paslon_2", 40 * 30, hidden * (30 + 999)),
        Lead("paslon_2", "paslon_3", 40 * 55, hidden * (55 + 999)),
    )
    assert not found.leads[0].safe


def test_all_keyed_and_one_wrong_by_ten_moves_ten() -> None:
    sample = {code: keyed(90, 60, 5) for code in CODES}
    sample[CODES[7]] = keyed(90, 60, 5, paslon_2=70)
    found = certified(stations(90, 60, 5), sample)
    assert (found.wrong_stations, found.most_wrong_stations) == (1, 1)
    assert found.leads[0] == Lead("paslon_1", "paslon_2", 1200, 10)
    assert found.leads[0].safe
    assert found.leads[1].most_moved == 0, "the wrong number made this lead too small"


def test_what_is_not_keyed_yet_counts_as_wrong_and_as_the_worst() -> None:
    sample = {code: keyed(90, 60, 5) for code in CODES}
    sample[CODES[0]] = Keyed(sample[CODES[0]].verified, {"paslon_1": 90})
    found = certified(stations(90, 60, 5), sample)
    assert (found.open, found.wrong_numbers, found.wrong_stations) == (1, 2, 1)
    assert found.leads[0].most_moved == 30 - (90 - 999)


def test_of_a_form_with_four_boxes_it_may_hide_all_that_these_can_say() -> None:
    sample = {code: keyed(90, 60, 5) for code in CODES[:20]}
    sample[CODES[0]] = Keyed(sample[CODES[0]].verified, {"paslon_1": 90})
    found = certified(stations(90, 60, 5), sample, boxes=4)
    hidden = most_wrong(40, 20, 1, RISK / 2) - 1
    assert found.leads[0].most_moved == 30 - (90 - 9999) + hidden * (30 + 9999)


@given(
    st.lists(st.tuples(*[st.integers(0, 9)] * 3, st.integers(0, 6)), min_size=1, max_size=30),
    st.integers(0, 30),
    st.sets(st.integers(0, 29)),
)
def test_what_is_hidden_is_what_does_most_harm_of_all_that_was_not_drawn(
    rows: list[tuple[int, int, int, int]], size: int, wrong: set[int]
) -> None:
    """Against the stations themselves, in order of the harm of each."""
    votes = [dict(zip(VOTES, row[:3], strict=True)) for row in rows]
    listed = {CODES[n]: Station(row[3], votes[n]) for n, row in enumerate(rows)}
    drawn = range(min(size, len(rows)))
    said = {n: {**votes[n], "paslon_1": 10} if n in wrong else votes[n] for n in drawn}
    found = certified(listed, {CODES[n]: Keyed(votes[n], said[n]) for n in drawn})
    hidden = found.most_wrong_stations - found.wrong_stations
    rest = range(len(drawn), len(rows))
    most = sum(sorted((rows[n][3] for n in rest), reverse=True)[:hidden])
    numbers = sum(row[3] for row in rows)
    assert found.most_wrong_share == ((found.wrong_stations + most) / numbers if numbers else 0)
    totals = {name: sum(row[name] for row in votes) for name in VOTES}
    order = sorted(VOTES, key=lambda name: (-totals[name], name))
    for lead, first, second in zip(found.leads, order, order[1:], strict=False):
        harms = sorted((votes[n][first] - votes[n][second] + 999 for n in rest), reverse=True)
        seen = sum(
            (votes[n][first] - said[n][first]) - (votes[n][second] - said[n][second]) for n in drawn
        )
        moved = max(0, sum(harms[:hidden]) + seen)
        assert lead == Lead(first, second, totals[first] - totals[second], moved)


def test_each_further_sample_has_wider_bounds_and_changes_no_earlier_one() -> None:
    sample = {code: keyed(90, 60, 5) for code in CODES[:20]}
    one, three = (certified(stations(90, 60, 5), sample, nth=n) for n in (1, 3))
    assert three.risk == pytest.approx(RISK / 12)
    assert three.most_wrong_stations > one.most_wrong_stations


@given(st.integers(1, 2000))
def test_however_many_are_drawn_the_risk_of_all_together_is_kept(samples: int) -> None:
    shares = [Fraction(1, nth * (nth + 1)) for nth in range(1, samples + 1)]
    assert sum(shares) < 1
    assert [risk_of(nth) for nth in range(1, samples + 1)] == pytest.approx(
        [RISK * float(share) for share in shares]
    )


def test_a_station_that_is_not_on_the_list_is_no_part_of_a_sample() -> None:
    with pytest.raises(ValueError, match="9999999999999 of the sample is not on the list"):
        certified(stations(1, 1, 1), {"9" * 13: keyed(1, 1, 1)})
