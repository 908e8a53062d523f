"""The network for number words: a small CNN over strips, a frame every four pixels.

Residual stages (He et al. 2016) halve the height until a frame is one column; dilated convolutions
along the line then see some nine letters of context (as in Bai, Kolter and Koltun 2018), where
other readers of words have a recurrent layer, which costs more time than all else here.
"""

import torch
from torch import nn

from digitizer.training.network import Residual
from digitizer.vision.word_lines import HEIGHT
from digitizer.vision.word_odds import SYMBOLS

FIRST, SECOND, THIRD, ALONG = 16, 32, 56, 112
"""Channels of the three stages, and of what sees along the line."""


def build_word_network() -> nn.Module:
    """Logits over blank and `SYMBOLS`: (n, 1, 40, 4 t) to (n, t, symbols)."""
    return nn.Sequential(
        nn.Conv2d(1, FIRST, 5, 2, 2, bias=False),
        nn.BatchNorm2d(FIRST),
        nn.ReLU(),
        Residual(FIRST, SECOND, 2),
        Residual(SECOND, SECOND, 1),
        Lower(SECOND, THIRD),
        nn.Conv2d(THIRD, ALONG, (HEIGHT // 8, 3), 1, (0, 1), bias=False),
        nn.BatchNorm2d(ALONG),
        nn.ReLU(),
        nn.Flatten(2),
        *(Along(ALONG, dilation) for dilation in (1, 2, 4)),
        nn.Dropout(0.1),
        nn.Conv1d(ALONG, 1 + len(SYMBOLS), 1),
        Turned(),
    )


class Lower(nn.Module):  # type: ignore[misc]  # torch is untyped where it is not installed
    """Two 3x3 convolutions, the first of which halves the height alone."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inside, outside, 3, (2, 1), 1, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(),
            nn.Conv2d(outside, outside, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, inside, h, w) to (n, outside, h / 2, w)."""
        return self.body(x)


class Along(nn.Module):  # type: ignore[misc]
    """Two convolutions along the line beside a shortcut."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(channels, channels, 5, 1, 2 * dilation, dilation, bias=False),
            nn.BatchNorm1d(channels),
            nn.ReLU(),
            nn.Conv1d(channels, channels, 3, 1, 1, bias=False),
            nn.BatchNorm1d(channels),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, channels, t) to the same."""
        return torch.relu(self.body(x) + x)


class Turned(nn.Module):  # type: ignore[misc]
    """Frames before symbols."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, symbols, t) to (n, t, symbols)."""
        return x.transpose(1, 2)


def example() -> torch.Tensor:
    """Two empty strips, as the exporter wants to see them."""
    return torch.zeros(2, 1, HEIGHT, 160)
