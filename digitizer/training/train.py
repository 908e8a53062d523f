"""Fit the network to the mix for a given time."""

import copy
import math
import time
from typing import Final

import numpy as np
import torch
from torch import nn

from digitizer.training.network import build_network
from digitizer.training.supply import Supply

BATCH: Final = 128
PEAK_RATE: Final = 3e-3
WEIGHT_DECAY: Final = 0.02
WARM_UP: Final = 0.05
AVERAGE: Final = 0.999
"""Decay of the running mean of the weights; that mean is the model (Polyak averaging)."""


def train(
    supply: Supply, *, minutes: float, seed: int, start: dict[str, torch.Tensor] | None = None
) -> nn.Module:
    """Train by AdamW under one cosine cycle and return the averaged network in eval mode.

    Args:
        supply: of examples.
        minutes: of time to train.
        seed: of the first weights and of the order of the examples.
        start: weights of an earlier run to go on from.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = build_network().to(memory_format=torch.channels_last)
    if start is not None:
        network.load_state_dict(start)
    averaged = copy.deepcopy(network)
    optimizer = torch.optim.AdamW(network.parameters(), lr=PEAK_RATE, weight_decay=WEIGHT_DECAY)
    loss_of = nn.CrossEntropyLoss()
    supply.refresh(at_least=2 * BATCH)
    began, step, shown = time.monotonic(), 0, 0.0
    while (share := (time.monotonic() - began) / (60 * minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = PEAK_RATE * _one_cycle(share)
        supply.refresh()
        cells, labels = supply.batch(BATCH, rng)
        network.train()
        x = torch.from_numpy(cells).to(memory_format=torch.channels_last)
        loss = loss_of(network(x), torch.from_numpy(labels))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        _average(averaged, network, min(AVERAGE, step / (step + 10)))
        if share > shown:
            print(f"{share:5.0%} step {step} made {supply.made} loss {loss.item():.3f}", flush=True)
            shown += 0.02
    averaged.eval()
    return averaged


def _one_cycle(share: float) -> float:
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
