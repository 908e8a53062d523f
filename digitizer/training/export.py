"""Write the network as ONNX with the card that names it."""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn

from digitizer.domain.glyph import ALPHABET
from digitizer.vision.digits import INPUT_SIDE

OPSET: Final = 18


def write_onnx(network: nn.Module, path: Path) -> None:
    """Write the network with a free batch size; input `cells`, output `logits`."""
    plain = network.to(memory_format=torch.contiguous_format).eval()
    example = torch.zeros(2, 3, INPUT_SIDE, INPUT_SIDE)
    program = torch.onnx.export(
        plain,
        (example,),
        input_names=["cells"],
        output_names=["logits"],
        dynamic_shapes=({0: torch.export.Dim("n")},),
        opset_version=OPSET,
        dynamo=True,
        external_data=False,
    )
    program.save(str(path), external_data=False)


def write_card(folder: Path, onnx: Path, facts: dict[str, Any]) -> None:
    """Write `digits.json`: what `GlyphReader.load` checks, and how the model came about."""
    card = {
        "file": onnx.name,
        "sha256": hashlib.sha256(onnx.read_bytes()).hexdigest(),
        "input_side": INPUT_SIDE,
        "glyphs": ALPHABET,
        **facts,
    }
    text = json.dumps(card, indent=2, ensure_ascii=False)
    (folder / "digits.json").write_text(text + "\n", encoding="utf-8")
