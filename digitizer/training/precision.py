"""How finely a training reckons: half precision where the processor does that by itself.

Elsewhere it is imitated, and a step takes six times as long as in full precision.
"""

from contextlib import AbstractContextManager
from typing import Any, Final

import torch

HALF: Final = ("avx512_bf16", "amx_bf16")
"""Instructions of x86-64 that multiply bfloat16, by their names in `torch.cpu`."""


def precision() -> str:
    """What this processor is trained on: "bfloat16" or "float32". The weights follow from it."""
    able = torch.cpu.get_capabilities()
    return "bfloat16" if any(able.get(name) for name in HALF) else "float32"


def forward() -> AbstractContextManager[Any]:
    """Networks asked within reckon so. Their weights, and the steps of these, stay in full."""
    autocast: AbstractContextManager[Any] = torch.autocast(
        "cpu", torch.bfloat16, enabled=precision() == "bfloat16"
    )
    return autocast
