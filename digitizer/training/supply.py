"""Keep a pool of prepared examples fresh from processes beside the training."""

import multiprocessing as mp
from collections.abc import Callable, Sequence
from multiprocessing.queues import Queue
from types import TracebackType
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.glyph import ALPHABET
from digitizer.training.mix import Mix
from digitizer.vision.digits import INPUT_SIDE, prepare

Chunk = tuple[NDArray[np.float16], NDArray[np.int64]]

CHUNK: Final = 256
POOL: Final = 40_000


def make_chunk(mix: Mix, count: int) -> Chunk:
    """Prepared cells, (count, 3, INPUT_SIDE, INPUT_SIDE), and their class indices."""
    cells = np.empty((count, 3, INPUT_SIDE, INPUT_SIDE), np.float16)
    labels = np.empty(count, np.int64)
    for i in range(count):
        cell, glyph = mix.draw()
        cells[i], labels[i] = prepare(cell), ALPHABET.index(glyph)
    return cells, labels


class Supply:
    """A ring of the newest `POOL` examples, filled by child processes; use it as a context."""

    def __init__(self, mixes: Sequence[Callable[[], Mix]]) -> None:
        context = mp.get_context("fork")  # the children share the loaded pictures
        self.queue: Queue[Chunk] = context.Queue(maxsize=16)
        self.children = [
            context.Process(target=_produce, args=(mix, self.queue), daemon=True) for mix in mixes
        ]
        self.cells = np.empty((POOL, 3, INPUT_SIDE, INPUT_SIDE), np.float16)
        self.labels = np.empty(POOL, np.int64)
        self.made = 0

    def __enter__(self) -> "Supply":
        for child in self.children:
            child.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for child in self.children:
            child.terminate()
            child.join()

    def refresh(self, *, at_least: int = 0) -> None:
        """Take in what the children have made; wait until `at_least` examples were made."""
        while self.made < at_least or not self.queue.empty():
            cells, labels = self.queue.get()
            slots = (self.made + np.arange(len(labels))) % POOL
            self.cells[slots], self.labels[slots] = cells, labels
            self.made += len(labels)

    def batch(
        self, size: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Random examples of the pool, each moved by up to a pixel and in a little new noise."""
        chosen = rng.integers(0, min(self.made, POOL), size)
        cells = self.cells[chosen].astype(np.float32)
        cells = np.roll(cells, tuple(rng.integers(-1, 2, 2)), axis=(2, 3))
        cells += rng.standard_normal(cells.shape, np.float32) * np.float32(rng.uniform(0, 0.05))
        return cells, self.labels[chosen]


def _produce(make: Callable[[], Mix], queue: "Queue[Chunk]") -> None:
    cv2.setNumThreads(1)
    mix = make()
    while True:
        queue.put(make_chunk(mix, CHUNK))
