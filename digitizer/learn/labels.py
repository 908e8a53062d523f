"""Which printed words belong to which number: those of its row, and those above its column."""

import re
from collections.abc import Sequence
from typing import Final

from digitizer.domain.geometry import Rect, bounding_rect
from digitizer.learn.cells import Cell
from digitizer.learn.drawing import Writing

HINT: Final = re.compile(
    r"TULIS|TULES|HURUF|HUCUF|HURUT|KAPITAL|KOTAK|LEMBAR|HALAMAN|LINGKAR|HITAMKAN", re.IGNORECASE
)
"""What tells the crew how to write, or which page it is: no name of a number."""

LEAST_LETTERS: Final = 3
"""Fewer are a number of a row or of a column, not what it counts."""


def row_label(boxes: Rect, cells: Sequence[Cell], writings: Sequence[Writing]) -> str:
    """The words of the nearest cell to the left that has any, else those left of the boxes."""
    middle = boxes.centre.y
    beside = [
        cell.rect
        for cell in cells
        if cell.rect.y <= middle <= cell.rect.bottom and cell.rect.right <= boxes.x + boxes.height
    ]
    # The nearest; of those that end in the same place the smallest, which lies within the others.
    beside.sort(key=lambda rect: (-round(rect.right), rect.width * rect.height))
    for rect in beside:
        if text := _within(rect, writings):
            return text
    left = [
        item
        for item in writings
        if item.rect.right <= boxes.x
        and not HINT.search(item.text)
        and item.rect.y <= middle <= item.rect.bottom
    ]
    nearest = max(left, key=lambda item: item.rect.right, default=None)
    return nearest.text if nearest is not None else ""


def column_head(boxes: Rect, writings: Sequence[Writing]) -> str:
    """The nearest words that stand above the boxes, and over no other column."""
    above = [
        item
        for item in writings
        if item.rect.bottom <= boxes.y + 0.2 * boxes.height
        and not HINT.search(item.text)
        and boxes.x - boxes.height <= item.rect.centre.x <= boxes.right + boxes.height
        and item.rect.width <= 2 * boxes.width
        and _letters(item.text) >= LEAST_LETTERS
    ]
    nearest = max(above, key=lambda item: item.rect.bottom, default=None)
    if nearest is None:
        return ""
    line = [
        item for item in above if nearest.rect.bottom - item.rect.bottom <= 3 * nearest.rect.height
    ]
    return " ".join(item.text for item in sorted(line, key=lambda item: item.rect.y))


def around(row: Sequence[Cell]) -> Rect:
    """The boxes of one number as one rectangle."""
    return bounding_rect(cell.rect for cell in row)


def _within(rect: Rect, writings: Sequence[Writing]) -> str:
    inside = [
        item for item in writings if rect.holds(item.rect.centre) and not HINT.search(item.text)
    ]
    text = " ".join(
        item.text for item in sorted(inside, key=lambda item: (round(item.rect.y), item.rect.x))
    )
    return text if _letters(text) >= LEAST_LETTERS else ""


def _letters(text: str) -> int:
    return sum(letter.isalpha() for letter in text)
