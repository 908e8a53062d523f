"""Spoil a picture of a box the way cameras, screens, scanners and messengers do."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]
"""(height, width, 3) BGR, 0 to 255."""


@dataclass(frozen=True, slots=True)
class Strength:
    """How far the spoiling goes, 1 for training; 0.4 is an ordinary photo."""

    geometry: float = 1.0
    light: float = 1.0


ORDINARY: Final = Strength(geometry=0.5, light=0.5)
"""An ordinary photo, not the worst one: what the model is calibrated and measured on."""


MILDEST: Final = 0.25
"""The least share of a strength that a photo is spoiled by."""


def spoil(
    image: Picture,
    rect: tuple[float, float, float, float],
    rng: np.random.Generator,
    how: Strength,
    *,
    scans: float | None = None,
    least_side: float = 16.0,
) -> NDArray[np.uint8]:
    """A cell cut from a photo of the box at `rect` = (x, y, width, height) of the picture.

    Each photo is spoiled by its own share of the strength, from mild to the whole.

    Args:
        image: the picture.
        rect: the box in it.
        rng: draws what happens.
        how: the whole strength.
        scans: how often the picture becomes a scan of two levels; by strength when not given.
        least_side: pixels that the longer side of the cell has at least.
    """
    share = rng.uniform(MILDEST, 1.0)
    how = Strength(how.geometry * share, how.light * share)
    cell = _cut(image, rect, rng, how.geometry, least_side)
    if rng.random() < 0.12 * how.geometry:
        _intrude(cell, rng)
    return exposed(cell, rng, how.light, scans=scans)


def exposed(
    cell: Picture,
    rng: np.random.Generator,
    strength: float,
    *,
    scans: float | None = None,
    side: float | None = None,
) -> NDArray[np.uint8]:
    """What a camera or a scanner makes of a picture that it sees straight on.

    Args:
        cell: the picture.
        rng: draws what happens.
        strength: how far light, blur and noise go, 1 at most.
        scans: how often it becomes a scan of two levels; by strength when not given.
        side: pixels of what is to be read in it, by which blur is measured; its longer side when
            not given.
    """
    cell = _light(cell, rng, strength)
    cell = _blur(cell, rng, strength, side or max(cell.shape[:2]))
    kind = rng.random()
    if kind < (0.12 * strength if scans is None else scans):
        cell = _scanned(cell, rng)
    elif kind > 1 - 0.14 * strength:
        cell = _moire(cell, rng)
    cell += rng.standard_normal(cell.shape, np.float32) * np.float32(rng.uniform(0, 6) * strength)
    if rng.random() < 0.2:
        cell = np.repeat(cell.mean(axis=2, keepdims=True), 3, axis=2)
    pixels = np.clip(cell, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = int(rng.uniform(35 if strength > 0.5 else 60, 95))
        _, coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
        pixels = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return pixels


def _cut(
    image: Picture,
    rect: tuple[float, float, float, float],
    rng: np.random.Generator,
    strength: float,
    least_side: float,
) -> Picture:
    """Cut the box with a margin of -4 to 20 % through a small perspective, at most 72 pixels."""
    x, y, width, height = rect
    shorter = min(width, height)
    margins = shorter * np.clip(rng.normal(0.08, 0.06 * strength, 4), -0.05, 0.22)
    corners = np.array(
        [
            [x - margins[0], y - margins[1]],
            [x + width + margins[2], y - margins[1]],
            [x + width + margins[2], y + height + margins[3]],
            [x - margins[0], y + height + margins[3]],
        ]
    )
    centre = corners.mean(axis=0)
    angle = np.deg2rad(rng.normal(0, 4 * strength))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stretch = np.exp(rng.normal(0, 0.06 * strength, 2))
    quad = (corners - centre) @ turn.T * stretch + centre
    quad += rng.normal(0, 0.025 * shorter * strength, (4, 2))
    quad += rng.normal(0, 0.03 * shorter * strength, 2)
    longer = max(corners[1, 0] - corners[0, 0], corners[3, 1] - corners[0, 1])
    side = np.exp(rng.uniform(np.log(least_side), np.log(72)))
    side = min(side, max(longer * 1.3, 24.0))
    scale = side / longer
    out_width = max(8, round((corners[1, 0] - corners[0, 0]) * scale))
    out_height = max(8, round((corners[3, 1] - corners[0, 1]) * scale))
    target = np.array([[0, 0], [out_width, 0], [out_width, out_height], [0, out_height]])
    if scale < 0.8:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.45 / scale), np.float32)
    paper = tuple(float(v) for v in np.percentile(image[::4, ::4].reshape(-1, 3), 70, axis=0))
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), target.astype(np.float32))
    border = cv2.BORDER_REPLICATE if rng.random() < 0.5 else cv2.BORDER_CONSTANT
    return np.asarray(
        cv2.warpPerspective(
            image,
            matrix,
            (out_width, out_height),
            flags=cv2.INTER_LINEAR,
            borderMode=border,
            borderValue=paper,
        ),
        np.float32,
    )


def _intrude(cell: Picture, rng: np.random.Generator) -> None:
    """A neighbour's ink or line that reaches a little over one edge, drawn in place."""
    height, width = cell.shape[:2]
    reach = rng.uniform(0.02, 0.13)
    along = rng.uniform(0, 1, 2)
    side = int(rng.integers(4))
    depth = np.array([-0.05, reach])
    ends = np.column_stack([along, depth] if side % 2 == 0 else [depth, along])
    if side >= 2:
        ends = 1 - ends
    points = np.round(ends * [width, height] * 8).astype(np.int32)
    tone = tuple(float(v) for v in cell.min(axis=(0, 1)) + rng.uniform(0, 60))
    pen = max(1, round(width * rng.uniform(0.02, 0.07)))
    cv2.line(cell, tuple(points[0].tolist()), tuple(points[1].tolist()), tone, pen, cv2.LINE_AA, 3)


