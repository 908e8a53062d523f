"""Ink: strokes in millimetres with a width that varies, and how a pen lays them on paper."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.geometry import Rect
from digitizer.synth.glyphs import Points, strokes_of

Image = NDArray[np.uint8]
"""A page or photo, (height, width, 3) uint8, blue-green-red."""

FINE_PIXELS_PER_MM: Final = 14.0
"""Strokes are drawn at least this finely and averaged down, which makes their edges soft."""

FLUID: Final = (236.0, 240.0, 241.0)
"""The colour of correction fluid."""


@dataclass(frozen=True, slots=True)
class Pen:
    """What the crew writes with.

    Attributes:
        colour: blue, green, red of the pure ink, 0 to 255.
        width: of a stroke, in millimetres.
        density: how much of the paper the ink hides, 0 to 1.
        skip: how much the density varies along a stroke (ballpoints skip, markers do not).
    """

    colour: tuple[float, float, float]
    width: float
    density: float
    skip: float


BLUE_MARKER: Final = Pen((120, 45, 25), 1.15, 0.96, 0.04)
BLACK_MARKER: Final = Pen((38, 34, 36), 1.2, 0.97, 0.04)
BLUE_BALLPOINT: Final = Pen((150, 62, 42), 0.75, 0.86, 0.16)
BLACK_BALLPOINT: Final = Pen((58, 52, 54), 0.75, 0.86, 0.16)
PENS: Final = (BLUE_MARKER, BLACK_MARKER, BLUE_BALLPOINT, BLACK_BALLPOINT)


@dataclass(frozen=True, slots=True)
class Stroke:
    """One pull of the pen.

    Attributes:
        points: (n, 2) float64, millimetres on the page.
        widths: (n,) float64, millimetres.
        fluid: correction fluid, which covers what lies below it, instead of ink.
    """

    points: Points
    widths: NDArray[np.float64]
    fluid: bool = False

    @property
    def bounds(self) -> Rect:
        """The rectangle around the ink, pen width included."""
        half = self.widths[:, None] / 2
        low = (self.points - half).min(axis=0)
        high = (self.points + half).max(axis=0)
        return Rect(low[0], low[1], high[0] - low[0], high[1] - low[1])


def catmull_rom(points: Points, samples: int = 10) -> Points:
    """A smooth curve through `points` (Catmull and Rom, 1974), `samples` a span."""
    if len(points) == 2:
        share = np.linspace(0, 1, samples + 1)[:, None]
        return np.asarray(points[0] * (1 - share) + points[1] * share)
    ends = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, samples, endpoint=False)[:, None]
    spans = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False)
    ]
    return np.vstack([*spans, points[-1:]])


def shape_curves(shape: str) -> tuple[Points, ...]:
    """A shape of glyphs.py as one dense curve a stroke, in the unit square."""
    return tuple(np.vstack([catmull_rom(run) for run in stroke]) for stroke in strokes_of(shape))


def wander(rng: np.random.Generator, count: int, knots: int = 5) -> NDArray[np.float64]:
    """Smooth noise of about unit size along a stroke of `count` points."""
    values = rng.normal(size=knots)
    places = np.linspace(0, knots - 1, count)
    return np.asarray(np.interp(places, np.arange(knots), values), np.float64)


def warp(rng: np.random.Generator, amount: float) -> "Warp":
    """A smooth random bending of the plane, the same for every stroke of a glyph."""
    return Warp(rng.uniform(1.5, 4.0, (2, 2)), rng.uniform(0, 2 * np.pi, (2, 2)), amount)


@dataclass(frozen=True, slots=True)
class Warp:
    """Moves points of the unit square by about `amount`, so that joins stay joined."""

    frequency: NDArray[np.float64]
    phase: NDArray[np.float64]
    amount: float

    def __call__(self, points: Points) -> Points:
        waves = np.sin(points @ self.frequency + self.phase[0])
        return np.asarray(points + self.amount * (waves - np.sin(self.phase[1])), np.float64)


def kept_inside(curves: Iterable[Points], rect: Rect) -> tuple[Points, ...]:
    """The curves, shrunk and moved just enough to lie within `rect`."""
    curves = tuple(curves)
    everything = np.vstack(curves)
    low, high = everything.min(axis=0), everything.max(axis=0)
    room = np.array([rect.width, rect.height])
    scale = float(min(1.0, (room / np.maximum(high - low, 1e-6)).min()))
    middle = (low + high) / 2
    half = (high - low) * scale / 2
    corner = np.array([rect.x, rect.y])
    target = np.clip(middle, corner + half, corner + room - half)
    return tuple((curve - middle) * scale + target for curve in curves)


def draw_strokes(
    image: Image,
    pixels_per_mm: float,
    strokes: Iterable[Stroke],
    pen: Pen,
    rng: np.random.Generator,
) -> None:
    """Lay strokes on a page, in place and in order; `image` has its origin at page (0, 0)."""
    for stroke in strokes:
        _lay(image, pixels_per_mm, stroke, pen, rng)


def _lay(
    image: Image, pixels_per_mm: float, stroke: Stroke, pen: Pen, rng: np.random.Generator
) -> None:
    bounds = stroke.bounds
    left = max(int(bounds.x * pixels_per_mm) - 1, 0)
    top = max(int(bounds.y * pixels_per_mm) - 1, 0)
    right = min(int(np.ceil(bounds.right * pixels_per_mm)) + 2, image.shape[1])
    bottom = min(int(np.ceil(bounds.bottom * pixels_per_mm)) + 2, image.shape[0])
    if right <= left or bottom <= top:
        return
    finer = max(1, int(np.ceil(FINE_PIXELS_PER_MM / pixels_per_mm)))
    ends = (stroke.points * pixels_per_mm - (left, top)) * finer
    widths = stroke.widths * pixels_per_mm * finer
    density = np.ones(len(ends)) if stroke.fluid else _density(pen, len(ends), rng)
    mask = _mask(ends, widths, density, ((right - left) * finer, (bottom - top) * finer))
    small = cv2.resize(mask, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    cover = np.asarray(small[:, :, None] / 255, np.float32)
    region = image[top:bottom, left:right].astype(np.float32)
    if stroke.fluid:
        region += cover * (np.array(FLUID, np.float32) - region)
    else:
        # Ink filters the light, so it darkens what lies below instead of replacing it.
        region *= 1 - cover * (1 - np.array(pen.colour, np.float32) / 255)
    image[top:bottom, left:right] = np.clip(region + 0.5, 0, 255).astype(np.uint8)


def _density(pen: Pen, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """How much of the paper the ink hides along a stroke of `count` points."""
    skips = np.abs(wander(rng, count, knots=max(4, count // 6)))
    return np.clip(pen.density * (1 - pen.skip * skips), 0.25, 1.0)


def _mask(
    ends: Points, widths: NDArray[np.float64], density: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.uint8]:
    """The stroke in fine pixels, `size` wide and high, 0 to 255 by density."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    shift = 4
    # A pixel's centre is at its index plus a half, so that averaging down does not move the ink.
    fixed = np.round((ends - 0.5) * (1 << shift)).astype(int).tolist()
    shades = (density * 255).astype(int).tolist()
    thick = np.maximum(1, np.round(widths)).astype(int).tolist()
    for i in range(1, len(fixed)):
        cv2.line(mask, fixed[i - 1], fixed[i], shades[i], thick[i], cv2.LINE_8, shift)
    return mask
