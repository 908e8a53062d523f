"""`python -m digitizer.training`: build the digit model from the development data.

python -m digitizer.training --data DIR --out DIR [--seed 7] [--minutes N] [--open-data-only]
"""

import argparse
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from digitizer.training.augment import ORDINARY
from digitizer.training.calibrate import fit_temperature
from digitizer.training.data import BLOCKS, Boxes, load_boxes, load_digits
from digitizer.training.export import write_card, write_onnx
from digitizer.training.mix import Mix
from digitizer.training.supply import Supply, make_chunk
from digitizer.training.train import train
from digitizer.vision.digits import prepare

SPOILED: Final = 1500
"""Spoiled examples among those the temperature is fitted to."""


def main() -> None:
    """Train, calibrate on the block kept aside, and write the ONNX file and its card."""
    args = _arguments()
    cv2.setNumThreads(1)
    torch.set_num_threads(args.threads)
    folder = args.data / "digits"
    real = {} if args.open_data_only else _real_boxes(folder)
    public = load_digits(folder, open_data_only=args.open_data_only)
    fit = {name: boxes.where(boxes.blocks < BLOCKS - 1) for name, boxes in real.items()}
    aside = {name: boxes.where(boxes.blocks == BLOCKS - 1) for name, boxes in real.items()}
    seeds = np.random.SeedSequence(args.seed).spawn(args.makers + 1)
    makers = [partial(Mix, fit, public, np.random.default_rng(seed)) for seed in seeds[1:]]
    start = torch.load(args.start) if args.start else None
    with Supply(makers) as supply:
        network = train(supply, minutes=args.minutes, seed=args.seed, start=start)
    mix = Mix(aside or fit, public, np.random.default_rng(seeds[0]), ORDINARY)
    temperature = fit_temperature(*_held_out(network, aside, mix))
    args.out.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), args.out / "digits.pt")
    onnx = args.out / "digits.onnx"
    write_onnx(network, onnx)
    facts = {
        "temperature": round(temperature, 4),
        "seed": args.seed,
        "minutes": args.minutes,
        "open_data_only": args.open_data_only,
    }
    write_card(args.out, onnx, facts)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m digitizer.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the development data folder")
    parser.add_argument("--out", type=Path, required=True, help="where to write the model")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--minutes", type=float, default=25, help="time to train")
    parser.add_argument(
        "--start", type=Path, help="weights of an earlier run (digits.pt) to go on from"
    )
    parser.add_argument("--threads", type=int, default=1, help="threads of the training")
    parser.add_argument("--makers", type=int, default=1, help="processes that make examples")
    parser.add_argument(
        "--open-data-only", action="store_true", help="leave out pictures without a stated licence"
    )
    return parser.parse_args()


def _real_boxes(folder: Path) -> dict[str, Boxes]:
    return {
        "real_2024": load_boxes(folder / "chasil2024_train.npz"),
        "real_2019": load_boxes(folder / "c1_2019_train.npz"),
    }


def _held_out(
    network: nn.Module, aside: dict[str, Boxes], mix: Mix
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Logits and labels of boxes kept aside, as they are and spoiled like an ordinary photo."""
    spoiled, labels = make_chunk(mix, SPOILED)
    cells, truth = [spoiled.astype(np.float32)], [labels]
    for boxes in aside.values():
        cells.append(np.stack([prepare(image) for image in boxes.images]))
        truth.append(boxes.labels)
    with torch.no_grad():
        logits = network(torch.from_numpy(np.concatenate(cells))).numpy()
    return logits.astype(np.float64), np.concatenate(truth)


if __name__ == "__main__":
    main()
