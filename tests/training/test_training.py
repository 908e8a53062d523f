"""What the training promises without torch: honest splits, honest probabilities, the right mix."""

import runpy
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from digitizer.domain.glyph import ALPHABET, BLANK, CROSS, DASH, DIGITS
from digitizer.training import strokes
from digitizer.training.boxes import digit_mask, empty_box, traced_twice
from digitizer.training.calibrate import (
    borne_out,
    fit_calibration,
    fit_temperature,
    negative_log_likelihood,
)
from digitizer.training.data import Boxes
from digitizer.training.folds import FOLDS, NO_FOLD, fold_of_form, fold_of_number, usable
from digitizer.training.lifting import lifted_ink
from digitizer.training.mix import Mix
from digitizer.training.out_of_fold import Judged, write_scores
from digitizer.training.pool import load_pool, make_pool, opened, save_pool
from digitizer.training.recipe import WIDE
from digitizer.vision.digits import LEAST_INK, MOST_INK, MOST_ODDS, Calibration, softmax
from tests.conftest import ROOT


def test_without_torch_it_is_said_what_training_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(SystemExit, match=r"needs torch.*see Retrain in digitizer/vision/weights"):
        runpy.run_module("digitizer.training", run_name="__main__")
    assert "## Retrain" in (ROOT / "digitizer/vision/weights/README.md").read_text()


def test_neighbours_in_number_share_a_fold() -> None:
    folds = fold_of_number(np.arange(1, 676))
    assert np.array_equal(np.unique(folds, return_counts=True)[1], np.full(FOLDS, 135))
    assert (np.diff(folds) >= 0).all()


def test_a_form_is_never_on_two_sides() -> None:
    forms = np.array([3, 3, 25, 1, 1, 9, 25])
    folds = fold_of_form(forms)
    assert {(f, b) for f, b in zip(forms, folds, strict=True)} == {(1, 0), (3, 1), (9, 2), (25, 3)}


def test_the_temperature_of_overconfident_logits_is_found() -> None:
    rng = np.random.default_rng(5)
    honest = rng.normal(0, 2, (20_000, len(ALPHABET)))
    labels = (honest + rng.gumbel(size=honest.shape)).argmax(axis=1)
    assert fit_temperature(honest, labels) == pytest.approx(1.0, abs=0.05)
    assert fit_temperature(2.5 * honest, labels) == pytest.approx(2.5, abs=0.1)


@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (0.6, -1.0), (1.4, 0.5)])
def test_the_calibration_of_a_model_that_says_too_much_or_too_little_is_found(
    slope: float, offset: float
) -> None:
    rng = np.random.default_rng(6)
    logits = rng.normal(0, 0.1, (40_000, len(ALPHABET)))
    logits[np.arange(40_000), rng.integers(0, 14, 40_000)] += rng.uniform(3, 12, 40_000)
    said = Calibration(slope, offset).probabilities(logits).cumsum(axis=1)
    labels = (said < rng.random((len(logits), 1))).sum(axis=1).clip(0, len(ALPHABET) - 1)
    found = fit_calibration(logits, labels)
    assert found.slope == pytest.approx(slope, rel=0.12)
    assert found.offset == pytest.approx(offset, abs=0.2)


def test_a_few_boxes_without_a_mistake_leave_the_odds_nearly_as_they_are() -> None:
    logits = np.eye(len(ALPHABET))[np.arange(200) % 14] * np.linspace(4, 9, 200)[:, None]
    found = fit_calibration(logits, logits.argmax(axis=1))
    assert 1.0 <= found.slope < 2.0
    assert found.probabilities(logits).max() < 0.9999999


@pytest.mark.parametrize("boxes", [20, 60, 365])
def test_boxes_without_a_mistake_show_no_more_than_their_number(boxes: int) -> None:
    logits = np.eye(len(ALPHABET))[np.arange(boxes) % 14] * 30
    found = fit_calibration(logits, logits.argmax(axis=1))
    doubt = 1 - found.probabilities(logits).max()
    assert doubt == pytest.approx(1 / (2 * boxes + 2), rel=0.01)


