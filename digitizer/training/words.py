"""`python -m digitizer.training.words`: build the model of number words from drawn ones.

python -m digitizer.training.words --fonts DIR --out DIR [--seed 7] [--processes 2]

It needs no data but our own code and handwriting fonts, of which two families in five are kept
aside: one to calibrate with, one to measure with.
"""

import argparse
import hashlib
import json
import multiprocessing as mp
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from digitizer.domain.number_words import number_of_words
from digitizer.training.export import write_word_onnx
from digitizer.training.precision import forward
from digitizer.training.train import one_cycle
from digitizer.training.word_areas import Labelled, area_lines
from digitizer.training.word_hands import Part, font_files
from digitizer.training.word_network import build_word_network, example
from digitizer.vision.digits import softmax
from digitizer.vision.word_lines import HEIGHT, STEP
from digitizer.vision.word_odds import SYMBOLS, WordOdds, word_odds
from digitizer.vision.words import WordCalibration

CHUNKS: Final = 500
AREAS: Final = 250
"""Areas of one chunk."""

ASIDE: Final = 16
"""Chunks in fonts kept aside, for the calibration."""

MILD: Final = 0.6
"""How far those are spoiled: ordinary photos."""

BATCH: Final = 48
STEPS: Final = 18_000
PEAK_RATE: Final = 2.5e-3
AVERAGE: Final = 0.998
LEAST_SYMBOLS: Final = 2
SUREST: Final = 0.995

SHARPNESS: Final = (0.15, 0.2, 0.25, 0.3, 0.35, 0.5, 0.65, 0.8, 1.0)
ODD: Final = (-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 6.0)
"""Calibrations that are tried."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Strips side by side in one picture, and the symbols of each."""

    pixels: NDArray[np.uint8]
    starts: NDArray[np.int64]
    symbols: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.symbols)

    def strip(self, index: int) -> NDArray[np.uint8]:
        return self.pixels[:, self.starts[index] : self.starts[index + 1]]


def main() -> None:
    """Draw lines, train, fit the calibration to fonts kept aside, write the ONNX file and card."""
    args = _arguments()
    cv2.setNumThreads(1)
    torch.set_num_threads(args.processes)
    args.out.mkdir(parents=True, exist_ok=True)
    lines, aside = _made(args, "learnt", CHUNKS), _made(args, "calibrating", ASIDE)
    network = _train(lines, args.seed)
    facts = {"seed": args.seed, "lines": len(lines), **_calibrated(network, aside)}
    _write(network, args.out, facts)
    print(facts)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m digitizer.training.words", description=__doc__)
    parser.add_argument("--fonts", type=Path, required=True, help="folder of handwriting fonts")
    parser.add_argument("--out", type=Path, required=True, help="where to write the model")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--processes", type=int, default=2, help="cores to use")
    return parser.parse_args()


def _made(args: argparse.Namespace, part: Part, count: int) -> Lines:
    """Drawn lines, kept in `--out` so that a run that was interrupted goes on behind them."""
    kept = args.out / f"{part}-{args.seed}.npz"
    if kept.is_file():
        with np.load(kept) as file:
            return Lines(file["pixels"], file["starts"], tuple(file["symbols"].tolist()))
    seeds = np.random.SeedSequence((args.seed, count)).spawn(count)
    make = partial(_chunk, font_files(args.fonts, part), 1.0 if part == "learnt" else MILD)
    context = mp.get_context("spawn")
    with context.Pool(args.processes, initializer=cv2.setNumThreads, initargs=(1,)) as workers:
        lines = _joined(workers.imap(make, seeds), count)
    np.savez(kept, pixels=lines.pixels, starts=lines.starts, symbols=np.array(lines.symbols))
    return lines


def _chunk(fonts: Sequence[Path], strength: float, seed: np.random.SeedSequence) -> list[Labelled]:
    rng = np.random.default_rng(seed)
    found = [line for _ in range(AREAS) for line in area_lines(fonts, rng, strength)]
    return [(strip, symbols) for strip, symbols in found if _fits(strip, symbols)]


def _fits(strip: NDArray[np.uint8], symbols: str) -> bool:
    """Whether there are frames enough: one a symbol, and a blank between two alike."""
    needed = len(symbols) + sum(a == b for a, b in pairwise(symbols))
    frames: int = strip.shape[1] // STEP
    return frames >= max(needed, LEAST_SYMBOLS)


def _joined(parts: Iterable[list[Labelled]], count: int) -> Lines:
    found: list[Labelled] = []
    for number, part in enumerate(parts, 1):
        found += part
        if number % 50 == 0:
            print(f"made {number} of {count} chunks", flush=True)
    widths = [strip.shape[1] for strip, _ in found]
    pixels = np.concatenate([strip for strip, _ in found], axis=1)
    return Lines(pixels, np.cumsum([0, *widths]), tuple(symbols for _, symbols in found))


