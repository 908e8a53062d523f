"""Find the printed border of a digit box near its place, whatever is written inside it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.geometry import Rect
from digitizer.vision.ink import Ink, ink_of
from digitizer.vision.photo import BgrImage

PAPER_SHARE: Final = 0.22
"""Paper is the mean of the lightest within this share of a box about a place."""

AROUND: Final = 2.0
INSIDE: Final = 2.5
"""A border is compared with the paper this many stroke widths outside and inside it. What lies
further in is where the crew writes."""

SOFT_SHARE: Final = 0.022
"""A camera softens a border by this share of the box, about (standard deviation)."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a printed border lies from where the mesh puts it, in millimetres.

    `likeness` is the correlation with the border there, or 0 where no border was found.
    """

    dx: float
    dy: float
    likeness: float

    @property
    def found(self) -> bool:
        """Whether the place's own printed border was seen there."""
        return self.likeness > 0

    def moved(self, rect: Rect) -> Rect:
        """The rectangle where it was found."""
        return Rect(rect.x + self.dx, rect.y + self.dy, rect.width, rect.height)


STAY: Final = Shift(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Border:
    """The printed edge of a box, `stroke` wide; `grey` from 0 black to 1 white."""

    rect: Rect
    stroke: float
    grey: float


@dataclass(frozen=True, slots=True, eq=False)
class PrintedInk:
    """The ink of a part of a flat page: 0 paper to 255 black, `scale` pixels a millimetre.

    Attributes:
        left, top: page millimetres at the outer corner of the first pixel.
    """

    ink: Ink
    scale: float
    left: float
    top: float

    @classmethod
    def of(
        cls, image: BgrImage, pixels_per_mm: float, part: Rect, scale: float, box: float
    ) -> "PrintedInk":
        """The ink of a part of a page laid flat.

        Args:
            image: the page, (height, width, 3) BGR.
            pixels_per_mm: its scale.
            part: the part, in millimetres.
            scale: pixels a millimetre of the answer.
            box: side of a digit box, in millimetres.
        """
        x, y = (max(0, int(side * pixels_per_mm)) for side in (part.x, part.y))
        right, bottom = (int(side * pixels_per_mm) + 1 for side in (part.right, part.bottom))
        grey = cv2.cvtColor(image[y:bottom, x:right], cv2.COLOR_BGR2GRAY)
        share = scale / pixels_per_mm
        size = (round(grey.shape[1] * share), round(grey.shape[0] * share))
        small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        ink = ink_of(np.asarray(small, np.uint8), 2 * round(PAPER_SHARE * box * scale) + 1)
        return cls(ink, scale, x / pixels_per_mm, y / pixels_per_mm)

    def seek(self, border: Border, reach: float, likely: float) -> Shift:
        """The border within `reach` millimetres, if it correlates by `likely` or more.

        The correlation leaves the inside of the box out, and ink counts no darker than the border
        is printed, so that writing across it does not outweigh it.
        """
        scale = self.scale
        drawn = _drawn(border.rect.width * scale, border.rect.height * scale, border.stroke * scale)
        x = round((border.rect.x - self.left) * scale) - drawn.margin
        y = round((border.rect.y - self.top) * scale) - drawn.margin
        steps = max(1, round(reach * scale))
        window = self._window(x - steps, y - steps, drawn.shape, steps)
        darkest = min(255.0, 255 * (1 - border.grey) * 1.25)
        ink = np.minimum(window, darkest).astype(np.float32).ravel()
        # Each of the four edges must be seen: a box that slipped along its row finds two or three.
        likeness = np.minimum.reduce(
            [
                _correlation(ink[places], values)
                for places, (_, values) in zip(_places(drawn, steps), drawn.parts, strict=True)
            ]
        )
        row, column = np.unravel_index(int(likeness.argmax()), likeness.shape)
        best = float(likeness[row, column])
        if best < likely:
            return STAY
        dx = int(column) - steps + _vertex(likeness[row], int(column))
        dy = int(row) - steps + _vertex(likeness[:, column], int(row))
        left = (x + drawn.margin + dx) / scale + self.left
        top = (y + drawn.margin + dy) / scale + self.top
        return Shift(left - border.rect.x, top - border.rect.y, best)

    def _window(self, x: int, y: int, shape: tuple[int, int], steps: int) -> NDArray[np.uint8]:
        """The pixels around a place; beyond the picture there is paper."""
        height, width = shape[0] + 2 * steps, shape[1] + 2 * steps
        window = np.zeros((height, width), np.uint8)
        inside = self.ink[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)]
        row, column = max(-y, 0), max(-x, 0)
        window[row : row + inside.shape[0], column : column + inside.shape[1]] = inside
        return window


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """A border as a camera sees it, its first pixel `margin` before the box.

    `parts` mark the pixels beside each of the four edges, with their ink, of mean 0 and length 1.
    """

    shape: tuple[int, int]
    margin: int
    parts: tuple[tuple[NDArray[np.bool_], NDArray[np.float32]], ...]


@lru_cache(maxsize=64)
def _drawn(width: float, height: float, stroke: float) -> _Drawn:
    margin = max(2, round(AROUND * stroke))
    shape = (round(height) + 2 * margin + 1, round(width) + 2 * margin + 1)
    canvas = np.zeros(shape, np.uint8)
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)]) + margin - 0.5
    points = np.round(corners * 16).astype(np.int32)
    cv2.polylines(canvas, [points], True, 255, max(1, round(stroke)), cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(canvas, (0, 0), max(0.6, SOFT_SHARE * min(width, height)))
    inner = max(2, round(INSIDE * stroke))
    rows, columns = np.indices(shape)
    top, bottom = rows < margin + inner, rows >= shape[0] - margin - inner
    left, right = columns < margin + inner, columns >= shape[1] - margin - inner
    # Edges without their ends, which belong to two of them.
    parts = [edge & ~(left | right) for edge in (top, bottom)]
    parts += [edge & ~(top | bottom) for edge in (left, right)]
    ink = soft.astype(np.float32)
    return _Drawn(shape, margin, tuple((part, _unit(ink[part])) for part in parts))


@lru_cache(maxsize=64)
def _places(drawn: _Drawn, steps: int) -> tuple[NDArray[np.intp], ...]:
    """Indices into a window, row by row, of the pixels beside each edge, for every step.

    Returns:
        For each edge (2 steps + 1, 2 steps + 1, n).
    """
    width = drawn.shape[1] + 2 * steps
    step = np.arange(2 * steps + 1)
    start = step[:, None] * width + step
    found = []
    for part, _ in drawn.parts:
        rows, columns = np.nonzero(part)
        found.append((start[:, :, None] + (rows * width + columns)).astype(np.intp))
    return tuple(found)


def _unit(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The values about their mean, of length 1."""
    centred = values - values.mean()
    return np.asarray(centred / np.linalg.norm(centred), np.float32)


def _correlation(places: NDArray[np.float32], values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of every place (rows, columns, n) the correlation with values of mean 0 and length 1."""
    total = places.sum(axis=2)
    squares = np.einsum("ijk,ijk->ij", places, places)
    length = np.sqrt(np.maximum(squares - total * total / places.shape[2], 1.0))
    return np.asarray((places @ values) / length, np.float32)


def _vertex(line: NDArray[np.float32], at: int) -> float:
    """Offset of the top of the parabola through three neighbours, within half a pixel."""
    if not 0 < at < len(line) - 1:
        return 0.0
    before, here, after = (float(v) for v in line[at - 1 : at + 2])
    bend = before - 2 * here + after
    return 0.0 if bend >= 0 else min(max((before - after) / (2 * bend), -0.5), 0.5)
