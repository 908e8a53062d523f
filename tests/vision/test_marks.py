"""Bubble columns: one, none, two or smudged, and never a default digit."""

import cv2
import numpy as np
import pytest

from digitizer.vision.marks import column_scores, fill_score

EMPTY = [0.08, 0.05, 0.07, 0.07, 0.07, 0.07, 0.08, 0.05, 0.09, 0.08]


def column(**filled: float) -> list[float]:
    dark = list(EMPTY)
    for name, extra in filled.items():
        dark[int(name[1:])] += extra
    return dark


def bubble(fill: int | None, paper: int = 220, radius: int = 12) -> np.ndarray:
    """A printed ring, filled with a grey level or empty."""
    side = round(radius * 2 * 1.5)
    image = np.full((side, side, 3), paper, np.uint8)
    centre = (side // 2, side // 2)
    if fill is not None:
        cv2.circle(image, centre, radius - 1, (fill,) * 3, -1)
    cv2.circle(image, centre, radius, (20, 20, 20), 1)
    return image


@pytest.mark.parametrize("digit", range(10))
def test_one_filled_bubble_says_its_digit(digit: int) -> None:
    scores = column_scores(column(**{f"b{digit}": 0.6}), EMPTY)
    assert scores.top == str(digit)
    assert scores.filled[digit] > 0.99


def test_no_filled_bubble_is_blank_and_not_a_digit() -> None:
    scores = column_scores(EMPTY, EMPTY)
    assert scores.top == "_"
    assert scores.none > 0.99


def test_two_filled_bubbles_are_unclear() -> None:
    scores = column_scores(column(b2=0.6, b7=0.5), EMPTY)
    assert scores.top == "?"
    assert scores.unclear > 0.99


def test_a_half_filled_bubble_is_no_sure_reading() -> None:
    scores = column_scores(column(b4=0.25), EMPTY)
    assert max(probability for _, probability in scores.ranked) < 0.6


def test_a_shadow_over_the_whole_column_fills_nothing() -> None:
    assert column_scores([value + 0.3 for value in EMPTY], EMPTY).top == "_"


@pytest.mark.parametrize("dark", [EMPTY, column(b1=0.2), column(b1=0.6), column(b1=0.6, b2=0.3)])
def test_probabilities_sum_to_one(dark: list[float]) -> None:
    assert sum(p for _, p in column_scores(dark, EMPTY).ranked) == pytest.approx(1.0)


def test_fill_score_is_relative_to_paper_and_print() -> None:
    assert fill_score(bubble(None), 20.0) < 0.1
    assert fill_score(bubble(20), 20.0) > 0.85
    assert fill_score(bubble(20, paper=120), 20.0) > 0.85
    assert 0.3 < fill_score(bubble(120), 20.0) < 0.7