def _train(lines: Lines, seed: int) -> nn.Module:
    """AdamW under one cosine cycle; the mean of the weights is the model (Polyak averaging)."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = build_word_network()
    averaged = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE), use_buffers=True
    )
    optimizer = torch.optim.AdamW(network.parameters(), lr=PEAK_RATE, weight_decay=0.02)
    loss_of = nn.CTCLoss(zero_infinity=True)
    by_width = np.argsort(np.diff(lines.starts), kind="stable")
    network.train()
    mean = 0.0
    for step in range(STEPS):
        first = int(rng.integers(0, max(1, len(lines) - 4 * BATCH)))
        # Lines of about one width, so that little of a batch is paper.
        chosen = rng.choice(by_width[first : first + 4 * BATCH], BATCH, replace=False)
        for group in optimizer.param_groups:
            group["lr"] = PEAK_RATE * one_cycle(step / STEPS)
        x, frames = _batch(lines, chosen, rng)
        with forward():
            said = network(x)
        targets = [[1 + SYMBOLS.index(symbol) for symbol in lines.symbols[i]] for i in chosen]
        loss = loss_of(
            said.float().log_softmax(2).transpose(0, 1),
            torch.tensor([symbol for target in targets for symbol in target], dtype=torch.long),
            torch.tensor(frames),
            torch.tensor([len(target) for target in targets]),
        )
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimizer.step()
        averaged.update_parameters(network)
        mean += (loss.item() - mean) / min(step + 1, 200)
        if (step + 1) % 200 == 0:
            print(f"step {step + 1} of {STEPS}, loss {mean:.4f}", flush=True)
    return averaged.module.eval()


def _batch(
    lines: Lines, chosen: NDArray[np.int64], rng: np.random.Generator
) -> tuple[torch.Tensor, list[int]]:
    """Strips a little bent anew, lighter or darker, in a little new noise."""
    strips = [_bent(lines.strip(int(i)), rng) for i in chosen]
    widest = max(strip.shape[1] for strip in strips)
    batch = np.zeros((len(strips), 1, HEIGHT, widest), np.float32)
    for row, strip in zip(batch, strips, strict=True):
        row[0, :, : strip.shape[1]] = strip * np.float32(rng.uniform(0.75, 1.1) / 255)
        if rng.random() < 0.3:
            at = int(rng.integers(0, strip.shape[1]))
            row[0, :, at : at + int(rng.integers(2, 10))] = 0
    batch += rng.standard_normal(batch.shape, np.float32) * np.float32(rng.uniform(0, 0.05))
    return torch.from_numpy(np.clip(batch, 0, 1)), [strip.shape[1] // STEP for strip in strips]


def _bent(strip: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Slanted, wider or taller, moved up or down."""
    width = strip.shape[1]
    along, tall = rng.uniform(0.95, 1.2), rng.uniform(0.85, 1.12)
    slant = float(np.clip(rng.normal(0, 0.12), -0.3, 0.3))
    middle = HEIGHT / 2
    down = middle - tall * middle + rng.uniform(-2, 2)
    matrix = np.array([[along, slant, -slant * middle], [0, tall, down]])
    size = (-(-round(width * along) // STEP) * STEP, HEIGHT)
    return np.asarray(cv2.warpAffine(strip, matrix, size, flags=cv2.INTER_LINEAR), np.uint8)


def _calibrated(network: nn.Module, aside: Lines) -> dict[str, float | int]:
    """The calibration of least surprise at lines in fonts kept aside, and how well it does."""
    truths = [number_of_words(symbols) for symbols in aside.symbols]
    odds = [_odds_of(network, aside.strip(i)) for i in range(len(aside))]
    best = min(
        (WordCalibration(sharpness, odd, SUREST) for sharpness in SHARPNESS for odd in ODD),
        key=lambda one: _surprise(one, odds, truths),
    )
    said = [best.values(one, 0) for one in odds]
    tops = [max(values.items(), key=lambda item: item[1], default=(None, 0.0)) for values in said]
    answered = [(top, truth) for top, truth in zip(tops, truths, strict=True) if top[1] >= 0.5]
    return {
        "sharpness": best.sharpness,
        "odd": best.odd,
        "surest": best.surest,
        "aside_lines": len(aside),
        "aside_numbers": sum(truth is not None for truth in truths),
        "aside_answered": len(answered),
        "aside_right": sum(top[0] == truth for top, truth in answered),
        "aside_read": sum(map(_reads, odds, aside.symbols)),
    }  # fmt: skip


def _reads(odds: WordOdds, symbols: str) -> bool:
    return odds.read[0] == symbols


def _odds_of(network: nn.Module, strip: NDArray[np.uint8]) -> WordOdds:
    with torch.no_grad():
        said = network(torch.from_numpy(strip[None, None].astype(np.float32) / 255))
    return word_odds(softmax(said.numpy().astype(np.float64)))


def _surprise(
    calibration: WordCalibration, odds: Sequence[WordOdds], truths: Sequence[int | None]
) -> float:
    """Mean surprise at the number of each line, or at its being none."""
    total = 0.0
    for one, truth in zip(odds, truths, strict=True):
        values = calibration.values(one, 0)
        right = values.get(truth, 0.0) if truth is not None else 1 - sum(values.values())
        total -= float(np.log(max(right, 1e-6)))
    return total / len(truths)


def _write(network: nn.Module, folder: Path, facts: dict[str, float | int]) -> None:
    """`words.onnx` and the card that `WordReader.load` checks."""
    path = folder / "words.onnx"
    write_word_onnx(network, path, example())
    card = {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "symbols": SYMBOLS,
        "height": HEIGHT,
        **facts,
    }
    (folder / "words.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
