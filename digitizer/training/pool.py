"""Make the examples once, keep them in a file, and draw batches of them.

Spoiling a cell costs more than one step of the training with it, and every fold needs the same
examples. Chunk k is made with the k-th child of the seed, whichever process makes it.
"""

import multiprocessing as mp
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.glyph import ALPHABET
from digitizer.training.data import Boxes, Image
from digitizer.training.folds import NO_FOLD
from digitizer.training.mix import WIDE, Mix, Recipe
from digitizer.vision.digits import INPUT_SIDE, prepare

CHUNK: Final = 500
LOWEST, HIGHEST = -0.5, 1.5
"""What `prepare` gives lies between these; an example is kept in 256 steps."""

Public = Mapping[str, tuple[Image, NDArray[np.int64]]]


@dataclass(frozen=True, slots=True)
class Pool:
    """Prepared examples.

    Attributes:
        cells: (n, 3, INPUT_SIDE, INPUT_SIDE) uint8, `LOWEST` to `HIGHEST`.
        labels: class indices in `ALPHABET`.
        folds: the fold of the real boxes in each example, `NO_FOLD` where there are none.
    """

    cells: NDArray[np.uint8]
    labels: NDArray[np.int64]
    folds: NDArray[np.int64]

    def batch(
        self, chosen: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """These examples as the network sees them, all moved by up to a pixel, in new noise."""
        cells = opened(self.cells[chosen])
        cells = np.roll(cells, tuple(rng.integers(-1, 2, 2)), axis=(2, 3))
        cells *= rng.uniform(0.85, 1.1, (len(chosen), 1, 1, 1)).astype(np.float32)
        cells += rng.standard_normal(cells.shape, np.float32) * np.float32(rng.uniform(0, 0.05))
        return cells, self.labels[chosen]


def opened(cells: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Kept cells as `prepare` gave them, to 1/128."""
    return cells.astype(np.float32) * np.float32((HIGHEST - LOWEST) / 255) + np.float32(LOWEST)


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
    np.savez(path, cells=pool.cells, labels=pool.labels, folds=pool.folds)


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
    cells = np.empty((CHUNK, 3, INPUT_SIDE, INPUT_SIDE), np.uint8)
    labels, folds = np.empty(CHUNK, np.int64), np.full(CHUNK, NO_FOLD, np.int64)
    for i in range(CHUNK):
        example = mix.draw()
        share = (prepare(example.cell) - LOWEST) / (HIGHEST - LOWEST)
        cells[i] = np.round(255 * share)
        labels[i], folds[i] = ALPHABET.index(example.glyph), example.fold
    return cells, labels, folds
