"""The digit network: a small residual CNN (He et al. 2016, "Deep residual learning")."""

import torch
from torch import nn

from digitizer.domain.glyph import ALPHABET
from digitizer.vision.digits import CHANNELS

FIRST, SECOND, THIRD = 16, 32, 96
"""Channels of the three stages. Most go to the last, where they cost least time. ONNX Runtime and
oneDNN reckon in blocks of sixteen channels: twenty would cost what thirty-two do."""


def build_network() -> nn.Module:
    """Logits over `ALPHABET` from prepared cells, (n, 6, 40, 40) to (n, 14)."""
    return nn.Sequential(
        nn.Conv2d(CHANNELS, FIRST, 5, 2, 2, bias=False),
        nn.BatchNorm2d(FIRST),
        nn.ReLU(),
        Residual(FIRST, FIRST, 1),
        Residual(FIRST, SECOND, 2),
        Residual(SECOND, SECOND, 1),
        Residual(SECOND, THIRD, 2),
        Residual(THIRD, THIRD, 1),
        Residual(THIRD, THIRD, 1),
        nn.AvgPool2d(5),
        nn.Flatten(),
        nn.Dropout(0.1),
        nn.Linear(THIRD, len(ALPHABET)),
    )


class Residual(nn.Module):  # type: ignore[misc]  # torch is untyped where it is not installed
    """Two 3x3 convolutions beside a shortcut."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inside, outside, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(),
            nn.Conv2d(outside, outside, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outside),
        )
        same = inside == outside and stride == 1
        self.shortcut = (
            nn.Identity()
            if same
            else nn.Sequential(
                nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside)
            )
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, inside, h, w) to (n, outside, h / stride, w / stride)."""
        return torch.relu(self.body(x) + self.shortcut(x))
