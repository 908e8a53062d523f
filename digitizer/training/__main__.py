"""`python -m digitizer.training`: build the digit model from the development data.

python -m digitizer.training --data DIR --out DIR [--seed 7] [--open-data-only]

Two networks are trained alike, each from examples of its own; the second is asked where the first
is not sure. For each, examples are made once, in two pools: all that may happen to a box, and what
photos and scans are mostly like. A network learns from those without a real box, and from its
weights six go on, first with the one pool and then with the other: one a fold, which never sees the
boxes of its fold, and the one that is shipped, which sees all. What the five pairs say of their own
folds is how well boxes are read that were never seen; it fits the calibration, and is written with
its probabilities as `out_of_fold.npz`. Each stage is kept in the folder, and a run that was
interrupted goes on behind the last one.
"""

import argparse
import multiprocessing as mp
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import torch

from digitizer.training.data import REAL, Boxes, load_digits, load_real
from digitizer.training.export import write_card, write_onnx
from digitizer.training.folds import FOLDS, NO_FOLD
from digitizer.training.mix import NEAR, WIDE, Recipe
from digitizer.training.network import build_network
from digitizer.training.out_of_fold import calibrate, calibrate_on_pool, judge, write_scores
from digitizer.training.pool import Pool, load_pool, make_pool, save_pool
from digitizer.training.train import State, train
from digitizer.training.tuning import NEAR_POOL, WIDE_POOL, Job, kept, polished, tuned
from digitizer.vision.digits import CHANNELS, INPUT_SIDE

EXAMPLES: Final = 400_000
NEAR_EXAMPLES: Final = 240_000
UNSEEN_EXAMPLES: Final = 10_000
UNSEEN_POOL: Final = "unseen.npz"
"""Examples of no training: without real boxes the calibration is fitted to them."""

BASE_STEPS: Final = 6000

NETWORKS: Final = 2
APART: Final = 10
"""So far apart are the seeds of the networks."""


def main() -> None:
    """Make the examples, train, judge out of fold, and write the ONNX files and their card."""
    args = _arguments()
    cv2.setNumThreads(1)
    real: dict[str, Boxes] = (
        {}
        if args.open_data_only
        else {name: load_real(args.data / "digits", name) for name in REAL}
    )
    first, second = (_trained(args, real, number) for number in range(NETWORKS))
    if args.open_data_only:
        seed = args.seed + NETWORKS * APART
        unseen = _pool(args, real, args.out / UNSEEN_POOL, UNSEEN_EXAMPLES, NEAR, seed)
        calibrations = calibrate_on_pool(first.shipped, second.shipped, unseen)
    else:
        judged = [
            judge(*pair, real, fold)
            for fold, pair in enumerate(zip(first.folds, second.folds, strict=True))
        ]
        calibrations = calibrate(judged)
        write_scores(args.out / "out_of_fold.npz", judged)
    files = (args.out / "digits.onnx", args.out / "digits-second.onnx")
    for file, trained in zip(files, (first, second), strict=True):
        network = build_network()
        network.load_state_dict(trained.shipped)
        write_onnx(network, file, torch.zeros(2, CHANNELS, INPUT_SIDE, INPUT_SIDE))
    facts = {
        **{
            kind: {"slope": round(item.slope, 4), "offset": round(item.offset, 4)}
            for kind, item in zip(("colour", "grey"), calibrations, strict=True)
        },
        "seed": args.seed,
        "open_data_only": args.open_data_only,
    }
    write_card(args.out, *files, facts)


@dataclass(frozen=True, slots=True)
class Trained:
    """One network: what each fold left out, and what is shipped."""

    folds: tuple[State, ...]
    shipped: State


def _trained(args: argparse.Namespace, real: dict[str, Boxes], number: int) -> Trained:
    """Train one network, with its folds where there are real boxes."""
    out: Path = args.out / f"network-{number + 1}"
    out.mkdir(parents=True, exist_ok=True)
    seed = args.seed + number * APART
    # Another recipe draws other examples, not the same ones spoiled otherwise.
    wide = _pool(args, real, out / WIDE_POOL, EXAMPLES, WIDE, seed)
    near = _pool(args, real, out / NEAR_POOL, NEAR_EXAMPLES, NEAR, seed + 1)
    base = _base(args, out, wide, seed)
    if args.open_data_only:
        return Trained((), polished(base, near, seed))
    jobs = [Job(out, seed, fold) for fold in (*range(FOLDS), NO_FOLD)]
    with mp.get_context("spawn").Pool(args.processes) as workers:
        *folds, state = workers.map(tuned, jobs, chunksize=1)
    return Trained(tuple(folds), state)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m digitizer.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the development data folder")
    parser.add_argument("--out", type=Path, required=True, help="where stages and model go")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--processes", type=int, default=2, help="cores to use")
    parser.add_argument(
        "--open-data-only", action="store_true", help="leave out pictures without a stated licence"
    )
    return parser.parse_args()


def _pool(
    args: argparse.Namespace,
    real: dict[str, Boxes],
    path: Path,
    count: int,
    recipe: Recipe,
    seed: int,
) -> Pool:
    if not path.is_file():
        public = load_digits(args.data / "digits", open_data_only=args.open_data_only)
        made = make_pool(
            real, public, count=count, seed=seed, processes=args.processes, recipe=recipe
        )
        save_pool(made, path)
    return load_pool(path)


def _base(args: argparse.Namespace, out: Path, pool: Pool, seed: int) -> State:
    """The weights learnt from examples without a real box."""
    path = out / "base.pt"
    if not path.is_file():
        torch.set_num_threads(args.processes)
        usable = pool.folds == NO_FOLD
        state = train(pool, usable, steps=BASE_STEPS, seed=seed, name="base")
        torch.save(state, path)
    return kept(path)


if __name__ == "__main__":
    main()
