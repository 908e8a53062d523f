"""Make the examples once, keep them in a file, and draw batches of them.

Spoiling a cell costs more than one step of the training with it, and every fold needs the same
examples. Chunk k is made with the k-th child of the seed, whichever process makes it.
"""

import multiprocessing as mp
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.glyph import ALPHABET
from digitizer.training.data import Boxes, Image
from digitizer.training.folds import NO_FOLD
from digitizer.training.mix import Mix
from digitizer.training.recipe import WIDE, Recipe
from digitizer.training.stages import keep
from digitizer.vision.digits import CHANNELS, INPUT_SIDE, LEAST_INK, MOST_INK, prepare

CHUNK: Final = 500
DEGREES, SHEAR, GROWTH, SHIFT = 5.0, 0.08, 0.06, 1.5
"""How far an example is turned, slanted, grown and moved each time it is drawn."""

NOISE: Final = 0.17
"""How far its pixels differ at most through noise, of even odds: drawn in a quarter of the time
that bell-shaped noise takes."""

Public = Mapping[str, tuple[Image, NDArray[np.int64]]]


@dataclass(frozen=True, slots=True)
class Pool:
    """Prepared examples.

    Attributes:
        cells: (n, CHANNELS, INPUT_SIDE, INPUT_SIDE) uint8, `LEAST_INK` to `MOST_INK`.
        labels: class indices in `ALPHABET`.
        folds: the fold of the real boxes in each example, `NO_FOLD` where there are none.
    """

    cells: NDArray[np.uint8]
    labels: NDArray[np.int64]
    folds: NDArray[np.int64]

    def batch(
        self, chosen: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """These examples as the network sees them, each bent a little anew and in new noise."""
        cells = np.stack([bent(cell, rng) for cell in opened(self.cells[chosen])])
        cells *= rng.uniform(0.85, 1.1, (len(chosen), 1, 1, 1)).astype(np.float32)
        noise = rng.random(cells.shape, np.float32) - np.float32(0.5)
        cells += noise * np.float32(rng.uniform(0, NOISE))
        return cells, self.labels[chosen]


def bent(cell: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """An example turned, slanted, grown and moved a little; both its views alike."""
    angle, slant = np.radians(rng.normal(0, DEGREES)), rng.normal(0, SHEAR)
    wide, high = np.exp(rng.normal(0, GROWTH, 2))
    across = np.array(
        [
            [np.cos(angle) * wide, (slant - np.sin(angle)) * high],
            [np.sin(angle) * wide, np.cos(angle) * high],
        ]
    )
    middle = np.full(2, (INPUT_SIDE - 1) / 2)
    place = np.column_stack([across, middle - across @ middle + rng.uniform(-SHIFT, SHIFT, 2)])
    views = [
        cv2.warpAffine(
            np.ascontiguousarray(view.transpose(1, 2, 0)),
            place,
            (INPUT_SIDE, INPUT_SIDE),
            borderMode=cv2.BORDER_REPLICATE,
        ).transpose(2, 0, 1)
        for view in (cell[:3], cell[3:])
    ]
    return np.concatenate(views)


def opened(cells: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Kept cells as `prepare` gave them, to 1/128."""
    return cells.astype(np.float32) * np.float32((MOST_INK - LEAST_INK) / 255) + np.float32(
        LEAST_INK
    )


def make_pool(
    real: Mapping[str, Boxes],
    public: Public,
    *,
    count: int,
    seed: int,
    processes: int,
    recipe: Recipe = WIDE,
) -> Pool:
    """Draw `count` examples of the mix of a recipe, rounded up to whole chunks."""
    seeds = np.random.SeedSequence(seed).spawn(-(-count // CHUNK))
    # A forked child would inherit OpenCV's threads in whatever state they are.
    context = mp.get_context("spawn")
    with context.Pool(processes, initializer=_begin, initargs=(real, public, recipe)) as workers:
        parts = []
        for part in workers.imap(_chunk, seeds):
            parts.append(part)
            if len(parts) % 20 == 0:
                print(f"made {len(parts) * CHUNK} of {len(seeds) * CHUNK} examples", flush=True)
    cells, labels, folds = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Pool(cells, labels, folds)


def save_pool(pool: Pool, path: Path) -> None:
    """Keep a pool in a file."""
    keep(path, partial(np.savez, cells=pool.cells, labels=pool.labels, folds=pool.folds))


def load_pool(path: Path) -> Pool:
    """A pool that was kept."""
    with np.load(path) as kept:
        return Pool(kept["cells"], kept["labels"], kept["folds"])


_held: dict[str, tuple[Mapping[str, Boxes], Public, Recipe]] = {}


def _begin(real: Mapping[str, Boxes], public: Public, recipe: Recipe) -> None:
    cv2.setNumThreads(1)
    _held["data"] = real, public, recipe


def _chunk(
    seed: np.random.SeedSequence,
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    real, public, recipe = _held["data"]
    mix = Mix(real, public, np.random.default_rng(seed), recipe=recipe)
    cells = np.empty((CHUNK, CHANNELS, INPUT_SIDE, INPUT_SIDE), np.uint8)
    labels, folds = np.empty(CHUNK, np.int64), np.full(CHUNK, NO_FOLD, np.int64)
    for i in range(CHUNK):
        example = mix.draw()
        share = (prepare(example.cell) - LEAST_INK) / (MOST_INK - LEAST_INK)
        cells[i] = np.round(255 * share)
        labels[i], folds[i] = ALPHABET.index(example.glyph), example.fold
    return cells, labels, folds
