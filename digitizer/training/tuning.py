"""Networks that go on from the base: one a fold, and the one that is shipped."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch

from digitizer.training.folds import NO_FOLD
from digitizer.training.pool import load_pool
from digitizer.training.train import State, train

FOLD_STEPS: Final = 7000
FINAL_STEPS: Final = 8000


@dataclass(frozen=True, slots=True)
class Job:
    """One network to train from the base: a fold, or the one that is shipped (`NO_FOLD`)."""

    out: Path
    seed: int
    fold: int

    @property
    def name(self) -> str:
        return "final" if self.fold == NO_FOLD else f"fold {self.fold}"

    @property
    def path(self) -> Path:
        return self.out / f"{self.name.replace(' ', '-')}.pt"


def tuned(job: Job) -> State:
    """The weights of one network; on one thread, since several are trained side by side."""
    if not job.path.is_file():
        cv2.setNumThreads(1)
        torch.set_num_threads(1)
        pool = load_pool(job.out / "pool.npz")
        final = job.fold == NO_FOLD
        usable = np.full(len(pool.labels), True) if final else pool.folds != job.fold
        steps = FINAL_STEPS if final else FOLD_STEPS
        start = kept(job.out / "base.pt")
        state = train(pool, usable, steps=steps, seed=job.seed, name=job.name, start=start)
        torch.save(state, job.path)
    return kept(job.path)


def kept(path: Path) -> State:
    """The weights kept in a file."""
    state: State = torch.load(path)
    return state