def test_what_boxes_bear_out_is_what_their_surest_show() -> None:
    odds = np.repeat([9.0, 5.0, 1.0], [200, 100, 100])
    right = np.full(400, True)
    right[[10, 390]] = False
    shown = np.log(299.5 / 1.5)
    assert borne_out(odds, right) == pytest.approx(shown)
    assert borne_out(odds, np.full(400, True)) == pytest.approx(np.log(801))
    assert borne_out(np.full(9000, 9.0), np.full(9000, True)) == MOST_ODDS


def test_surprise_at_the_truth() -> None:
    logits = np.log(np.array([[0.25, 0.75]]))
    assert softmax(logits) == pytest.approx(np.array([[0.25, 0.75]]))
    surprise = negative_log_likelihood(logits, np.array([1]), 1.0)
    assert surprise == pytest.approx(-np.log(0.75))


def test_the_mix_makes_the_glyph_it_names() -> None:
    mix = Mix({}, {}, np.random.default_rng(3))
    assert {mix.draw_from("blank")[1] for _ in range(5)} == {BLANK}
    assert {mix.draw_from("dash")[1] for _ in range(5)} == {DASH}
    assert {mix.draw_from("drawn")[1] for _ in range(60)} <= set(DIGITS)
    assert {mix.draw_from("scanned")[1] for _ in range(90)} == {*DIGITS, CROSS, BLANK}
    assert mix.sources == ["drawn", "scanned", "blank", "dash", "cross", "unreadable"]


def test_the_same_seed_gives_the_same_cells() -> None:
    grey = np.full((40, 36), 220, np.uint8)
    grey[10:30, 17:20] = 40
    sources = np.array([[0, 0], [0, 1]])
    boxes = Boxes((grey, grey[:, ::-1].copy()), np.array([1, 1]), np.array([0, 4]), sources)
    twice = [Mix({"real_2019": boxes}, {}, np.random.default_rng(9)) for _ in range(2)]
    for _ in range(40):
        one, other = (mix.draw() for mix in twice)
        assert (one.glyph, one.fold) == (other.glyph, other.fold)
        assert np.array_equal(one.cell, other.cell)


