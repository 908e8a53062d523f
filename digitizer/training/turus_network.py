"""The turus network: a small residual CNN over grey tally cells."""

import torch
from torch import nn

from digitizer.training.network import Residual
from digitizer.vision.tally_marks import INPUT_SIZE, MARKS

WIDTH = 12
"""Channels of the first stage; the next two have twice and four times as many."""


def build_turus_network() -> nn.Module:
    """Logits over `MARKS` from prepared cells, (n, 1, 32, 44) to (n, 8)."""
    return nn.Sequential(
        nn.Conv2d(1, WIDTH, 5, 2, 2, bias=False),
        nn.BatchNorm2d(WIDTH),
        nn.ReLU(),
        Residual(WIDTH, 2 * WIDTH, 2),
        Residual(2 * WIDTH, 4 * WIDTH, 2),
        nn.AvgPool2d((INPUT_SIZE[1] // 8, 1)),
        nn.Flatten(),
        nn.Dropout(0.1),
        nn.Linear(4 * WIDTH * -(-INPUT_SIZE[0] // 8), len(MARKS)),
    )


def example() -> torch.Tensor:
    """Two empty cells, as the exporter wants to see them."""
    return torch.zeros(2, 1, INPUT_SIZE[1], INPUT_SIZE[0])
