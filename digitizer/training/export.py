"""Write the network as ONNX with the card that names it."""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import onnx
import torch
from torch import nn

from digitizer.domain.glyph import ALPHABET
from digitizer.vision.digits import INPUT_SIDE
from digitizer.vision.word_lines import STEP, WIDEST

OPSET: Final = 18


def write_onnx(network: nn.Module, path: Path, example: torch.Tensor) -> None:
    """Write the network with a free batch size; input `cells`, output `logits`.

    Args:
        network: to be written.
        path: of the file.
        example: a batch of inputs, of two cells at least.
    """
    _export(network, path, example, {0: torch.export.Dim("n")})


def write_word_onnx(network: nn.Module, path: Path, example: torch.Tensor) -> None:
    """The same with a free width, which is a multiple of `word_lines.STEP`."""
    frames = torch.export.Dim("frames", min=2, max=2 * WIDEST // STEP)
    _export(network, path, example, {0: torch.export.Dim("n"), 3: STEP * frames})


def _export(network: nn.Module, path: Path, example: torch.Tensor, free: dict[int, Any]) -> None:
    plain = network.to(memory_format=torch.contiguous_format).eval()
    program = torch.onnx.export(
        plain,
        (example,),
        input_names=["cells"],
        output_names=["logits"],
        dynamic_shapes=(free,),
        opset_version=OPSET,
        dynamo=True,
        external_data=False,
    )
    program.save(str(path), external_data=False)
    strip_traces(path)


def strip_traces(path: Path) -> None:
    """Take out what the exporter notes of the machine: source paths and stack traces."""
    model = onnx.load(path)
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info,
                 *graph.initializer):  # fmt: skip
        part.doc_string = ""
        del part.metadata_props[:]
    onnx.save(model, path)


def write_card(folder: Path, first: Path, second: Path, facts: dict[str, Any]) -> None:
    """Write `digits.json`: what `GlyphReader.load` checks, and how the model came about."""
    card = {
        **_named(first),
        "second": _named(second),
        "input_side": INPUT_SIDE,
        "glyphs": ALPHABET,
        **facts,
    }
    text = json.dumps(card, indent=2, ensure_ascii=False)
    (folder / "digits.json").write_text(text + "\n", encoding="utf-8")


def _named(weights: Path) -> dict[str, str]:
    return {"file": weights.name, "sha256": hashlib.sha256(weights.read_bytes()).hexdigest()}
