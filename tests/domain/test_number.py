import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.domain.glyph import ALPHABET, BLANK, DIGITS, GlyphScores, glyph_scores
from digitizer.domain.number import spell


@pytest.mark.parametrize(
    ("as_written", "value", "problem"),
    [
        ("123", 123, None),
        ("X98", 98, None),
        ("-98", 98, None),
        ("__3", 3, None),
        ("XX0", 0, None),
        ("098", 98, None),
        ("XXX", 0, None),
        ("X-X", 0, None),
        ("---", 0, None),
        ("___", None, "blank"),
        ("X__", None, "mark_and_blank"),
        ("9X8", None, "mark_after_digit"),
        ("98X", None, "mark_after_digit"),
        ("98_", None, "mark_after_digit"),
        ("9?8", None, "unreadable_box"),
        ("???", None, "unreadable_box"),
    ],
)
def test_spelling(as_written: str, value: int | None, problem: str | None) -> None:
    number = spell(as_written)
    assert (number.value, number.problem) == (value, problem)


@given(st.integers(0, 999), st.sampled_from("X-_0"))
def test_leading_marks_never_change_a_number(value: int, mark: str) -> None:
    assert spell(str(value).rjust(3, mark)).value == value


@given(st.text(ALPHABET, min_size=1, max_size=4))
def test_a_row_without_a_digit_is_never_more_than_zero(as_written: str) -> None:
    number = spell(as_written)
    assert (number.value is None) == (number.problem is not None)
    if not set(as_written) & set(DIGITS):
        assert number.value in (0, None)
    if set(as_written) == {BLANK}:
        assert number.value is None


@pytest.mark.parametrize("as_written", ["", "12a", "1 2", "12x"])
def test_unknown_glyphs_are_refused(as_written: str) -> None:
    with pytest.raises(ValueError, match="must be one or more of"):
        spell(as_written)


def test_scores_rank_and_must_sum_to_one() -> None:
    scores = glyph_scores({"1": 0.3, "7": 0.7})
    assert scores.top == "7"
    assert scores.probability == 0.7
    assert scores.of("1") == 0.3
    assert scores.ranked[:2] == (("7", 0.7), ("1", 0.3))
    with pytest.raises(ValueError, match="sum to"):
        glyph_scores({"1": 0.3})
    with pytest.raises(ValueError, match="found 3 glyph probabilities, needed 14"):
        GlyphScores((0.2, 0.3, 0.5))
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        glyph_scores({"1": 1.5, "2": -0.5})
