"""What `make accuracy` is made of, and that scores kept from a training fit the boxes at hand."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import out_of_fold
from benchmarks.accuracy import DOCS, PARTS
from benchmarks.calibration import Read
from benchmarks.glyph_accuracy import confusion_table, made_rows, real_rows
from benchmarks.out_of_fold import COLLECTIONS, OutOfFold, check_labels, load_out_of_fold
from digitizer.domain.glyph import ALPHABET
from digitizer.training.data import Boxes
from digitizer.vision.digits import CARD


def test_every_row_of_the_report_belongs_to_one_part() -> None:
    for row in json.loads((DOCS / "accuracy.json").read_text()):
        owners = [part.name for part in PARTS if row["name"].startswith(part.prefixes)]
        assert len(owners) == 1, row["name"]


@pytest.fixture
def boxes(monkeypatch: pytest.MonkeyPatch) -> Boxes:
    """Three boxes, the same in either collection: two of the first file and one of the second."""
    cell = np.zeros((4, 4), np.uint8)
    sources = np.array([(0, 0), (0, 1), (1, 0)], np.int64)
    made = Boxes((cell,) * 3, np.array([3, 1, 10], np.int64), np.zeros(3, np.int64), sources)
    monkeypatch.setattr(out_of_fold, "load_real", lambda *_: made)
    return made


def scores_of(boxes: Boxes) -> OutOfFold:
    twice = np.tile(boxes.labels, 2)
    return OutOfFold(
        collection=np.repeat(np.arange(len(COLLECTIONS)), 3),
        file=np.tile(boxes.sources[:, 0], 2),
        index=np.tile(boxes.sources[:, 1], 2),
        read=Read(twice, np.eye(len(ALPHABET))[twice]),
        sha256="",
    )


def test_scores_of_the_same_boxes_are_accepted(boxes: Boxes) -> None:
    check_labels(scores_of(boxes), Path())


def test_a_changed_label_is_named(boxes: Boxes) -> None:
    scores = scores_of(boxes)
    scores.read.truth[4] = 7
    with pytest.raises(
        ValueError, match="found label 7 for box 1 of file 0 of real_2019, needed 1"
    ):
        check_labels(scores, Path())


def test_a_box_that_is_not_there_is_named(boxes: Boxes) -> None:
    scores = scores_of(boxes)
    with pytest.raises(ValueError, match="for box 100 of file 1 of real_2024, needed None"):
        check_labels(replace(scores, index=scores.index + 100 * (scores.file == 1)), Path())


def test_a_box_without_scores_or_with_two_is_named(boxes: Boxes) -> None:
    scores = scores_of(boxes)
    with pytest.raises(ValueError, match="found no scores of 1 boxes of real_2024"):
        check_labels(without(scores, [0]), Path())
    twice = replace(scores, index=np.where(scores.index == 1, 0, scores.index))
    with pytest.raises(ValueError, match="for box 0 of file 0 of real_2024, needed None"):
        check_labels(twice, Path())


def without(scores: OutOfFold, rows: list[int]) -> OutOfFold:
    kept = np.setdiff1d(np.arange(len(scores.file)), rows)
    return replace(
        scores,
        collection=scores.collection[kept],
        file=scores.file[kept],
        index=scores.index[kept],
        read=Read(scores.read.truth[kept], scores.read.scores[kept]),
    )


def test_scores_of_another_training_are_refused(tmp_path: Path) -> None:
    card = json.loads(CARD.read_text(encoding="utf-8")) | {"out_of_fold_sha256": 64 * "0"}
    (tmp_path / "digits.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ValueError, match=r"found scores \w{12}, digits\.json names 000000000000"):
        load_out_of_fold(card=tmp_path / "digits.json")


def test_the_report_is_of_the_shipped_scores() -> None:
    assert load_out_of_fold().sha256 in (DOCS / "accuracy.md").read_text(encoding="utf-8")


def test_scores_are_found_by_the_place_of_the_box(boxes: Boxes) -> None:
    scores = scores_of(boxes).boxes_of("real_2019", boxes.sources[[2, 0]])
    assert scores.argmax(axis=1).tolist() == [10, 3]


def read_as(truth: str, top: str, sure: float) -> Read:
    scores = np.full((len(truth), len(ALPHABET)), (1 - sure) / (len(ALPHABET) - 1))
    scores[np.arange(len(top)), [ALPHABET.index(glyph) for glyph in top]] = sure
    return Read(np.array([ALPHABET.index(glyph) for glyph in truth], np.int64), scores)


def test_real_rows_count_mistakes_among_the_sure_only() -> None:
    rows = {row["name"]: row for row in real_rows("2024", read_as("77X_", "71X_", 0.995))}
    assert (rows["glyphs.digits_2024"]["value"], rows["glyphs.digits_2024"]["n"]) == (0.5, 2)
    assert "glyphs.odd_2024" not in rows
    assert (rows["glyphs.errors_p99_2024"]["value"], rows["glyphs.errors_p99_2024"]["n"]) == (1, 4)
    assert rows["glyphs.coverage_p999_2024"]["value"] == 0


def test_a_rendered_blank_called_a_digit_is_counted() -> None:
    rows = {row["name"]: row["value"] for row in made_rows({"blank": read_as("___", "_11", 0.95)})}
    assert rows["glyphs.blank_made_called_digit_p90"] == 2


def test_the_confusion_table_shows_rows_with_boxes_only() -> None:
    table = confusion_table("2024", read_as("171", "177", 0.9))
    assert "| `1` | · | 1 | · | · | · | · | · | 1 |" in table
    assert "| `7` |" in table
    assert "| `X` | ·" not in table
