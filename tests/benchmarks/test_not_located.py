"""Photos that are not located, or are taken for another page, count in every figure."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import cv2
import numpy as np

from benchmarks import bubble_accuracy, turus_accuracy, words_accuracy
from benchmarks.bubble_accuracy import BubblePhoto, read_columns
from benchmarks.photos_accuracy import KWK, PhotoReader, Truth, counted, rows_of
from benchmarks.rows import Row
from benchmarks.turus_accuracy import read_tallies, tally_page
from tests.synth import made_photo


@cache
def bare() -> bytes:
    """A photo of nothing but paper."""
    paper = np.full((1600, 1200, 3), 225, np.uint8)
    return cv2.imencode(".jpg", paper)[1].tobytes()


def values(rows: list[Row]) -> Mapping[str, tuple[float, int]]:
    return {row["name"].rpartition(".")[2]: (row["value"], row["n"]) for row in rows}


def test_the_numbers_of_a_photo_that_is_not_located_are_not_right() -> None:
    made = made_photo(KWK, 2, "easy", 4)
    written = {name: entry.as_written for name, entry in made.entries.items()}
    truth = Truth("a", made.shot.jpeg, KWK, 2, counted(KWK, written))
    reader = PhotoReader()
    shown, lost = (reader.result(replace(truth, data=data)) for data in (truth.data, bare()))
    assert (shown.located, shown.right) == (True, shown.fields)
    assert (lost.located, lost.fields, lost.right) == (False, shown.fields, 0)
    found = values(rows_of("a", [shown, lost]))
    assert found["numbers_right"] == (0.5, 2 * shown.fields)


def test_a_page_that_is_taken_for_another_is_wrong() -> None:
    made = made_photo(KWK, 2, "easy", 4)
    result = PhotoReader().result(Truth("a", made.shot.jpeg, KWK, 1, {"paslon_1": "120"}))
    assert not result.located
    assert result.wrong == (f"taken for page 2 of {KWK}",)
    assert values(rows_of("a", [result]))["wrong_values"] == (1, 1)


def test_columns_and_tallies_that_nobody_saw_are_not_right() -> None:
    marked = {("paslon_1", 0): "3", ("paslon_1", 1): "?"}
    photo = BubblePhoto(bare(), KWK, 2, marked, dict.fromkeys(marked, "told"))
    columns = values(bubble_accuracy.rows_of("a", read_columns(photo)))
    assert columns["right"] == (0, 2)
    assert columns["sure_and_wrong"] == (0, 2)
    page = tally_page("easy", 7_000, 0)
    lost = replace(page, shot=replace(page.shot, jpeg=bare()), tally={"paslon_1": None})
    assert values(turus_accuracy.rows_of("a", read_tallies(lost)))["exact"][0] == 0


def test_words_that_nobody_saw_are_not_answered_and_help_no_number() -> None:
    areas = [words_accuracy.unread("a", "paslon_1", 120), words_accuracy.unread("a", "sah", None)]
    assert values(words_accuracy.rows_of("a", areas))["answered"] == (0, 1)
    assert values(words_accuracy.settled_rows("a", areas))["still_doubtful"] == (1, 2)
