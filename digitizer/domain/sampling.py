"""A public lot: which polling stations are keyed once more, and how much their result then says.

The list and the size of the sample are fixed before the seed is thrown, so that nobody chooses:

    population_hash(...)    the list that is announced
    lot(...)                the stations that the seed draws from it
    most_wrong(...)         how many stations of the list can be wrong, after what was found in them
"""

import hashlib
import heapq
import math
from collections.abc import Iterable
from typing import Final

RISK: Final = 0.05
"""The chance that any bound of an office does not hold, of all its samples together."""

NUMERIC_SLACK: Final = 1e-6
"""Probabilities are computed to about a hundred-millionth; a bound errs towards the wider one."""


def risk_of(nth: int) -> float:
    """The share of `RISK` that the bound of the nth sample of an office may take.

    It is known when the sample is announced, whatever comes after: the shares of any number of
    samples add up to `RISK` at most (1/2 + 1/6 + 1/12 + ... = 1), so that nobody can draw until he
    likes what he sees. Dividing by the samples so far could not do that: whoever stops at the nth
    has had `RISK` (1 + 1/2 + ... + 1/n). This is Bonferroni's inequality over a sequence of which
    nobody says beforehand where it ends.

    >>> risk_of(1), risk_of(4)
    (0.025, 0.0025)
    """
    return RISK / (nth * (nth + 1))


def population_hash(tallies: Iterable[tuple[str, str, int]]) -> str:
    """SHA-256 in hex of `population_text`."""
    return hashlib.sha256(population_text(tallies).encode()).hexdigest()


def population_text(tallies: Iterable[tuple[str, str, int]]) -> str:
    """The list as it is published: a line `code contest version` for each tally, by code.

    Args:
        tallies: code of the station, id of the round that counts there, version.
    """
    return "".join(population_line(*tally) for tally in sorted(tallies))


def population_line(code: str, contest: str, version: int) -> str:
    """One tally of `population_text`."""
    return f"{code} {contest} {version}\n"


def ticket(seed: str, code: str) -> str:
    """The ticket of one station: SHA-256 in hex of the seed, a line feed and the code."""
    return hashlib.sha256(f"{seed}\n{code}".encode()).hexdigest()


def lot(seed: str, codes: Iterable[str], size: int) -> tuple[str, ...]:
    """The stations with the smallest tickets, smallest first: a simple random sample.

    R. L. Rivest, "Consistent Sampling with Replacement", 2018, section 2 (here each ticket is drawn
    once, so without replacement).
    """
    return tuple(heapq.nsmallest(size, codes, key=lambda code: (ticket(seed, code), code)))


def most_wrong(population: int, sample: int, wrong: int, risk: float = RISK) -> int:
    """The most wrong stations there can be in the population, at a chance of error of `risk`.

    The exact upper bound: the largest number of which a sample shows so few, or fewer, with a
    probability of `risk` or more. It counts the wrong ones of the sample too. This is the bound of
    C. J. Clopper and E. S. Pearson (Biometrika 26, 1934) with the hypergeometric distribution of a
    sample from a finite list in place of the binomial: T. Wright, "Exact Confidence Bounds when
    Sampling from Small Finite Universes", Springer 1991.

    >>> most_wrong(6274, 500, 0)
    35
    >>> most_wrong(100, 100, 3)
    3
    """
    low, high = wrong, population - (sample - wrong)
    while low < high:
        middle = (low + high + 1) // 2
        if chance_of_few(population, middle, sample, wrong) > risk * (1 - NUMERIC_SLACK):
            low = middle
        else:
            high = middle - 1
    return low


def chance_of_few(population: int, marked: int, sample: int, few: int) -> float:
    """The chance that a sample has at most `few` of the marked ones (hypergeometric)."""
    whole = _log_choose(population, sample)
    least = max(0, sample - (population - marked))
    return math.fsum(
        math.exp(_log_choose(marked, hit) + _log_choose(population - marked, sample - hit) - whole)
        for hit in range(least, min(few, marked, sample) + 1)
    )


def needed_sample(population: int, bearable: int, risk: float = RISK) -> int:
    """The smallest sample that, if nothing wrong is found in it, bounds the wrong ones so far.

    >>> needed_sample(6274, 35)
    500
    """
    low, high = 0, population
    while low < high:
        middle = (low + high) // 2
        if most_wrong(population, middle, 0, risk) <= bearable:
            high = middle
        else:
            low = middle + 1
    return low


def _log_choose(of: int, these: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(these + 1) - math.lgamma(of - these + 1)
