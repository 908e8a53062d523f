from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lokal.terbilang import terbilang

from digitizer.domain.number_words import (
    ENDINGS,
    HUNDREDS,
    LETTERS,
    MOST,
    NOUGHTS,
    number_in_words,
    number_of_words,
    number_spelled,
)

NUMBERS = range(MOST + 1)


def test_every_number_is_spelled_as_indonesian_spells_it() -> None:
    for number in NUMBERS:
        assert number_in_words(number) == str(terbilang(number)).upper()


def test_no_two_numbers_are_spelled_alike() -> None:
    assert len({number_spelled(number) for number in NUMBERS}) == len(NUMBERS)


@given(
    number=st.sampled_from(NUMBERS),
    gap=st.sampled_from([" ", "  ", "\n", "", "."]),
    how=st.sampled_from([str.upper, str.lower, str.title]),
)
def test_words_are_read_in_any_case_and_however_far_apart(
    number: int, gap: str, how: Callable[[str], str]
) -> None:
    words = how(str(terbilang(number))).replace(" ", gap)
    assert number_of_words(words) == number


@pytest.mark.parametrize("words", ["Kosong", "nihil", "X", "x x x", "-", "NOL"])
def test_what_stands_for_no_vote_is_nought(words: str) -> None:
    assert number_of_words(words) == 0


@pytest.mark.parametrize(
    "words",
    ["", "SATU RATUS", "DUA TIGA", "RATUS", "SE", "SEPULUH SATU", "SERATUS RATUS", "SEMBILN",
     "SERIBU", "X-", "XXXX", "LIMA BELAS PULUH"],
)  # fmt: skip
def test_other_words_are_no_number(words: str) -> None:
    assert number_of_words(words) is None


def test_a_number_is_hundreds_and_an_ending_made_of_few_letters() -> None:
    assert (len(HUNDREDS), len(ENDINGS)) == (10, 100)
    assert set("".join((*HUNDREDS, *ENDINGS, *NOUGHTS))) == set(LETTERS)


@pytest.mark.parametrize("number", [-1, 1000])
def test_other_numbers_are_not_spelled(number: int) -> None:
    with pytest.raises(ValueError, match="needed 0 to 999"):
        number_spelled(number)
