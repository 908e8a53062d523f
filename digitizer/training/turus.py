"""`python -m digitizer.training.turus`: build the turus model. It needs no data but our own code.

python -m digitizer.training.turus --out DIR [--seed 7] [--processes 2]
"""

import argparse
import hashlib
import json
import multiprocessing as mp
from collections.abc import Iterable
from functools import cache
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
from digitizer.training.train import one_cycle
from digitizer.training.turus_cells import Labelled, drawn_cells, photographed_cells
from digitizer.training.turus_network import build_turus_network, example
from digitizer.vision.blank import Atlas
from digitizer.vision.tally_marks import INPUT_SIZE, MARKS, prepare_cells

Examples = tuple[NDArray[np.float16], NDArray[np.int64]]
"""Prepared cells (n, 1, height, width) and their classes."""

CHUNKS: Final = 320
BLOCKS: Final = 12
"""A chunk of examples holds so many drawn blocks of cells, and one photographed page."""

HELD_OUT: Final = 40
"""Photographed pages kept aside for the temperature."""

BATCH: Final = 128
STEPS: Final = 12_000
PEAK_RATE: Final = 4e-3
AVERAGE: Final = 0.998
SUREST: Final = 0.993
"""So sure of a whole tally at most. A judgement, not a proof: what was measured of sure tallies
(`make accuracy`, turus) is a few hundred without a mistake, and shows one in a hundred."""


def main() -> None:
    """Make cells, train, fit the temperature to photos kept aside, write the ONNX file and card."""
    args = _arguments()
    cv2.setNumThreads(1)
    torch.set_num_threads(args.processes)
    seeds = np.random.SeedSequence(args.seed).spawn(CHUNKS + HELD_OUT)
    context = mp.get_context("spawn")
    with context.Pool(args.processes, initializer=cv2.setNumThreads, initargs=(1,)) as workers:
        cells, labels = _joined(workers.imap(_chunk, seeds[:CHUNKS]), CHUNKS)
        unseen, truth = _joined(workers.imap(_ordinary_page, seeds[CHUNKS:]), HELD_OUT)
    network = _train(cells, labels, args.seed)
    logits = _logits(network, unseen)
    args.out.mkdir(parents=True, exist_ok=True)
    facts = {
        "temperature": round(fit_temperature(logits, truth), 4),
        "surest": SUREST,
        "seed": args.seed,
        "cells": len(labels),
        "held_out_cells": len(truth),
        "held_out_right": int((logits.argmax(axis=1) == truth).sum()),
    }
    _write(network, args.out, facts)
    print(facts)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m digitizer.training.turus", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="where to write the model")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--processes", type=int, default=2, help="cores to use")
    return parser.parse_args()


@cache
def _atlas() -> Atlas:
    """Every shipped form, once a process."""
    return Atlas(load_forms(), render_image)


def _chunk(seed: np.random.SeedSequence) -> Examples:
    """Drawn blocks and a photographed page, which gives about twice as many cells."""
    rng = np.random.default_rng(seed)
    drawn = [pair for _ in range(BLOCKS) for pair in drawn_cells(rng, Strength())]
    return _prepared([*drawn, *photographed_cells(_atlas(), rng)])


def _ordinary_page(seed: np.random.SeedSequence) -> Examples:
    """Cells of a photographed page that the network is not trained on."""
    return _prepared(list(photographed_cells(_atlas(), np.random.default_rng(seed), 1.0)))


def _prepared(cells: list[Labelled]) -> Examples:
    if not cells:  # the page was not found
        return np.empty((0, 1, *INPUT_SIZE[::-1]), np.float16), np.empty(0, np.int64)
    pixels, _ = prepare_cells([cell for cell, _ in cells])
    return pixels.astype(np.float16), np.array([label for _, label in cells])


def _joined(parts: Iterable[Examples], count: int) -> Examples:
    """All examples of so many parts."""
    made = []
    for part in parts:
        made.append(part)
        if len(made) % 50 == 0:
            print(f"made {len(made)} of {count} chunks", flush=True)
    cells, labels = zip(*made, strict=True)
    return np.concatenate(cells), np.concatenate(labels)


def _train(cells: NDArray[np.float16], labels: NDArray[np.int64], seed: int) -> nn.Module:
    """AdamW under one cosine cycle; the mean of the weights is the model (Polyak averaging)."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = build_turus_network()
    averaged = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE), use_buffers=True
    )
    optimizer = torch.optim.AdamW(network.parameters(), lr=PEAK_RATE, weight_decay=0.02)
    loss_of = nn.CrossEntropyLoss()
    network.train()
    for step in range(STEPS):
        chosen = rng.integers(0, len(cells), BATCH)
        for group in optimizer.param_groups:
            group["lr"] = PEAK_RATE * one_cycle(step / STEPS)
        loss = loss_of(network(_varied(cells[chosen], rng)), torch.from_numpy(labels[chosen]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        averaged.update_parameters(network)
        if (step + 1) % 500 == 0:
            print(f"step {step + 1} of {STEPS}, loss {loss.item():.3f}", flush=True)
    return averaged.module.eval()


def _logits(network: nn.Module, cells: NDArray[np.float16]) -> NDArray[np.float64]:
    with torch.no_grad():
        said = network(torch.from_numpy(cells.astype(np.float32)))
    return np.asarray(said.numpy(), np.float64)


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
