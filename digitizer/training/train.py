"""Fit the network to examples of a pool for a given number of steps."""

import copy
import math
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from digitizer.training.network import build_network
from digitizer.training.pool import Pool
from digitizer.training.precision import forward

BATCH: Final = 128
FRESH_RATE: Final = 3e-3
"""Peak learning rate of a network that starts from nothing."""

TUNING_RATE: Final = 2e-3
POLISH_RATE: Final = 1e-3
"""Of one that goes on from weights trained before, and of one that is nearly done."""

WEIGHT_DECAY: Final = 0.02
WARM_UP: Final = 0.05
AVERAGE: Final = 0.998
"""Decay of the running mean of the weights; that mean is the model (Polyak averaging)."""

State = dict[str, torch.Tensor]


def train(
    pool: Pool,
    usable: NDArray[np.bool_],
    *,
    steps: int,
    seed: int,
    name: str,
    start: State | None = None,
    rate: float = FRESH_RATE,
) -> State:
    """Train by AdamW under one cosine cycle; gives the averaged weights.

    Args:
        pool: the examples.
        usable: which of them may be learnt from.
        steps: batches of `BATCH`.
        seed: of the first weights and of the order of the examples.
        name: shown with the progress.
        start: weights to go on from.
        rate: the peak learning rate.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    indices = np.flatnonzero(usable)
    network = build_network().to(memory_format=torch.channels_last)
    if start is not None:
        network.load_state_dict(start)
    averaged = copy.deepcopy(network)
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=WEIGHT_DECAY)
    loss_of = nn.CrossEntropyLoss()
    network.train()
    mean = 0.0
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * one_cycle(step / steps)
        cells, labels = pool.batch(rng.choice(indices, BATCH), rng)
        x = torch.from_numpy(cells).to(memory_format=torch.channels_last)
        with forward():
            loss = loss_of(network(x), torch.from_numpy(labels))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        _average(averaged, network, min(AVERAGE, step / (step + 10)))
        mean += (loss.item() - mean) / min(step + 1, 100)
        if (step + 1) % 100 == 0:
            print(f"{name}: step {step + 1} of {steps}, loss {mean:.4f}", flush=True)
    state: State = averaged.state_dict()
    return state


def logits_of(state: State, cells: NDArray[np.float32]) -> NDArray[np.float64]:
    """What a network with these weights says of prepared cells, (n, 14)."""
    network = build_network()
    network.load_state_dict(state)
    network.eval()
    with torch.no_grad():
        parts = [network(torch.from_numpy(part)).numpy() for part in _batches(cells)]
    return np.concatenate(parts).astype(np.float64)


def _batches(cells: NDArray[np.float32], size: int = 500) -> list[NDArray[np.float32]]:
    return [cells[first : first + size] for first in range(0, len(cells), size)]


def one_cycle(share: float) -> float:
    """The share of the peak rate at a share of the time: a short rise, then half a cosine."""
    if share < WARM_UP:
        return 0.05 + 0.95 * share / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (share - WARM_UP) / (1 - WARM_UP)))


def _average(averaged: nn.Module, network: nn.Module, keep: float) -> None:
    with torch.no_grad():
        new = network.state_dict()
        for name, held in averaged.state_dict().items():
            if held.is_floating_point():
                held.mul_(keep).add_(new[name], alpha=1 - keep)
            else:
                held.copy_(new[name])
