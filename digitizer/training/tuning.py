"""Networks that go on from the base: one a fold, and the one that is shipped."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import torch

from digitizer.training.folds import NO_FOLD, usable
from digitizer.training.pool import Pool, load_pool
from digitizer.training.stages import keep
from digitizer.training.train import POLISH_RATE, TUNING_RATE, State, train

STEPS: Final = 4000
POLISH_STEPS: Final = 4500
"""Steps on all that may happen to a box, then on what photos and scans are mostly like."""

WIDE_POOL, NEAR_POOL = "pool.npz", "near.npz"
"""Files of the two pools of examples."""


@dataclass(frozen=True, slots=True)
class Job:
    """One network to train from the base: a fold, or the one that is shipped (`NO_FOLD`).

    Attributes:
        pools: the folder of the examples.
        out: the folder of the base and of the weights.
        seed: of the order of the examples and of how each is bent.
        fold: what the network never sees.
    """

    pools: Path
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
        wide = load_pool(job.pools / WIDE_POOL)
        base = kept(job.out / "base.pt")
        state = train(
            wide,
            usable(wide.folds, job.fold),
            steps=STEPS,
            seed=job.seed,
            name=job.name,
            start=base,
            rate=TUNING_RATE,
        )
        del wide
        near = load_pool(job.pools / NEAR_POOL)
        keep(job.path, partial(torch.save, polished(state, near, job.seed, job.fold)))
    return kept(job.path)


def polished(state: State, near: Pool, seed: int, fold: int = NO_FOLD) -> State:
    """The weights after they have learnt from what photos and scans are mostly like."""
    return train(
        near,
        usable(near.folds, fold),
        steps=POLISH_STEPS,
        seed=seed,
        name="polish" if fold == NO_FOLD else f"polish {fold}",
        start=state,
        rate=POLISH_RATE,
    )


def kept(path: Path) -> State:
    """The weights kept in a file."""
    state: State = torch.load(path)
    return state
