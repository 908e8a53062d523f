"""Load a packaged network by its card: a JSON file that says what the weights must be."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from digitizer.errors import ModelError

ALWAYS: Final = frozenset({"file", "sha256"})


def load_network(path: Path, expected: Mapping[str, object]) -> tuple[Any, Mapping[str, Any]]:
    """The network (a cv2.dnn.Net) that a model card names, and the facts of the card.

    Args:
        path: the card; the ONNX file lies beside it.
        expected: facts the reader is built for, which the card must state alike.

    Raises:
        ModelError: the card or the weights are missing, or are not what is needed.
    """
    if not path.is_file():
        raise ModelError(f"found no model card at {path.name}", "reinstall the package")
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ModelError(
            f"{path.name} is not JSON: {error}", "restore the released file"
        ) from error
    needed = ALWAYS | set(expected)
    if not isinstance(facts, dict) or not needed <= facts.keys():
        raise ModelError(
            f"{path.name} must be an object with {', '.join(sorted(needed))}",
            "restore the released file",
        )
    for name, value in expected.items():
        if facts[name] != value:
            raise ModelError(
                f"{path.name} says {name} is {facts[name]!r}, needed {value!r}",
                "restore the released file",
            )
    weights = path.parent / str(facts["file"])
    if not weights.is_file():
        raise ModelError(f"found no weights at {weights.name}", "reinstall the package")
    content = weights.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != facts["sha256"]:
        raise ModelError(
            f"found {weights.name} with sha256 {found[:12]}, needed {facts['sha256'][:12]}",
            "restore the released weights, or retrain so that model and card agree",
        )
    return cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8)), facts
