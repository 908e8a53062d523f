"""What the training promises without torch: honest splits, a found temperature, the right mix."""

import numpy as np
import pytest

from digitizer.domain.glyph import ALPHABET, BLANK, DASH, DIGITS
from digitizer.training.calibrate import fit_temperature, negative_log_likelihood
from digitizer.training.data import Boxes
from digitizer.training.folds import block_of_form, block_of_number
from digitizer.training.mix import Mix
from digitizer.vision.digits import softmax


def test_neighbours_in_number_share_a_block() -> None:
    blocks = block_of_number(np.arange(1, 601), 10)
    assert np.array_equal(np.unique(blocks, return_counts=True)[1], np.full(10, 60))
    assert (np.diff(blocks) >= 0).all()


def test_a_form_is_never_on_two_sides() -> None:
    forms = np.array([3, 3, 25, 1, 1, 9, 25])
    blocks = block_of_form(forms, 3)
    assert {(f, b) for f, b in zip(forms, blocks, strict=True)} == {(1, 0), (3, 1), (9, 2), (25, 0)}


def test_the_temperature_of_overconfident_logits_is_found() -> None:
    rng = np.random.default_rng(5)
    honest = rng.normal(0, 2, (20_000, len(ALPHABET)))
    labels = (honest + rng.gumbel(size=honest.shape)).argmax(axis=1)
    assert fit_temperature(honest, labels) == pytest.approx(1.0, abs=0.05)
    assert fit_temperature(2.5 * honest, labels) == pytest.approx(2.5, abs=0.1)


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
    assert mix.sources == ["drawn", "blank", "dash", "cross", "unreadable"]


def test_the_same_seed_gives_the_same_cells() -> None:
    grey = np.full((40, 36), 220, np.uint8)
    grey[10:30, 17:20] = 40
    boxes = Boxes((grey, grey[:, ::-1].copy()), np.array([1, 1]), np.array([0, 0]))
    twice = [Mix({"real_2019": boxes}, {}, np.random.default_rng(9)) for _ in range(2)]
    for _ in range(40):
        (one, glyph), (other, same) = (mix.draw() for mix in twice)
        assert glyph == same
        assert np.array_equal(one, other)
