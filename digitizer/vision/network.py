"""Networks in ONNX, named by a card that says what the weights must be, run by ONNX Runtime.

ONNX Runtime reads the boxes of a page in two fifths of the time that OpenCV's own engine takes.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from digitizer.errors import ModelError

ALWAYS: Final = frozenset({"file", "sha256"})

SERIOUS: Final = 3
"""Severity from which ONNX Runtime writes to standard error: errors, no warnings."""


@dataclass(frozen=True, slots=True)
class Network:
    """A network with one input and one output, held in memory and run on one thread."""

    session: Any  # onnxruntime.InferenceSession, which is untyped

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The output for a batch of inputs."""
        name = self.session.get_inputs()[0].name
        return np.asarray(self.session.run(None, {name: batch})[0], np.float32)

    @property
    def shapes(self) -> tuple[tuple[int | str, ...], int | str]:
        """The shape of one example, and the number of classes; a free length has a name."""
        (taken,), (given,) = self.session.get_inputs(), self.session.get_outputs()
        return tuple(taken.shape[1:]), given.shape[-1]


def open_network(weights: bytes) -> Network:
    """The network whose ONNX file has these bytes."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = SERIOUS
    # The arena keeps the memory of the largest batch for ever; a reader lives for days.
    options.enable_cpu_mem_arena = False
    providers = ["CPUExecutionProvider"]
    return Network(onnxruntime.InferenceSession(weights, options, providers=providers))


@dataclass(frozen=True, slots=True)
class Shapes:
    """What a network must take and give.

    Attributes:
        takes: the shape of one example, None where it is free.
        gives: how many classes it tells apart.
    """

    takes: tuple[int | None, ...]
    gives: int


def load_network(
    path: Path,
    expected: Mapping[str, object],
    shapes: Shapes,
    *,
    needed: Set[str] = frozenset(),
) -> tuple[Network, Mapping[str, Any]]:
    """The network that a model card names, and the facts of the card.

    Args:
        path: the card; the ONNX file lies beside it.
        expected: facts the reader is built for, which the card must state alike.
        shapes: what the reader asks of the network.
        needed: further facts that the card must state.

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
    wanted = ALWAYS | set(expected) | needed
    if not isinstance(facts, dict) or not wanted <= facts.keys():
        raise ModelError(
            f"{path.name} must be an object with {', '.join(sorted(wanted))}",
            "restore the released file",
        )
    for name, value in expected.items():
        if facts[name] != value:
            raise ModelError(
                f"{path.name} says {name} is {facts[name]!r}, needed {value!r}",
                "use weights trained by this version",
            )
    return open_checked(path, facts, shapes), facts


def open_checked(card: Path, named: object, shapes: Shapes) -> Network:
    """The network of an ONNX file that a card names by `file` and `sha256`.

    Raises:
        ModelError: the file is missing, or another one, or holds another kind of network.
    """
    if not isinstance(named, dict) or not named.keys() >= ALWAYS:
        raise ModelError(
            f"{card.name} names weights by {named!r}, needed file and sha256",
            "restore the released file",
        )
    path, sha256 = card.parent / str(named["file"]), str(named["sha256"])
    if not path.is_file():
        raise ModelError(f"found no weights at {path.name}", "reinstall the package or retrain")
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ModelError(
            f"found {path.name} with sha256 {found[:12]}, needed {sha256[:12]}",
            "restore the released weights, or retrain so that model and card agree",
        )
    network = open_network(content)
    taken, given = network.shapes
    alike = len(taken) == len(shapes.takes) and all(
        wanted is None or wanted == size for wanted, size in zip(shapes.takes, taken, strict=True)
    )
    if not alike or given != shapes.gives:
        raise ModelError(
            f"{path.name} takes {taken} and gives {given} classes, "
            f"needed {shapes.takes} and {shapes.gives}",
            "use weights trained by this version",
        )
    return network


def number_of(card: Path, facts: object, name: str, most: float, least: float = 0.0) -> float:
    """A number that a card must state, between two bounds.

    Raises:
        ModelError: it is missing, no finite number, or beyond a bound.
    """
    said = facts.get(name) if isinstance(facts, dict) else None
    if isinstance(said, int | float) and math.isfinite(said) and least <= said <= most:
        return float(said)
    raise ModelError(
        f"{card.name} says {name} is {said!r}, needed a number from {least:g} to {most:g}",
        "restore the released file",
    )


def name_of(kind: str, facts: Mapping[str, Any]) -> str:
    """A name that every fact of a card changes: its weights, and what makes them honest."""
    whole = json.dumps(facts, sort_keys=True).encode()
    return f"{kind}-{hashlib.sha256(whole).hexdigest()[:8]}"
