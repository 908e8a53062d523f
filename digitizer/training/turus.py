"""`python -m digitizer.training.turus`: build the turus model. It needs no data but our own code.

python -m digitizer.training.turus --out DIR [--seed 7] [--minutes 8]
"""

import argparse
import hashlib
import json
import multiprocessing as mp
import time
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from digitizer.forms import load_forms
from digitizer.forms.render import render_image
from digitizer.training.augment import Strength
from digitizer.training.calibrate import fit_temperature
from digitizer.training.export import write_onnx
from digitizer.training.turus_cells import Labelled, drawn_cells, photographed_cells
from digitizer.training.turus_network import build_turus_network, example
from digitizer.vision.blank import Atlas
from digitizer.vision.tally_marks import INPUT_SIZE, MARKS, prepare_cells

Examples = tuple[NDArray[np.float32], NDArray[np.int64]]

BATCH: Final = 128
PEAK_RATE: Final = 4e-3
AVERAGE: Final = 0.998
HELD_OUT_PHOTOS: Final = 12
FIRST: Final = 2000
SUREST: Final = 0.993
"""About what a hundred and fifty tallies read without a sure mistake can show."""


def main() -> None:
    """Train, fit the temperature to photos kept aside, and write the ONNX file and its card."""
    args = _arguments()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    seeds = np.random.SeedSequence(args.seed).spawn(2)
    context = mp.get_context("fork")
    queue: Queue[Examples] = context.Queue(maxsize=64)
    maker = context.Process(
        target=_make, args=(np.random.default_rng(seeds[0]), queue), daemon=True
    )
    maker.start()
    network = _train(queue, args.minutes, args.seed)
    maker.terminate()
    maker.join()
    cells, labels = _held_out(np.random.default_rng(seeds[1]))
    with torch.no_grad():
        logits = network(torch.from_numpy(cells)).numpy().astype(np.float64)
    args.out.mkdir(parents=True, exist_ok=True)
    right = int((logits.argmax(axis=1) == labels).sum())
    facts = {
        "temperature": round(fit_temperature(logits, labels), 4),
        "surest": SUREST,
        "seed": args.seed,
        "minutes": args.minutes,
        "held_out_cells": len(labels),
        "held_out_right": right,
    }
    _write(network, args.out, facts)
    print(facts)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m digitizer.training.turus", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="where to write the model")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--minutes", type=float, default=8, help="time to train")
    return parser.parse_args()


def _make(rng: np.random.Generator, queue: "Queue[Examples]") -> None:
    """Drawn blocks and photographed pages in turn, about as much time for each."""
    cv2.setNumThreads(1)
    atlas = Atlas(load_forms(), render_image)
    while True:
        for _ in range(60):
            _put(list(drawn_cells(rng, Strength())), queue)
        _put(list(photographed_cells(atlas, rng)), queue)


def _put(cells: list[Labelled], queue: "Queue[Examples]") -> None:
    if cells:
        queue.put(_prepared(cells))


def _held_out(rng: np.random.Generator) -> Examples:
    """Cells of ordinary photographed pages that the network was not trained on."""
    atlas = Atlas(load_forms(), render_image)
    pages = [list(photographed_cells(atlas, rng, 1.0)) for _ in range(HELD_OUT_PHOTOS)]
    return _prepared([pair for page in pages for pair in page])


def _prepared(cells: list[Labelled]) -> Examples:
    pixels, _ = prepare_cells([cell for cell, _ in cells])
    return pixels, np.array([label for _, label in cells])


def _train(queue: "Queue[Examples]", minutes: float, seed: int) -> nn.Module:
    """AdamW under one cosine cycle; the mean of the weights is the model (Polyak averaging)."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = build_turus_network()
    averaged = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE), use_buffers=True
    )
    optimizer = torch.optim.AdamW(network.parameters(), lr=PEAK_RATE, weight_decay=0.02)
    loss_of = nn.CrossEntropyLoss()
    parts: list[Examples] = []
    began, step = time.monotonic(), 0
    cells, labels = np.empty((0, 1, *INPUT_SIZE[::-1]), np.float16), np.empty(0, np.int64)
    while (share := (time.monotonic() - began) / (60 * minutes)) < 1:
        while len(cells) + sum(len(k) for _, k in parts) < FIRST or not queue.empty():
            parts.append(queue.get())
        if sum(len(k) for _, k in parts) > 0.1 * len(cells):
            cells = np.concatenate([cells, *(c.astype(np.float16) for c, _ in parts)])
            labels = np.concatenate([labels, *(k for _, k in parts)])
            parts = []
        chosen = rng.integers(0, len(cells), BATCH)
        for group in optimizer.param_groups:
            group["lr"] = PEAK_RATE * min(1.0, step / 100 + 0.05, 1.2 * (1 - share) + 0.003)
        network.train()
        loss = loss_of(network(_varied(cells[chosen], rng)), torch.from_numpy(labels[chosen]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        averaged.update_parameters(network)
        step += 1
        if step % 500 == 0:
            print(f"{share:5.0%} step {step} made {len(cells)} loss {loss.item():.3f}", flush=True)
    return averaged.module.eval()


def _varied(cells: NDArray[np.float16], rng: np.random.Generator) -> torch.Tensor:
    """The cells mirrored, moved by up to a pixel and in a little new noise."""
    x = cells.astype(np.float32)
    x = x[:, :, :, :: int(rng.choice([-1, 1]))][:, :, :: int(rng.choice([-1, 1]))]
    x = np.roll(x, tuple(rng.integers(-1, 2, 2)), axis=(2, 3))
    x = x + rng.standard_normal(x.shape, np.float32) * np.float32(rng.uniform(0, 0.06))
    return torch.from_numpy(np.ascontiguousarray(x))


def _write(network: nn.Module, folder: Path, facts: dict[str, object]) -> None:
    """`turus.onnx` and the card that `TurusReader.load` checks."""
    path = folder / "turus.onnx"
    write_onnx(network, path, example())
    card = {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "input_size": list(INPUT_SIZE),
        "marks": MARKS,
        **facts,
    }
    (folder / "turus.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
