"""Areas for numbers in words as a camera sees them: print, a watermark, and what is written."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from digitizer.synth.strokes import PENS
from digitizer.training.augment import Picture, exposed
from digitizer.training.word_hands import Mask, write_words
from digitizer.training.word_texts import draw_text
from digitizer.vision.word_lines import word_lines
from digitizer.vision.word_odds import OTHER

Labelled = tuple[NDArray[np.uint8], str]
"""The strip of a line, 0 to 255, and its symbols."""

PROMPTS: Final = (
    *("(ditulis dengan huruf)", "(Ditulis dengan huruf)", "ditulis dengan huruf", "Terbilang:"),
    *("(dengan huruf)", "Dengan huruf", "(terbilang)", "huruf"),
)
MARKS: Final = ("KOMISI PEMILIHAN UMUM", "SIMULASI", "KPU", "PEMILU")

LEAST_SHARED: Final = 0.6
"""A line that has so much of the rows that were written on is what was written."""

EMPTY: Final = 0.06
ODD: Final = 0.07
"""Shares of the areas in which nothing is written, and something that is no letters."""


def area_lines(
    fonts: Sequence[Path], rng: np.random.Generator, strength: float = 1.0
) -> Iterator[Labelled]:
    """The lines that the product finds in one area, each with what is to be read in it."""
    area, rows, symbols = draw_area(fonts, rng, strength)
    lines = word_lines(area)
    for line in lines:
        shared = min(line.rows.stop, rows.stop) - max(line.rows.start, rows.start)
        written = shared >= LEAST_SHARED * (rows.stop - rows.start)
        if written or shared <= 0:
            yield np.round(255 * line.strip).astype(np.uint8), symbols if written else ""


def draw_area(
    fonts: Sequence[Path], rng: np.random.Generator, strength: float = 1.0
) -> tuple[NDArray[np.uint8], slice, str]:
    """An area as photographed, the rows that are written on, and the symbols to be read there."""
    kind = rng.random()
    if kind < EMPTY:
        mask, symbols = np.zeros((40, 400), np.float32), ""
    elif kind < EMPTY + ODD:
        mask, symbols = _odd(fonts, rng)
    else:
        written = draw_text(rng)
        mask, symbols = write_words(written, fonts, rng), written.symbols
    mask = _sized(mask, rng)
    tall, wide = mask.shape
    height = round(tall * (rng.uniform(1.12, 1.7) if rng.random() < 0.6 else rng.uniform(1.7, 3.2)))
    width = round(wide + tall * rng.uniform(0.4, 9.0))
    paper = _paper(height, width, tall, rng)
    top = int(rng.integers(0, height - tall + 1))
    left = int(rng.integers(0, width - wide + 1))
    pen = PENS[int(rng.integers(len(PENS)))]
    dark = mask[:, :, None] * np.float32(rng.uniform(0.55, 1.0))
    tint = 1 - np.array(pen.colour, np.float32) / 255
    paper[top : top + tall, left : left + wide] *= 1 - dark * tint
    seen = exposed(paper, rng, strength * rng.uniform(0.2, 1.0), scans=0.22, side=1.1 * tall)
    return seen, slice(top, top + tall), symbols


def _sized(mask: Mask, rng: np.random.Generator) -> Mask:
    """At the size in which it is photographed, letters narrow or wide."""
    tall = float(np.exp(rng.uniform(np.log(13), np.log(62))))
    scale = tall / mask.shape[0]
    wide = max(4, round(mask.shape[1] * scale * float(np.exp(rng.normal(0, 0.18)))))
    size = (wide, max(6, round(tall)))
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.float32)


def _paper(height: int, width: int, tall: int, rng: np.random.Generator) -> Picture:
    """Printed paper: a watermark, lines of the table, in small print what is to be done there."""
    picture = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(picture)
    if rng.random() < 0.5:
        _mark(draw, height, width, rng)
    grey = np.asarray(picture, np.float32).copy()
    if rng.random() < 0.55:
        _prompt(grey, tall, rng)
    edge = max(1, round(0.04 * tall))
    for side in range(4):
        if rng.random() < 0.45:
            thick = edge * int(rng.choice([1, 1, 2, 5]))
            length = rng.uniform(0.3, 1.0) if rng.random() < 0.3 else 1.0
            tone = float(rng.choice([20.0, 90.0, 150.0]))
            if side < 2:
                rows = slice(0, thick) if side == 0 else slice(height - thick, height)
                grey[rows, : round(width * length)] = tone
            else:
                columns = slice(0, thick) if side == 2 else slice(width - thick, width)
                grey[: round(height * length), columns] = tone
    colour = np.float32(rng.uniform(0.86, 1.0)) * (1 - np.abs(rng.normal(0, 0.02, 3)))
    return np.asarray(grey[:, :, None] * colour.astype(np.float32), np.float32)


def _mark(draw: ImageDraw.ImageDraw, height: int, width: int, rng: np.random.Generator) -> None:
    tone = int(rng.uniform(190, 248))
    font = ImageFont.load_default(size=max(8, int(height * rng.uniform(0.5, 1.6))))
    at = (float(rng.uniform(-0.3 * width, 0.4 * width)), float(rng.uniform(-0.7, 0.4)) * height)
    draw.text(at, "  ".join(rng.permutation(list(MARKS))), fill=tone, font=font)
    for _ in range(int(rng.integers(0, 5))):
        x, wide = float(rng.uniform(0, width)), float(rng.uniform(0.2, 2.0)) * height
        lean = float(rng.uniform(-0.8, 0.8)) * height
        draw.polygon(
            [(x, 0), (x + wide, 0), (x + wide + lean, height), (x + lean, height)],
            fill=int(rng.uniform(215, 250)),
        )


def _prompt(grey: NDArray[np.float32], tall: int, rng: np.random.Generator) -> None:
    """Small print, upright or italic, in place."""
    height, width = grey.shape
    font = ImageFont.load_default(size=40)
    text = str(rng.choice(PROMPTS))
    printed = Image.new("L", (round(font.getlength(text)) + 40, 60))
    ImageDraw.Draw(printed).text((16, 4), text, fill=255, font=font)
    scale = tall * rng.uniform(0.22, 0.5) / 40
    across = scale * rng.uniform(0.8, 1.1)
    lean = float(rng.choice([0.0, 0.2])) * scale
    size = (max(4, round(printed.width * across)), max(6, round(60 * scale)))
    matrix = np.array([[across, -lean, 12 * scale], [0, scale, 0]])
    small = cv2.warpAffine(np.asarray(printed), matrix, size, flags=cv2.INTER_AREA)
    small = small.astype(np.float32) / 255
    if rng.random() < 0.3:
        small = cv2.dilate(small, np.ones((2, 2), np.uint8))
    small = small[:height, :width]
    high, wide = small.shape
    right = rng.random() < 0.75
    left = max(0, width - wide - int(rng.uniform(0, 0.4) * tall)) if right else 0
    top = max(0, height - high - int(rng.uniform(0, 0.2) * tall)) if rng.random() < 0.75 else 0
    there = grey[top : top + high, left : left + wide]
    there *= 1 - small[: there.shape[0], : there.shape[1]] * np.float32(rng.uniform(0.45, 1.0))


def _odd(fonts: Sequence[Path], rng: np.random.Generator) -> tuple[Mask, str]:
    """A cross or strokes in place of words, a scrawl, or words that are struck out."""
    pen = int(rng.integers(3, 8))
    kind = rng.random()
    if kind < 0.35:
        return _crosses(pen, rng)
    if kind < 0.6:
        return _dashes(pen, rng)
    if kind < 0.8:
        return _scrawl(pen, rng), OTHER
    words = np.ascontiguousarray(write_words(draw_text(rng), fonts, rng))
    height, width = words.shape
    _pull(words, (2, height // 2), (width - 3, height // 2), pen, rng)
    return words, OTHER


def _crosses(pen: int, rng: np.random.Generator) -> tuple[Mask, str]:
    count, side = int(rng.integers(1, 4)), int(rng.integers(36, 60))
    mask = np.zeros((64, count * (side + 12) + 8), np.float32)
    for x in range(4, 4 + count * (side + 12), side + 12):
        _pull(mask, (x, 4), (x + side, side), pen, rng)
        _pull(mask, (x + side, 4), (x, side), pen, rng)
    return mask, "X" * count


def _dashes(pen: int, rng: np.random.Generator) -> tuple[Mask, str]:
    count = int(rng.integers(1, 4))
    mask = np.zeros((64, count * 80 + 8), np.float32)
    for x in range(6, 6 + count * 80, 80):
        _pull(mask, (x, 34), (x + int(rng.integers(30, 68)), 30), pen, rng)
    return mask, "-" * count


def _scrawl(pen: int, rng: np.random.Generator) -> Mask:
    width = int(rng.integers(64, 200))
    mask = np.zeros((64, width), np.float32)
    points = np.cumsum(rng.normal(0, 30, (int(rng.integers(8, 26)), 2)), axis=0)
    points = (points - points.min(axis=0)) / np.maximum(np.ptp(points, axis=0), 1.0)
    points = points * (width - 8, 56) + 4
    cv2.polylines(mask, [points.astype(np.int32)], False, (1.0,), pen, cv2.LINE_AA)
    return mask


def _pull(
    mask: Mask, start: tuple[int, int], end: tuple[int, int], pen: int, rng: np.random.Generator
) -> None:
    """One straight stroke by an unsteady hand, drawn in place."""
    shaken = [(x + int(rng.normal(0, 4)), y + int(rng.normal(0, 4))) for x, y in (start, end)]
    cv2.line(mask, shaken[0], shaken[1], (1.0,), pen, cv2.LINE_AA)
