"""Work on many things in fresh processes, one thread each."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

import cv2

PROCESSES: Final = 2
T = TypeVar("T")
R = TypeVar("R")


def over(work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """`work` on every item in `PROCESSES` fresh processes, results in order."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(PROCESSES, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        yield from pool.imap(work, items)
