"""`python -m digitizer.training`: build the digit model from the development data.

python -m digitizer.training --data DIR --out DIR [--seed 7] [--open-data-only]

Examples are made once, in two pools: all that may happen to a box, and what photos and scans are
mostly like. A network learns from those without a real box, and from its weights six networks go
on, first with the one pool and then with the other: one a fold, which never sees the boxes of its
fold, and the one that is shipped, which sees all. What the five say of their own folds is how well
boxes are read that were never seen; it fits the calibration, and is written with its probabilities
as `out_of_fold.npz`. Each stage is kept in the folder, and a run that was interrupted goes on
behind the last one.
"""

import argparse
import multiprocessing as mp
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


def main() -> None:
    """Make the examples, train, judge out of fold, and write the ONNX file and its card."""
    args = _arguments()
    cv2.setNumThreads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    folder = args.data / "digits"
    real = {} if args.open_data_only else {name: load_real(folder, name) for name in REAL}
    # Another recipe draws other examples, not the same ones spoiled otherwise.
    wide = _pool(args, real, WIDE_POOL, EXAMPLES, WIDE, args.seed)
    near = _pool(args, real, NEAR_POOL, NEAR_EXAMPLES, NEAR, args.seed + 1)
    base = _base(args, wide)
    if args.open_data_only:
        state = polished(base, near, args.seed)
        unseen = _pool(args, real, UNSEEN_POOL, UNSEEN_EXAMPLES, NEAR, args.seed + 2)
        calibrations = calibrate_on_pool(state, unseen)
    else:
        jobs = [Job(args.out, args.seed, fold) for fold in (*range(FOLDS), NO_FOLD)]
        with mp.get_context("spawn").Pool(args.processes) as workers:
            *folds, state = workers.map(tuned, jobs, chunksize=1)
        judged = [judge(s, real, fold) for fold, s in enumerate(folds)]
        calibrations = calibrate(judged)
        write_scores(args.out / "out_of_fold.npz", judged)
    network = build_network()
    network.load_state_dict(state)
    onnx = args.out / "digits.onnx"
    write_onnx(network, onnx, torch.zeros(2, CHANNELS, INPUT_SIDE, INPUT_SIDE))
    facts = {
        **{
            kind: {"slope": round(item.slope, 4), "offset": round(item.offset, 4)}
            for kind, item in zip(("colour", "grey"), calibrations, strict=True)
        },
        "seed": args.seed,
        "open_data_only": args.open_data_only,
    }
    write_card(args.out, onnx, facts)


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
    file: str,
    count: int,
    recipe: Recipe,
    seed: int,
) -> Pool:
    path = args.out / file
    if not path.is_file():
        public = load_digits(args.data / "digits", open_data_only=args.open_data_only)
        made = make_pool(
            real, public, count=count, seed=seed, processes=args.processes, recipe=recipe
        )
        save_pool(made, path)
    return load_pool(path)


def _base(args: argparse.Namespace, pool: Pool) -> State:
    """The weights learnt from examples without a real box."""
    path = args.out / "base.pt"
    if not path.is_file():
        torch.set_num_threads(args.processes)
        usable = pool.folds == NO_FOLD
        state = train(pool, usable, steps=BASE_STEPS, seed=args.seed, name="base")
        torch.save(state, path)
    return kept(path)


if __name__ == "__main__":
    main()
