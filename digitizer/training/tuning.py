"""One network at a time: the base, and what goes on from it, one a fold and one to ship.

Each is trained on one thread, since several are trained side by side: sums come out otherwise on
another number of threads, and so do the weights.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import torch

from digitizer.training.folds import NO_FOLD, usable
from digitizer.training.pool import load_pool
from digitizer.training.stages import keep
from digitizer.training.train import POLISH_RATE, TUNING_RATE, State, train

BASE_STEPS: Final = 4000
"""Steps on the examples without a real box."""

STEPS: Final = 2000
POLISH_STEPS: Final = 2600
"""Steps on all that may happen to a box, then on what photos and scans are mostly like."""

WIDE_POOL, NEAR_POOL = "pool.npz", "near.npz"
"""Files of the two pools of examples."""


@dataclass(frozen=True, slots=True)
class Job:
    """One network to train.

    Attributes:
        pools: the folder of the examples.
        out: the folder of the base and of the weights.
        seed: of the first weights, of the order of the examples and of how each is bent.
        fold: what the network never sees; `NO_FOLD` of the base and of the one that is shipped.
    """

    pools: Path
    out: Path
    seed: int
    fold: int = NO_FOLD

    @property
    def name(self) -> str:
        """Of a network that goes on from the base."""
        return "final" if self.fold == NO_FOLD else f"fold {self.fold}"

    @property
    def path(self) -> Path:
        """Where its weights are kept."""
        return self.out / f"{self.name.replace(' ', '-')}.pt"

    @property
    def base(self) -> Path:
        """Where the weights of its base are kept."""
        return self.out / "base.pt"


def based(job: Job) -> State:
    """The weights learnt from the examples without a real box."""
    if not job.base.is_file():
        _alone()
        pool = load_pool(job.pools / WIDE_POOL)
        plain = pool.folds == NO_FOLD
        name = f"{job.out.name} base"
        keep(
            job.base,
            partial(torch.save, train(pool, plain, steps=BASE_STEPS, seed=job.seed, name=name)),
        )
    return kept(job.base)


def tuned(job: Job) -> State:
    """The weights of one network that goes on from its base with both pools."""
    if not job.path.is_file():
        _alone()
        wide = load_pool(job.pools / WIDE_POOL)
        state = train(
            wide,
            usable(wide.folds, job.fold),
            steps=STEPS,
            seed=job.seed,
            name=f"{job.out.name} {job.name}",
            start=kept(job.base),
            rate=TUNING_RATE,
        )
        del wide
        keep(job.path, partial(torch.save, _polished(state, job)))
    return kept(job.path)


def polished(job: Job) -> State:
    """The weights of the network that goes on from its base with the near pool alone.

    So the open model ends: its base has seen all of the wide pool.
    """
    if not job.path.is_file():
        _alone()
        keep(job.path, partial(torch.save, _polished(kept(job.base), job)))
    return kept(job.path)


def _polished(state: State, job: Job) -> State:
    """The weights after they have learnt from what photos and scans are mostly like."""
    near = load_pool(job.pools / NEAR_POOL)
    return train(
        near,
        usable(near.folds, job.fold),
        steps=POLISH_STEPS,
        seed=job.seed,
        name=f"{job.out.name} {job.name}, polish",
        start=state,
        rate=POLISH_RATE,
    )


def _alone() -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def kept(path: Path) -> State:
    """The weights kept in a file."""
    state: State = torch.load(path)
    return state
