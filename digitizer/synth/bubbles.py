"""How people mark a bubble: blackened, hatched, half, ticked, crossed, ringed or scratched out."""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

import numpy as np

from digitizer.domain.geometry import Rect
from digitizer.synth.glyphs import Points

BubbleFill = Literal[
    "full", "partly", "scribbled", "light", "half", "tick", "cross", "ring", "scratched"
]
"""`full`, `partly` and `scribbled` blacken the circle; `light` hatches it thinly, as a pencil does;
`half` blackens one side of it; `tick` and `cross` stand in it; `ring` goes around it; `scratched`
is blackened and then struck through with a zigzag that leaves the circle."""

LIGHT_LINE: Final = 0.3
"""Width of a thin line in millimetres on the plano, whatever the pen."""


class Pull(NamedTuple):
    """One pull of the pen: points in page millimetres, and its width unless it is the pen's."""

    points: Points
    width: float | None = None


def bubble_pulls(
    fill: BubbleFill, circle: Rect, pen_width: float, rng: np.random.Generator
) -> Iterator[Pull]:
    """The pulls of the pen that mark one bubble, each drawn when it is asked for."""
    match fill:
        case "full" | "partly" | "scribbled":
            yield from _blackened(fill, circle, pen_width, rng)
        case "light":
            yield _light(circle, rng)
        case "half":
            yield _half(circle, pen_width, rng)
        case "tick":
            yield _tick(circle, rng)
        case "cross":
            yield from _cross(circle, rng)
        case "ring":
            yield _ring(circle, rng)
        case "scratched":
            yield from _blackened("full", circle, pen_width, rng)
            yield _scratch(circle, rng)


def _blackened(
    fill: BubbleFill, circle: Rect, pen_width: float, rng: np.random.Generator
) -> Iterator[Pull]:
    inset = {"full": 0.06, "partly": 0.28, "scribbled": 0.02}[fill] * circle.width
    inner = circle.grown(-inset - pen_width / 2)
    step = pen_width * {"full": 0.55, "partly": 1.1, "scribbled": 0.85}[fill]
    turns = max(3, int(inner.height / step))
    zigzag = _zigzag(turns) @ _turn(rng.uniform(-0.7, 0.7))
    wobble = 0.03 if fill == "full" else 0.12
    for curve in [zigzag, _round(24)] if fill != "partly" else [zigzag]:
        yield Pull(_placed(curve + rng.normal(0, wobble, curve.shape), inner))


def _light(circle: Rect, rng: np.random.Generator) -> Pull:
    inner = circle.grown(-0.1 * circle.width)
    turns = int(inner.height / rng.uniform(0.55, 0.75))
    zigzag = _zigzag(turns) @ _turn(rng.uniform(-0.7, 0.7))
    return Pull(_placed(zigzag + rng.normal(0, 0.05, zigzag.shape), inner), LIGHT_LINE)


def _half(circle: Rect, pen_width: float, rng: np.random.Generator) -> Pull:
    inner = circle.grown(-0.06 * circle.width - pen_width / 2)
    zigzag = _zigzag(max(4, int(inner.height / (0.55 * pen_width))))
    zigzag[:, 0] = np.where(zigzag[:, 0] > 0, zigzag[:, 0], rng.uniform(-0.15, 0.15))
    zigzag = zigzag @ _turn(rng.uniform(0, 2 * np.pi))
    return Pull(_placed(zigzag + rng.normal(0, 0.03, zigzag.shape), inner))


def _tick(circle: Rect, rng: np.random.Generator) -> Pull:
    corners = np.array([[-0.6, -0.05], [-0.15, 0.55], [0.85, -0.8]]) * rng.uniform(0.75, 1.1)
    return Pull(_placed(_along(corners + rng.normal(0, 0.08, corners.shape)), circle))


def _cross(circle: Rect, rng: np.random.Generator) -> Iterator[Pull]:
    size = rng.uniform(0.5, 0.8)
    for ends in ([[-1, -1], [1, 1]], [[1, -1], [-1, 1]]):
        line = size * np.array(ends, np.float64)
        yield Pull(_placed(_along(line + rng.normal(0, 0.08, line.shape)), circle))


def _ring(circle: Rect, rng: np.random.Generator) -> Pull:
    around = _round(32) * rng.uniform(1.15, 1.4) * rng.uniform(0.95, 1.05, 2)
    return Pull(_placed(around + rng.normal(0, 0.03, around.shape), circle))


def _scratch(circle: Rect, rng: np.random.Generator) -> Pull:
    zigzag = _zigzag(5)
    zigzag[:, 0] = np.sign(zigzag[:, 0])
    wild = zigzag * rng.uniform((1.3, 0.8), (1.9, 1.2)) @ _turn(rng.uniform(-0.5, 0.5))
    return Pull(_placed(wild + rng.normal(0, 0.1, wild.shape), circle))


def _zigzag(turns: int) -> Points:
    """To and fro across the unit circle, from its top to its bottom."""
    y = np.linspace(-1, 1, 2 * turns)
    x = np.sqrt(np.maximum(0, 1 - y**2)) * np.where(np.arange(2 * turns) % 2, 1, -1)
    return np.column_stack([x, y])


def _round(count: int) -> Points:
    around = np.linspace(0, 2 * np.pi, count)
    return np.column_stack([np.cos(around), np.sin(around)])


def _along(corners: Points) -> Points:
    """Five points a span, so that the pen's width can vary along it."""
    share = np.linspace(0, len(corners) - 1, 5 * (len(corners) - 1) + 1)
    return np.column_stack([np.interp(share, range(len(corners)), axis) for axis in corners.T])


def _turn(angle: float) -> Points:
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _placed(curve: Points, slot: Rect) -> Points:
    """From the unit circle to the circle in `slot`."""
    return np.asarray((curve + 1) / 2 * (slot.width, slot.height) + (slot.x, slot.y))
