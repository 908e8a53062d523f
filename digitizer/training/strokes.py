"""Handwritten glyphs as pen strokes in a unit square, x to the right and y down.

Two hands: the free one, and the square one of a writer who traces the dotted guide of the box.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

Stroke = NDArray[np.float64]
"""(n, 2) points of one pen stroke."""

_SEGMENTS: Final[Mapping[str, tuple[tuple[tuple[tuple[float, float], ...], ...], ...]]] = {
    "0": ((((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)),),),
    "1": (
        (((0.5, 0), (0.5, 1)),),
        (((1, 0), (1, 1)),),
    ),
    "2": ((((0, 0), (1, 0), (1, 0.5), (0, 0.5), (0, 1), (1, 1)),),),
    "3": ((((0, 0), (1, 0), (1, 0.5), (1, 1), (0, 1)), ((0.1, 0.5), (1, 0.5))),),
    "4": (
        (((0, 0), (0, 0.55), (1, 0.55)), ((1, 0), (1, 1))),
        (((0, 0), (0, 0.5), (1, 0.5), (1, 0)), ((1, 0.5), (1, 1))),
    ),
    "5": ((((1, 0), (0, 0), (0, 0.5), (1, 0.5), (1, 1), (0, 1)),),),
    "6": (
        (((1, 0), (0, 0), (0, 1), (1, 1), (1, 0.5), (0, 0.5)),),
        (((0, 0), (0, 1), (1, 1), (1, 0.5), (0, 0.5)),),
    ),
    "7": (
        (((0, 0), (1, 0), (1, 1)),),
        (((0, 0.2), (0, 0), (1, 0), (1, 1)),),
        (((0, 0), (1, 0), (1, 1)), ((0.1, 0.5), (1, 0.5))),
        (((0, 0), (1, 0), (1, 1)), ((0.45, 0.5), (1.2, 0.5))),
        (((0, 0.2), (0, 0), (1, 0), (1, 1)), ((0.2, 0.5), (1.1, 0.5))),
    ),
    "8": ((((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)), ((0, 0.5), (1, 0.5))),),
    "9": (
        (((1, 0.5), (0, 0.5), (0, 0), (1, 0), (1, 1), (0, 1)),),
        (((1, 0.5), (0, 0.5), (0, 0), (1, 0), (1, 1)),),
    ),
}
"""Square digits in a few habits each, a 7 often crossed; a point is a corner."""

_FREE: Final[Mapping[str, tuple[tuple[tuple[tuple[float, float], ...], ...], ...]]] = {
    "0": (
        (((0.5, 0), (0.1, 0.2), (0.05, 0.6), (0.4, 1), (0.85, 0.8), (0.9, 0.3), (0.5, 0)),),
        (((0.6, 0.03), (0.2, 0.15), (0.1, 0.7), (0.5, 1), (0.9, 0.6), (0.8, 0.1), (0.45, 0.05)),),
    ),
    "1": (
        (((0.5, 0), (0.5, 0.5), (0.5, 1)),),
        (((0.3, 0.25), (0.55, 0)), ((0.55, 0), (0.53, 0.5), (0.53, 1))),
        (((0.3, 0.2), (0.5, 0)), ((0.5, 0), (0.5, 1)), ((0.2, 1), (0.8, 1))),
    ),
    "2": (
        (
            ((0.1, 0.25), (0.35, 0), (0.8, 0.08), (0.85, 0.35), (0.5, 0.7), (0.1, 1)),
            ((0.1, 1), (0.5, 0.97), (0.95, 1)),
        ),
        (
            (
                (0.15, 0.2), (0.5, 0), (0.85, 0.2), (0.6, 0.6), (0.15, 0.9),
                (0.1, 1), (0.3, 0.85), (0.6, 0.95), (1, 0.95),
            ),
        ),
    ),
    "3": (
        (
            ((0.15, 0.12), (0.5, 0), (0.85, 0.2), (0.7, 0.42), (0.4, 0.48)),
            ((0.4, 0.48), (0.8, 0.55), (0.9, 0.8), (0.5, 1), (0.1, 0.9)),
        ),
        (
            ((0.1, 0), (0.85, 0)),
            ((0.85, 0), (0.4, 0.4)),
            ((0.4, 0.4), (0.8, 0.5), (0.9, 0.8), (0.5, 1), (0.1, 0.9)),
        ),
    ),
    "4": (
        (((0.6, 0), (0.05, 0.65)), ((0.05, 0.65), (1, 0.65)), ((0.7, 0.35), (0.7, 1))),
        (((0.25, 0), (0.1, 0.5)), ((0.1, 0.5), (0.9, 0.5)), ((0.75, 0.05), (0.7, 1))),
        (((0.7, 1), (0.75, 0.05)), ((0.75, 0.05), (0.1, 0.6)), ((0.1, 0.6), (1, 0.58))),
        (((0.8, 0.1), (0.1, 0.55)), ((0.1, 0.55), (0.75, 0.45)), ((0.85, 0.08), (0.55, 1))),
    ),
    "5": (
        (
            ((0.9, 0), (0.2, 0)),
            ((0.2, 0), (0.15, 0.45)),
            ((0.15, 0.45), (0.6, 0.38), (0.9, 0.65), (0.6, 0.98), (0.1, 0.92)),
        ),
        (
            ((0.25, 0.02), (0.2, 0.42), (0.6, 0.4), (0.9, 0.7), (0.5, 1), (0.1, 0.9)),
            ((0.25, 0.02), (0.95, 0)),
        ),
    ),
    "6": (
        (((0.75, 0), (0.25, 0.35), (0.1, 0.75), (0.5, 1), (0.9, 0.75), (0.55, 0.5), (0.15, 0.7)),),
        (((0.4, 0), (0.15, 0.5), (0.25, 0.95), (0.7, 0.95), (0.8, 0.6), (0.45, 0.52), (0.2, 0.7)),),
    ),
    "7": (
        (((0.05, 0), (0.95, 0)), ((0.95, 0), (0.6, 0.5), (0.4, 1))),
        (((0.05, 0.03), (0.9, 0)), ((0.9, 0), (0.4, 1)), ((0.25, 0.5), (0.85, 0.5))),
        (((0.05, 0.2), (0.1, 0)), ((0.1, 0), (0.9, 0)), ((0.9, 0), (0.5, 1))),
    ),
    "8": (
        (
            (
                (0.85, 0.12), (0.5, 0), (0.15, 0.2), (0.5, 0.45), (0.9, 0.75),
                (0.5, 1), (0.1, 0.78), (0.5, 0.45), (0.85, 0.22), (0.8, 0.08),
            ),
        ),
        (
            ((0.5, 0), (0.15, 0.2), (0.5, 0.45), (0.85, 0.2), (0.5, 0)),
            ((0.5, 0.45), (0.08, 0.75), (0.5, 1), (0.92, 0.75), (0.5, 0.45)),
        ),
    ),
    "9": (
        (
            ((0.85, 0.2), (0.45, 0), (0.1, 0.25), (0.4, 0.5), (0.85, 0.25)),
            ((0.85, 0.15), (0.85, 0.5), (0.7, 1)),
        ),
        (
            ((0.85, 0.1), (0.4, 0.02), (0.15, 0.3), (0.5, 0.5), (0.85, 0.2)),
            ((0.85, 0.1), (0.85, 0.6), (0.7, 0.95), (0.2, 0.95)),
        ),
    ),
}  # fmt: skip
"""Free digits in a few habits each; a stroke is smooth, and strokes meet at corners."""


def digit(glyph: str, rng: np.random.Generator, *, square: bool) -> list[Stroke]:
    """Strokes of a digit in the unit square, never twice the same."""
    habits = (_SEGMENTS if square else _FREE)[glyph]
    shape = [np.array(points, np.float64) for points in habits[rng.integers(len(habits))]]
    if square:
        wobble = rng.uniform(0.0, 0.05)
        return [_sampled(s + rng.normal(0, wobble, s.shape)) for s in shape]
    wobble = rng.uniform(0.01, 0.045)
    shift = {tuple(p): rng.normal(0, wobble, 2) for stroke in shape for p in stroke}
    moved = [np.array([p + shift[tuple(p)] for p in stroke]) for stroke in shape]
    return [_smooth(stroke) for stroke in moved]


def cross(rng: np.random.Generator) -> list[Stroke]:
    """The two strokes of an X."""
    ends = np.array([[[0, 0], [1, 1]], [[1, 0], [0, 1]]], np.float64)
    return [_bowed(pair, rng) for pair in ends + rng.normal(0, 0.06, ends.shape)]


def slash(rng: np.random.Generator, *, degrees: float) -> list[Stroke]:
    """One straight stroke through the middle, `degrees` above the horizontal."""
    angle = np.deg2rad(degrees)
    half = 0.5 * np.array([np.cos(angle), -np.sin(angle)])
    return [_bowed(np.array([0.5 - half, 0.5 + half]), rng)]


def scribble(rng: np.random.Generator) -> list[Stroke]:
    """A pen going to and fro until nothing can be read."""
    count = int(rng.integers(8, 22))
    if rng.random() < 0.5:
        return [_smooth(rng.uniform(0, 1, (count, 2)))]
    x = np.linspace(0, 1, count) + rng.normal(0, 0.04, count)
    y = np.where(np.arange(count) % 2 == 0, 0.05, 0.95) + rng.normal(0, 0.06, count)
    return [_smooth(np.column_stack([x, y] if rng.random() < 0.5 else [y, x]))]


def zigzag(rng: np.random.Generator) -> list[Stroke]:
    """A long Z, or the piece of one that falls into this box."""
    points = np.array([[-0.2, 0.1], [1.2, 0.1], [-0.2, 0.9], [1.2, 0.9]])
    points += rng.normal(0, 0.05, points.shape)
    first = int(rng.integers(0, 2))
    return [_sampled(points[first : first + int(rng.integers(3, 5))])]


def _sampled(points: Stroke, step: float = 0.06) -> Stroke:
    """Points along a polyline, close enough to be drawn with a hand's tremble."""
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    at = np.linspace(0, along[-1], max(2, int(along[-1] / step)))
    return np.column_stack([np.interp(at, along, points[:, axis]) for axis in (0, 1)])


def _smooth(points: Stroke, steps: int = 7) -> Stroke:
    """A Catmull-Rom curve through the points."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    p0, p1, p2, p3 = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = np.linspace(0, 1, steps, endpoint=False)[:, None, None]
    curve = 0.5 * (
        2 * p1
        + (p2 - p0) * t
        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    return np.vstack([curve.transpose(1, 0, 2).reshape(-1, 2), points[-1:]])


def _bowed(pair: Stroke, rng: np.random.Generator) -> Stroke:
    """A nearly straight stroke between two points."""
    across = np.array([pair[0, 1] - pair[1, 1], pair[1, 0] - pair[0, 0]])
    middle = pair.mean(axis=0) + across * rng.normal(0, 0.04)
    return _smooth(np.vstack([pair[:1], middle[None], pair[1:]]))
