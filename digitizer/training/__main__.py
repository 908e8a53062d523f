"""`python -m digitizer.training`: build the digit model from the development data.

python -m digitizer.training --data DIR --out DIR [--seed 7] [--open-data-only]

Examples are made once, in two pools: all that may happen to a box, and what photos and scans are
mostly like. Two networks are trained alike, from other first weights and in another order
(Lakshminarayanan et al. 2017, "Deep ensembles"); the second is asked where the first is not sure.
Each learns from the examples without a real box, and from its weights six go on, first with the one
pool and then with the other: one a fold, which never sees the boxes of its fold, and the one that
is shipped, which sees all. What the five pairs say of their own folds is how well boxes are read
that were never seen; it fits the calibration, and is written with its probabilities as
`out_of_fold.npz`. Each stage is kept in the folder with what it was made of, and a run that was
interrupted goes on behind the last one.
"""

import argparse
import multiprocessing as mp
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import cv2

try:
    import torch
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise SystemExit(
        "training needs torch, which the product itself does not: see Retrain in "
        "digitizer/vision/weights/README.md"
    ) from None

from digitizer.training.data import (
    REAL,
    Boxes,
    files_of,
    load_digits,
    load_real,
    load_unseen_digits,
)
from digitizer.training.export import write_card, write_onnx
from digitizer.training.folds import FOLDS, NO_FOLD
from digitizer.training.judging import judge, judge_unseen
from digitizer.training.network import FIRST, SECOND, THIRD, build_network
from digitizer.training.out_of_fold import calibrate, write_scores
from digitizer.training.pool import make_pool, save_pool
from digitizer.training.precision import precision
from digitizer.training.recipe import NEAR, WIDE, Recipe
from digitizer.training.stages import OtherTrainingError, begin, fingerprint
from digitizer.training.train import State
from digitizer.training.tuning import (
    BASE_STEPS,
    NEAR_POOL,
    POLISH_STEPS,
    STEPS,
    WIDE_POOL,
    Job,
    based,
    polished,
    tuned,
)
from digitizer.vision.digits import CHANNELS, INPUT_SIDE

EXAMPLES: Final = 400_000
NEAR_EXAMPLES: Final = 240_000

NETWORKS: Final = 2
APART: Final = 10
"""So far apart are the seeds of the networks."""


def main() -> None:
    """Make the examples, train, judge out of fold, and write the ONNX files and their card."""
    parser = _parser()
    args = parser.parse_args()
    cv2.setNumThreads(1)
    facts = _facts(args)
    if not facts["data"]:
        parser.error(f"found no data at {args.data / 'digits'}, needed its .npz files")
    try:
        begin(args.out, facts)
    except OtherTrainingError as error:
        parser.error(str(error))
    real: dict[str, Boxes] = (
        {}
        if args.open_data_only
        else {name: load_real(args.data / "digits", name) for name in REAL}
    )
    # Another recipe draws other examples, not the same ones spoiled otherwise.
    _fill(args, real, args.out / WIDE_POOL, EXAMPLES, WIDE, args.seed)
    _fill(args, real, args.out / NEAR_POOL, NEAR_EXAMPLES, NEAR, args.seed + 1)
    first, second = _trained(args)
    if args.open_data_only:
        unseen = load_unseen_digits(args.data / "digits")
        seed = args.seed + NETWORKS * APART
        judged = [judge_unseen(first.shipped, second.shipped, unseen, seed)]
    else:
        judged = [
            judge(*pair, real, fold)
            for fold, pair in enumerate(zip(first.folds, second.folds, strict=True))
        ]
        scores = args.out / "out_of_fold.npz"
        write_scores(scores, judged)
        facts["out_of_fold_sha256"] = fingerprint(scores)
    files = (args.out / "digits.onnx", args.out / "digits-second.onnx")
    for file, trained in zip(files, (first, second), strict=True):
        network = build_network()
        network.load_state_dict(trained.shipped)
        write_onnx(network, file, torch.zeros(2, CHANNELS, INPUT_SIDE, INPUT_SIDE))
    calibrations = {
        kind: {name: round(value, 4) for name, value in asdict(found).items()}
        for kind, found in zip(("colour", "grey"), calibrate(judged), strict=True)
    }
    write_card(args.out, *files, {**calibrations, **facts})


def _facts(args: argparse.Namespace) -> dict[str, Any]:
    """All that the weights follow from."""
    data = files_of(args.data / "digits", open_data_only=args.open_data_only)
    return {
        "seed": args.seed,
        "open_data_only": args.open_data_only,
        "channels": [FIRST, SECOND, THIRD],
        "examples": {
            WIDE_POOL: {"count": EXAMPLES, **asdict(WIDE)},
            NEAR_POOL: {"count": NEAR_EXAMPLES, **asdict(NEAR)},
        },
        "steps": [BASE_STEPS, STEPS, POLISH_STEPS],
        "torch": torch.__version__,
        "precision": precision(),
        "data": {path.name: fingerprint(path) for path in data},
    }


@dataclass(frozen=True, slots=True)
class Trained:
    """One network: what each fold left out, and what is shipped."""

    folds: tuple[State, ...]
    shipped: State


def _trained(args: argparse.Namespace) -> list[Trained]:
    """Train the networks, with their folds where there are real boxes."""
    bases = [
        Job(args.out, args.out / f"network-{number + 1}", args.seed + number * APART)
        for number in range(NETWORKS)
    ]
    for base in bases:
        base.out.mkdir(parents=True, exist_ok=True)
    with mp.get_context("spawn").Pool(args.processes) as workers:
        workers.map(based, bases, chunksize=1)
        if args.open_data_only:
            return [Trained((), state) for state in workers.map(polished, bases, chunksize=1)]
        folds = (*range(FOLDS), NO_FOLD)
        jobs = [replace(base, fold=fold) for base in bases for fold in folds]
        states = workers.map(tuned, jobs, chunksize=1)
    each = len(folds)
    return [
        Trained(tuple(states[first : first + FOLDS]), states[first + FOLDS])
        for first in range(0, len(states), each)
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m digitizer.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the development data folder")
    parser.add_argument("--out", type=Path, required=True, help="where stages and model go")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--processes", type=int, default=2, help="cores to use")
    parser.add_argument(
        "--open-data-only", action="store_true", help="leave out pictures without a stated licence"
    )
    return parser


def _fill(
    args: argparse.Namespace,
    real: dict[str, Boxes],
    path: Path,
    count: int,
    recipe: Recipe,
    seed: int,
) -> None:
    """Make the examples of a pool, if they are not there."""
    if path.is_file():
        return
    public = load_digits(args.data / "digits", open_data_only=args.open_data_only)
    made = make_pool(real, public, count=count, seed=seed, processes=args.processes, recipe=recipe)
    save_pool(made, path)


if __name__ == "__main__":
    main()