def _light(cell: Picture, rng: np.random.Generator, strength: float) -> Picture:
    """Gain, colour of the lamp, a slope of light, the edge of a shadow, weaker contrast."""
    height, width = cell.shape[:2]
    gain = np.exp(rng.normal(0, 0.08 * strength, 3)) * rng.uniform(0.6, 1.05)
    cell = cell * gain.astype(np.float32)
    if rng.random() < 0.5:
        slope = rng.normal(0, 0.16 * strength, 2)
        shade = (
            1
            + slope[0] * np.linspace(-0.5, 0.5, width)[None, :]
            + slope[1] * np.linspace(-0.5, 0.5, height)[:, None]
        )
        cell = cell * shade.astype(np.float32)[:, :, None]
    if rng.random() < 0.1 * strength:
        direction = rng.uniform(0, 2 * np.pi)
        rows, columns = np.mgrid[0:height, 0:width] / max(height, width) - 0.5
        distance = rows * np.sin(direction) + columns * np.cos(direction) - rng.normal(0, 0.2)
        edge = 1 / (1 + np.exp(-distance * rng.uniform(6, 60)))
        cell = cell * (1 - rng.uniform(0.1, 0.45) * edge).astype(np.float32)[:, :, None]
    if rng.random() < 0.3 * strength:
        veil = rng.uniform(0, 0.5)
        cell = cell * (1 - veil) + veil * cell.max(axis=(0, 1))
    return cell.astype(np.float32, copy=False)


def _blur(cell: Picture, rng: np.random.Generator, strength: float, side: float) -> Picture:
    """Out of focus, or moved while the shutter was open."""
    kind = rng.random()
    if kind < 0.4:
        sigma = side * rng.uniform(0, 0.028) * strength
        return np.asarray(cv2.GaussianBlur(cell, (0, 0), max(sigma, 0.3)), np.float32)
    if kind < 0.52:
        length = max(2, round(side * rng.uniform(0.02, 0.1) * strength))
        kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
        angle = rng.uniform(0, np.pi)
        reach = length / 2 * np.array([np.cos(angle), np.sin(angle)])
        start = tuple(np.round(length - reach).astype(int).tolist())
        end = tuple(np.round(length + reach).astype(int).tolist())
        cv2.line(kernel, start, end, 1.0, 1)
        return np.asarray(cv2.filter2D(cell, -1, kernel / kernel.sum()), np.float32)
    return cell


def _moire(cell: Picture, rng: np.random.Generator) -> Picture:
    """Coloured stripes of a screen's pixels against the camera's."""
    height, width = cell.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32) / max(height, width)
    for _ in range(int(rng.integers(1, 3))):
        direction, waves = rng.uniform(0, np.pi), np.exp(rng.uniform(np.log(0.7), np.log(12)))
        phase = 2 * np.pi * waves * (rows * np.sin(direction) + columns * np.cos(direction))
        phase = phase + rng.uniform(0, 2) * np.sin(3 * rows + rng.uniform(0, 6))
        depth = rng.uniform(0.01, 0.14)
        lag = rng.choice([2 * np.pi / 3, rng.uniform(0, 1)])
        start = rng.uniform(0, 2 * np.pi)
        stripes = [1 + depth * np.sin(phase + start + channel * lag) for channel in range(3)]
        cell = cell * np.stack(stripes, axis=2)
    return np.asarray(cell, np.float32)


def _scanned(cell: Picture, rng: np.random.Generator) -> Picture:
    """Grey bilevel of an office scanner, sometimes with a grey watermark under the ink."""
    grey = cell.mean(axis=2)
    dark, paper = np.percentile(grey, [3, 75])
    level = paper - (paper - dark) * rng.uniform(0.18, 0.45)
    sharp = 1 / (1 + np.exp(-(grey - level) / max((paper - dark) * rng.uniform(0.02, 0.1), 1.0)))
    flat = 255 * sharp
    if rng.random() < 0.5:
        mark = np.zeros(grey.shape, np.uint8)
        height, width = grey.shape
        points = rng.integers(-10, max(height, width) + 10, (4, 2)).astype(np.int32)
        cv2.fillPoly(mark, [points], 1)
        flat = np.where((mark > 0) & (flat > 200), rng.uniform(215, 240), flat)
    return np.repeat(flat[:, :, None], 3, axis=2).astype(np.float32)
