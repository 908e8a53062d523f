"""The cells that rulings enclose: the smallest rectangles with a line along every side."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from digitizer.domain.geometry import Rect
from digitizer.learn.drawing import Ruling

SLACK: Final = 0.4
"""So far (mm) a line may stop short of another, or run past it, and still meet it."""

HAIR: Final = 0.05
"""Cells that differ by no more than this share of their shorter side are one."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A rectangle between four lines.

    Attributes:
        rect: along the middle of its lines.
        left, top, right, bottom: the lines themselves.
    """

    rect: Rect
    left: Ruling
    top: Ruling
    right: Ruling
    bottom: Ruling

    @property
    def sides(self) -> tuple[Ruling, Ruling, Ruling, Ruling]:
        return self.left, self.top, self.right, self.bottom

    @property
    def stroke(self) -> float:
        """Width of its thinnest side: two boxes that touch may stand in a heavier frame."""
        return min(side.width for side in self.sides)

    @property
    def grey(self) -> float:
        return max(side.grey for side in self.sides)


def cells_of(rulings: Sequence[Ruling], slack: float = SLACK) -> tuple[Cell, ...]:
    """Every cell, from the top down and from the left to the right.

    From each corner the nearest line to the right and the nearest line below are tried until two
    meet at the opposite corner.
    """
    solid = [item for item in rulings if not item.dotted]
    across = sorted((r for r in solid if r.axis == "across"), key=lambda r: r.at)
    down = sorted((r for r in solid if r.axis == "down"), key=lambda r: r.at)
    found = [
        cell
        for top in across
        for left in _meeting(top, down, slack)
        if left.end > top.at + slack
        for cell in _from_corner(left, top, across, down, slack)
    ]
    return tuple(sorted(found, key=lambda cell: (cell.rect.y, cell.rect.x)))


def _from_corner(
    left: Ruling, top: Ruling, across: Sequence[Ruling], down: Sequence[Ruling], slack: float
) -> Iterator[Cell]:
    """The smallest cell with this corner, if there is one."""
    rights = [
        item
        for item in _meeting(top, down, slack)
        if item.at > left.at + slack and item.end > top.at + slack
    ]
    bottoms = [
        item
        for item in _meeting(left, across, slack)
        if item.at > top.at + slack and item.end > left.at + slack
    ]
    for right in rights:
        for bottom in bottoms:
            if bottom.at > right.end + slack:
                break
            if right.at <= bottom.end + slack:
                width, height = right.at - left.at, bottom.at - top.at
                yield Cell(Rect(left.at, top.at, width, height), left, top, right, bottom)
                return


def _meeting(line: Ruling, others: Sequence[Ruling], slack: float) -> list[Ruling]:
    """The lines of the other direction that touch a line, in their order."""
    first = bisect_right(others, line.start - slack, key=lambda item: item.at)
    last = bisect_right(others, line.end + slack, key=lambda item: item.at)
    return [
        item for item in others[first:last] if item.start - slack <= line.at <= item.end + slack
    ]


def distinct(cells: Sequence[Cell], slack: float) -> tuple[Cell, ...]:
    """The same cells, of those that differ by a hair only the one with the heaviest lines.

    A box that stands on the line of its table has two lines there, its own and the table's.
    """
    kept: list[Cell] = []
    for cell in sorted(cells, key=lambda item: -sum(side.width for side in item.sides)):
        near = max(slack, HAIR * min(cell.rect.width, cell.rect.height))
        if not any(_same(cell.rect, other.rect, near) for other in kept):
            kept.append(cell)
    return tuple(sorted(kept, key=lambda cell: (cell.rect.y, cell.rect.x)))


def _same(rect: Rect, other: Rect, slack: float) -> bool:
    return (
        abs(rect.x - other.x) <= slack
        and abs(rect.y - other.y) <= slack
        and abs(rect.right - other.right) <= slack
        and abs(rect.bottom - other.bottom) <= slack
    )
