"""Lines, frames and letters on pictures for people."""

from collections.abc import Iterable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.geometry import Rect
from digitizer.vision.photo import BgrImage

Colour = tuple[int, int, int]
"""Blue, green, red."""

PICTURE_SIDE: Final = 1800
"""Longer side of a saved picture, at most."""

LETTER_PX: Final = 22.0
"""Height of a capital that `cv2.putText` draws at size 1."""


def text(picture: BgrImage, words: str, at: tuple[int, int], colour: Colour, size: float) -> None:
    """Words with a white halo, from the left end of their base line; see `LETTER_PX`."""
    thick = max(1, round(2 * size))
    for dx, dy in ((-thick, 0), (thick, 0), (0, -thick), (0, thick)):  # a halo on dark print
        beside = (at[0] + dx, at[1] + dy)
        cv2.putText(picture, words, beside, cv2.FONT_HERSHEY_SIMPLEX, size, (255, 255, 255), thick)
    cv2.putText(picture, words, at, cv2.FONT_HERSHEY_SIMPLEX, size, colour, thick, cv2.LINE_AA)


def frame(
    picture: BgrImage, rect: Rect, scale: float, colour: Colour, *, dashed: bool = False
) -> None:
    """A rectangle of the page at so many pixels a millimetre, dashed for doubt."""
    corners = [(round(corner.x * scale), round(corner.y * scale)) for corner in rect.corners]
    thick = max(1, round(0.4 * scale))
    for start, end in zip(corners, (*corners[1:], corners[0]), strict=True):
        for a, b in _strokes(start, end, dashed=dashed):
            cv2.line(picture, a, b, colour, thick, cv2.LINE_AA)


def _strokes(
    start: tuple[int, int], end: tuple[int, int], *, dashed: bool
) -> Iterable[tuple[tuple[int, int], tuple[int, int]]]:
    """The line itself, or four dashes along it."""
    shares = [(0.0, 1.0)] if not dashed else [(i / 4, i / 4 + 0.15) for i in range(4)]
    a, b = np.array(start), np.array(end)
    for first, last in shares:
        p, q = np.round(a + (b - a) * first).astype(int), np.round(a + (b - a) * last).astype(int)
        yield (int(p[0]), int(p[1])), (int(q[0]), int(q[1]))


def titled(picture: BgrImage, lines: Sequence[str]) -> BgrImage:
    """The picture below a white band with these lines, each as large as its width allows."""
    size = max(picture.shape) / 1600
    line = round(34 * size)
    band: NDArray[np.uint8] = np.full((len(lines) * line + 8, picture.shape[1], 3), 255, np.uint8)
    for index, words in enumerate(lines):
        (width, _), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_SIMPLEX, 0.8 * size, 1)
        fit = min(1.0, 0.95 * picture.shape[1] / width)
        at = (round(12 * size), round((index + 0.8) * line))
        text(band, words, at, (0, 0, 0), 0.8 * size * fit)
    return np.asarray(np.vstack([band, picture]), np.uint8)


def bounded(picture: BgrImage) -> BgrImage:
    """The picture with a longer side of `PICTURE_SIDE` at most."""
    scale = min(1.0, PICTURE_SIDE / max(picture.shape))
    if scale == 1:
        return picture
    return np.asarray(
        cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )
