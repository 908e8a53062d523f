from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitizer.domain.number_words import LETTERS, MOST, NOUGHTS, number_of_words, number_spelled
from digitizer.vision.word_odds import SYMBOLS, word_odds
from digitizer.vision.words import WordCalibration

CALIBRATION = WordCalibration(sharpness=0.8, odd=2.0, surest=0.995)
STRIKES = "X-"


def frames_of(text: str, rng: np.random.Generator, noise: float = 0.02) -> NDArray[np.float64]:
    """What a network would say of clean letters: each takes some frames, blanks stand between."""
    classes = [0]
    for symbol in text:
        classes += [1 + SYMBOLS.index(symbol)] * int(rng.integers(1, 4))
        classes += [0] * int(rng.integers(1, 3))
    other = rng.dirichlet(np.full(1 + len(SYMBOLS), 0.3), len(classes))
    return (1 - noise) * np.eye(1 + len(SYMBOLS))[classes] + noise * other


def test_a_likelihood_is_the_sum_over_all_ways_to_spread_the_letters() -> None:
    rng = np.random.default_rng(3)
    # Of few classes, so that all paths can be gone through.
    kept = [0, *(1 + SYMBOLS.index(symbol) for symbol in STRIKES)]
    small = rng.dirichlet(np.ones(3), 6)
    frames = np.zeros((6, 1 + len(SYMBOLS)))
    frames[:, kept] = small
    relative = small / small.max(axis=1, keepdims=True)
    strokes = [nought for nought in NOUGHTS if set(nought) <= set(STRIKES)]
    found = word_odds(frames[None])
    expected = sum(_by_ways(relative, nought) for nought in strokes)
    assert np.exp(found.numbers[0, 0]) == pytest.approx(expected, rel=1e-3)


def _by_ways(relative: NDArray[np.float64], text: str) -> float:
    """The likelihood by going through every way to spread strokes over frames."""
    wanted = [1 + STRIKES.index(symbol) for symbol in text]
    total = 0.0
    for path in product(range(3), repeat=len(relative)):
        spelled = [c for n, c in enumerate(path) if c and (n == 0 or c != path[n - 1])]
        if spelled == wanted:
            total += float(np.prod([relative[t, c] for t, c in enumerate(path)]))
    return total


def test_a_pause_between_letters_says_nothing() -> None:
    rng = np.random.default_rng(13)
    frames = frames_of("DUAPULUH", rng)
    pause = np.zeros((30, frames.shape[1]))
    pause[:, 0] = 1.0
    at = int(np.flatnonzero(frames.argmax(axis=1) == 0)[3])
    apart = np.concatenate([frames[:at], pause, frames[at:]])
    together, parted = word_odds(np.stack([np.concatenate([frames, pause]), apart])).numbers
    likely = together > -20
    assert np.abs(together[likely] - parted[likely]).max() < 0.01


@settings(deadline=None)
@given(number=st.integers(0, MOST), seed=st.integers(0, 2**32 - 1))
def test_every_number_decodes_to_itself_under_light_noise(number: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    odds = word_odds(frames_of(number_spelled(number), rng, noise=0.15)[None])
    values = CALIBRATION.values(odds, 0)
    assert max(values, key=lambda value: values[value]) == number
    assert values[number] > 0.9


def test_every_single_number_decodes_to_itself() -> None:
    rng = np.random.default_rng(5)
    for number in range(MOST + 1):
        odds = word_odds(frames_of(number_spelled(number), rng)[None])
        assert int(odds.numbers[0].argmax()) == number
        assert odds.read == (number_spelled(number),)


@settings(deadline=None)
@given(
    number=st.integers(0, MOST),
    place=st.integers(0, 40),
    symbol=st.sampled_from(SYMBOLS),
    change=st.sampled_from(["left out", "added", "another"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_letters_outside_the_grammar_are_not_taken_for_a_number(
    number: int, place: int, symbol: str, change: str, seed: int
) -> None:
    spelled = number_spelled(number)
    at = place % len(spelled)
    text = {
        "left out": spelled[:at] + spelled[at + 1 :],
        "added": spelled[:at] + symbol + spelled[at:],
        "another": spelled[:at] + symbol + spelled[at + 1 :],
    }[change]
    if number_of_words(text) is not None and "?" not in text:
        return
    odds = word_odds(frames_of(text, np.random.default_rng(seed))[None])
    assert max(CALIBRATION.values(odds, 0).values(), default=0.0) <= 0.5


@settings(deadline=None)
@given(text=st.text(alphabet=LETTERS, min_size=1, max_size=24), seed=st.integers(0, 2**32 - 1))
def test_any_other_letters_are_not_taken_for_a_number(text: str, seed: int) -> None:
    if number_of_words(text) is not None:
        return
    odds = word_odds(frames_of(text, np.random.default_rng(seed))[None])
    assert max(CALIBRATION.values(odds, 0).values(), default=0.0) <= 0.5


def test_a_letter_that_may_be_two_leaves_both_numbers() -> None:
    rng = np.random.default_rng(1)
    frames = frames_of("LIMA", rng)
    # TIGA and LIMA have two letters in common.
    for wrong, right in (("T", "L"), ("G", "M")):
        shown = frames[:, 1 + SYMBOLS.index(right)] > 0.5
        for symbol in (right, wrong):
            frames[shown, 1 + SYMBOLS.index(symbol)] = 0.49
    values = CALIBRATION.values(word_odds(frames[None]), 0)
    assert values[5] == pytest.approx(values[3], rel=0.5)
    assert values[5] < 0.6


def test_where_nothing_is_written_nothing_is_read() -> None:
    blank = np.eye(1 + len(SYMBOLS))[[0] * 12]
    assert dict(CALIBRATION.values(word_odds(blank[None]), 0)) == {}


def test_rows_are_read_alike_alone_and_among_others() -> None:
    rng = np.random.default_rng(9)
    long, short = frames_of("SERATUSDUAPULUHTIGA", rng), frames_of("LIMA", rng)
    both = np.zeros((2, len(long), long.shape[1]))
    both[:, :, 0] = 1.0
    both[0], both[1, : len(short)] = long, short
    found = word_odds(both)
    alone = word_odds(short[None])
    assert found.read == ("SERATUSDUAPULUHTIGA", "LIMA")
    likely = alone.numbers[0] > -25
    assert found.numbers[1, likely] == pytest.approx(alone.numbers[0, likely], abs=1e-6)