def test_ink_gone_over_twice_holds_the_first_and_lies_beside_it() -> None:
    rng = np.random.default_rng(4)
    once = digit_mask(empty_box(rng), "3", rng)
    furthest = 0.0
    for _ in range(20):
        twice = traced_twice(once, rng)
        assert (twice >= once).all()
        assert twice.sum() > 1.02 * once.sum()
        from_ink = cv2.distanceTransform((once < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
        furthest = max(furthest, float(from_ink[twice > 0.5].max()))
    assert furthest < 0.2 * len(once)


@pytest.mark.parametrize(("glyph", "fewest", "most"), [("7", 1, 2), ("8", 2, 2), ("1", 1, 1)])
def test_a_square_seven_is_crossed_now_and_then(glyph: str, fewest: int, most: int) -> None:
    rng = np.random.default_rng(5)
    drawn = {len(strokes.digit(glyph, rng, square=True)) for _ in range(60)}
    assert (min(drawn), max(drawn)) == (fewest, most)


def test_an_example_names_the_fold_of_its_real_box() -> None:
    grey = np.full((40, 36), 220, np.uint8)
    boxes = Boxes((grey,), np.array([1]), np.array([3]), np.array([[0, 0]]))
    mix = Mix({"real_2019": boxes}, {}, np.random.default_rng(9))
    assert mix.draw_from("real_2019").fold == 3
    assert mix.draw_from("blank").fold == NO_FOLD


def test_ink_that_is_lifted_or_laid_over_keeps_the_fold_of_its_box() -> None:
    """What a network never sees must not come in by ink of it either."""
    cell = np.full((48, 44), 220, np.uint8)
    cell[16:34, 20:24] = 40
    other = np.full((48, 44), 220, np.uint8)
    other[18:22, 14:30], other[22:34, 26:30] = 40, 40
    sources = np.array([[0, 0], [0, 1]])
    boxes = Boxes((cell, other), np.array([4, 7]), np.array([3, 3]), sources)
    recipe = replace(WIDE, lifted=1.0)
    mix = Mix({"real_2024": boxes}, {}, np.random.default_rng(2), recipe=recipe)
    mix.public = {"none": (np.zeros((1, 16, 16), np.uint8), np.array([0]))}
    assert {mix.draw_from("public").fold for _ in range(30)} == {3}
    assert {mix.draw_from("scanned").fold for _ in range(40)} == {NO_FOLD, 3}
    laid_over = (mix.draw_from("unreadable").fold for _ in range(600))
    assert next(fold for fold in laid_over if fold != NO_FOLD) == 3


def test_a_fold_is_left_out_whole() -> None:
    folds = np.array([NO_FOLD, 0, 1, 1, 2])
    assert usable(folds, 1).tolist() == [True, True, False, False, True]
    assert usable(folds, NO_FOLD).all()


def test_the_labels_of_a_fold_do_not_touch_its_own_probabilities(tmp_path: Path) -> None:
    """The calibration of a fold is fitted to the others alone."""
    rng = np.random.default_rng(6)

    def judged(fold: int, wrong: int) -> Judged:
        logits = rng.normal(0, 1, (60, len(ALPHABET)))
        labels = np.arange(60) % len(ALPHABET)
        logits[np.arange(60), labels] += 6
        labels[:wrong] = (labels[:wrong] + 1) % len(ALPHABET)
        place = np.stack([np.zeros(60, np.int64), np.arange(60)], axis=1)
        return Judged(np.zeros(60, np.int64), place, fold, labels, logits, np.arange(60) % 2 == 0)

    parts = [judged(fold, wrong=4) for fold in range(3)]
    said = []
    for part in (parts[0], replace(parts[0], labels=(parts[0].labels + 3) % len(ALPHABET))):
        write_scores(tmp_path / "scores.npz", [part, *parts[1:]])
        with np.load(tmp_path / "scores.npz") as kept:
            said.append((kept["fold"], kept["log_probability"]))
    (folds, once), (_, again) = said
    assert np.array_equal(once[folds == 0], again[folds == 0])
    assert not np.array_equal(once[folds == 1], again[folds == 1])


def test_ink_is_lifted_whole_or_not_at_all() -> None:
    box = np.full((60, 60), 220, np.uint8)
    box[:6], box[-6:], box[:, :6], box[:, -6:] = 40, 40, 40, 40
    inside = box.copy()
    inside[20:40, 28:32] = 50
    ink = lifted_ink(inside)
    assert ink is not None
    assert (ink > 0).sum() == 20 * 4
    assert lifted_ink(box) is None
    crossing = inside.copy()
    crossing[:40, 28:32] = 50
    assert lifted_ink(crossing) is None
    faint = inside.copy()
    faint[20:40, 28:32] = 180
    assert lifted_ink(faint) is None


def test_a_pool_is_the_same_however_many_processes_make_it(tmp_path: Path) -> None:
    one, two = (make_pool({}, {}, count=900, seed=4, processes=n) for n in (1, 2))
    assert len(one.labels) == 1000
    assert np.array_equal(one.cells, two.cells)
    save_pool(one, tmp_path / "pool.npz")
    kept = load_pool(tmp_path / "pool.npz")
    assert np.array_equal(kept.labels, two.labels)
    assert opened(kept.cells).min() >= LEAST_INK
    assert opened(kept.cells).max() <= MOST_INK
