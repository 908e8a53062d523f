"""Coverage whose calibration is fitted to other boxes of the kind."""

import numpy as np

from benchmarks.calibration import Read
from benchmarks.refitting import coverage_refitted
from digitizer.domain.glyph import ALPHABET
from digitizer.training.calibrate import fit_calibration


def boxes(n: int, seed: int, floor: float) -> Read:
    """Boxes of which each is right as often as is said of it."""
    rng = np.random.default_rng(seed)
    odds = rng.uniform(floor, 10, n)
    sure = 1 / (1 + np.exp(-odds))
    rest = (1 - sure) / (len(ALPHABET) - 1)
    scores = np.repeat(rest[:, None], len(ALPHABET), axis=1)
    scores[:, 0] = sure
    return Read(np.where(rng.random(n) < sure, 0, 1), scores)


def test_the_coverage_of_the_map_fitted_to_all_lies_within() -> None:
    read = boxes(8000, 3, 4.0)
    logits = np.log(read.scores)
    plain = float((fit_calibration(logits, read.truth).probabilities(logits) >= 0.999).sum() / 8000)
    row = coverage_refitted("a", read, np.arange(8000), least=0.999, rounds=60)
    assert row["low"] < plain < row["high"]
    assert row["n"] == 8000
    assert row == coverage_refitted("a", read, np.arange(8000), least=0.999, rounds=60)


def test_fewer_boxes_say_less() -> None:
    wide, narrow = (
        coverage_refitted("a", boxes(n, 3, 4.0), np.arange(n), least=0.999, rounds=60)
        for n in (1000, 16_000)
    )
    assert wide["high"] - wide["low"] > narrow["high"] - narrow["low"]


def test_the_order_of_the_boxes_in_the_table_is_nothing_their_places_are() -> None:
    read = boxes(960, 5, 4.0)
    mixed = np.random.default_rng(1).permutation(960)
    other = Read(read.truth[mixed], read.scores[mixed])
    assert coverage_refitted(
        "a", read, np.arange(960), least=0.999, rounds=20
    ) == coverage_refitted("a", other, mixed, least=0.999, rounds=20)
