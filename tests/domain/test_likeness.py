"""Ink hashes: counting bits."""

from hypothesis import given
from hypothesis import strategies as st

from digitizer.domain.likeness import BITS, distance, likeness, most_bits
from digitizer.domain.policy import Policy
from digitizer.store.likeness import REACH

HASHES = st.integers(0, 2**BITS - 1).map(lambda bits: f"{bits:064x}")


def flipped(ink_hash: str, bits: set[int]) -> str:
    changed = int(ink_hash, 16)
    for bit in bits:
        changed ^= 1 << bit
    return f"{changed:064x}"


@given(HASHES, st.sets(st.integers(0, BITS - 1)))
def test_the_distance_counts_the_bits_that_differ(ink_hash: str, bits: set[int]) -> None:
    other = flipped(ink_hash, bits)
    assert distance(ink_hash, other) == distance(other, ink_hash) == len(bits)


@given(st.floats(0.01, 1.0))
def test_most_bits_is_the_last_count_that_is_like_enough(least: float) -> None:
    bits = most_bits(least)
    assert likeness(bits) >= least - 1e-9
    assert likeness(bits + 1) < least


def test_the_shipped_limit_lies_within_what_is_kept() -> None:
    assert most_bits(Policy().min_likeness) < REACH
