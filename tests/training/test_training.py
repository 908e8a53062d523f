"""What the training promises without torch: honest splits, a found temperature, the right mix."""

from pathlib import Path

import numpy as np
import pytest

from digitizer.domain.glyph import ALPHABET, BLANK, CROSS, DASH, DIGITS
from digitizer.training.calibrate import (
    fit_calibration,
    fit_temperature,
    negative_log_likelihood,
)
from digitizer.training.data import Boxes
from digitizer.training.folds import FOLDS, NO_FOLD, fold_of_form, fold_of_number
from digitizer.training.mix import Mix, lifted_ink
from digitizer.training.pool import HIGHEST, LOWEST, load_pool, make_pool, opened, save_pool
from digitizer.vision.digits import Calibration, softmax


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


def test_cells_that_earn_less_trust_get_a_higher_temperature() -> None:
    rng = np.random.default_rng(6)
    honest = rng.normal(0, 2, (20_000, len(ALPHABET)))
    labels = (honest + rng.gumbel(size=honest.shape)).argmax(axis=1)
    steep = rng.uniform(0.2, 0.8, len(labels))
    told = Calibration(level=0.9, slope=-1.5)
    logits = honest * told.temperature(steep)[:, None]
    found = fit_calibration(logits, labels, steep, np.ones(len(labels)))
    assert found.level == pytest.approx(told.level, abs=0.12)
    assert found.slope == pytest.approx(told.slope, abs=0.2)


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


def test_an_example_names_the_fold_of_its_real_box() -> None:
    grey = np.full((40, 36), 220, np.uint8)
    boxes = Boxes((grey,), np.array([1]), np.array([3]), np.array([[0, 0]]))
    mix = Mix({"real_2019": boxes}, {}, np.random.default_rng(9))
    assert mix.draw_from("real_2019").fold == 3
    assert mix.draw_from("blank").fold == NO_FOLD


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
    assert opened(kept.cells).min() >= LOWEST
    assert opened(kept.cells).max() <= HIGHEST
