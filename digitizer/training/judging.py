"""Ask trained networks about boxes that they never saw, as they are asked at run time."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitizer.domain.glyph import ALPHABET
from digitizer.training.data import REAL, Boxes, Image
from digitizer.training.folds import NO_FOLD
from digitizer.training.mix import Mix
from digitizer.training.out_of_fold import Judged
from digitizer.training.pool import Public
from digitizer.training.recipe import NEAR
from digitizer.training.train import State, logits_of
from digitizer.vision.digits import is_grey, second_opinion

UNSEEN: Final = 10_000
"""Boxes rendered anew where there are no real ones."""


def judge(first: State, second: State, real: Mapping[str, Boxes], fold: int) -> Judged:
    """Ask two networks about the real boxes of a fold, as they are."""
    cells, labels, collection, source = [], [], [], []
    for number, name in enumerate(REAL):
        boxes = real[name]
        chosen = np.flatnonzero(boxes.folds == fold)
        cells += [boxes.images[i] for i in chosen]
        labels.append(boxes.labels[chosen])
        collection.append(np.full(len(chosen), number))
        source.append(boxes.sources[chosen])
    return Judged(
        np.concatenate(collection),
        np.concatenate(source),
        fold,
        np.concatenate(labels),
        *_asked(first, second, cells),
    )


def judge_unseen(first: State, second: State, public: Public, seed: int) -> Judged:
    """Ask two networks about rendered boxes with ink of these sets, of which none was learnt."""
    mix = Mix({}, public, np.random.default_rng(seed), recipe=NEAR)
    made = [mix.draw() for _ in range(UNSEEN)]
    labels = np.array([ALPHABET.index(example.glyph) for example in made], np.int64)
    nowhere = np.zeros(UNSEEN, np.int64)
    source = np.stack([nowhere, np.arange(UNSEEN)], axis=1)
    asked = _asked(first, second, [example.cell for example in made])
    return Judged(nowhere, source, NO_FOLD, labels, *asked)


def _asked(
    first: State, second: State, cells: Sequence[Image]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Their logits, and which cells have no colour."""
    logits = second_opinion(cells, partial(logits_of, first), partial(logits_of, second))
    return logits, np.array([is_grey(cell) for cell in cells])
