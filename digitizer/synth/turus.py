"""How crews draw turus: strokes in fives, the fifth across, and lines through what is unused."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from digitizer.domain.geometry import Rect, bounding_rect

Line = NDArray[np.float64]
"""Corners of one pull of the pen, (n, 2) page millimetres."""

Fifth = Literal["rising", "falling", "level", "upright"]
RestOfRow = Literal["empty", "dashes", "line"]
RestOfRows = Literal["z", "lines", "cross", "empty"]

LEAVE_MM: Final = 1.2
"""A stroke leaves its cell by at most this much."""


@dataclass(frozen=True, slots=True)
class TurusHabit:
    """One crew's way of keeping a tally.

    Attributes:
        fifth: how the fifth stroke runs; "upright" makes five strokes side by side.
        spread, height: of the strokes of a cell, as shares of it; a height above 1 leaves it.
        slant: of the strokes, in radians, positive leans right.
        uneven: how far strokes stray from even spacing, as a share of it.
        lean: how much the slant differs from stroke to stroke, in radians.
        redrawn: share of the strokes that are drawn twice, to mend a faint or crooked one.
        rest_of_row: what goes into the cells after the last stroke of its row.
        rest_of_rows: what goes over the rows below.
    """

    fifth: Fifth
    spread: float
    height: float
    slant: float
    uneven: float
    lean: float
    redrawn: float
    rest_of_row: RestOfRow
    rest_of_rows: RestOfRows


def draw_habit(rng: np.random.Generator) -> TurusHabit:
    """A random crew's habit."""
    fifths: tuple[Fifth, ...] = ("rising", "falling", "level", "upright")
    ends: tuple[RestOfRow, ...] = ("empty", "dashes", "line")
    strikes: tuple[RestOfRows, ...] = ("z", "lines", "cross", "empty")
    return TurusHabit(
        fifth=fifths[rng.choice(4, p=(0.5, 0.2, 0.15, 0.15))],
        spread=rng.uniform(0.5, 0.86),
        height=rng.uniform(0.5, 1.04),
        slant=float(rng.normal(0.03, 0.09)),
        uneven=rng.uniform(0.02, 0.2),
        lean=rng.uniform(0.01, 0.08),
        redrawn=float(rng.choice([0.0, 0.04])),
        rest_of_row=ends[rng.choice(3, p=(0.65, 0.1, 0.25))],
        rest_of_rows=strikes[rng.choice(4, p=(0.45, 0.2, 0.15, 0.2))],
    )


def cell_lines(cell: Rect, count: int, habit: TurusHabit, rng: np.random.Generator) -> list[Line]:
    """The strokes of one cell, `count` of them and those drawn twice.

    Raises:
        ValueError: `count` is more than the five that a cell holds.
    """
    if count > 5:
        raise ValueError(f"{count} turus do not fit a cell of five")
    uprights = count if habit.fifth == "upright" else min(count, 4)
    lines = _uprights(cell, uprights, habit, rng)
    if count == 5 and uprights == 4:
        lines.append(_fifth(cell, lines, habit, rng))
    again = [line + rng.normal(0, 0.25, line.shape) for line in lines
             if rng.random() < habit.redrawn]  # fmt: skip
    return [_near(line, cell) for line in [*lines, *again]]


def tally_lines(
    rows: tuple[tuple[Rect, ...], ...], count: int, habit: TurusHabit, rng: np.random.Generator
) -> Iterator[Line]:
    """The strokes of a whole tally, and what goes into the rest of the last row used."""
    cells = [cell for row in rows for cell in row]
    used = -(-count // 5)
    for index in range(used):
        yield from cell_lines(cells[index], min(5, count - 5 * index), habit, rng)
    if used:
        last = (used - 1) // len(rows[0])
        yield from rest_lines(rows[last][used - last * len(rows[0]) :], habit, rng)


def rest_lines(
    cells: tuple[Rect, ...], habit: TurusHabit, rng: np.random.Generator
) -> Iterator[Line]:
    """What goes into the unused cells of a row that is in use."""
    if habit.rest_of_row == "line" and cells:
        yield _through(bounding_rect(cells), rng)
    if habit.rest_of_row == "dashes":
        for cell in cells:
            yield _through(cell.grown(-0.22 * min(cell.width, cell.height)), rng)


def strike_lines(
    rows: tuple[tuple[Rect, ...], ...], habit: TurusHabit, rng: np.random.Generator
) -> Iterator[Line]:
    """Lines over the rows that are not in use."""
    if not rows or habit.rest_of_rows == "empty":
        return
    if habit.rest_of_rows == "lines":
        for row in rows:
            yield _through(bounding_rect(row), rng)
        return
    area = bounding_rect(cell for row in rows for cell in row)
    inner = area.grown(-min(2.5, area.height * 0.15))
    left, top, right, bottom = inner.x, inner.y, inner.right, inner.bottom
    falling, rising = [[left, top], [right, bottom]], [[right, top], [left, bottom]]
    if habit.rest_of_rows == "cross":
        runs = [falling, rising]
    else:
        runs = [[[left, top], *rising, [right, bottom]]]
    for run in runs:
        yield np.asarray(run, np.float64) + rng.normal(0, 1.0, (len(run), 2))


def _uprights(cell: Rect, count: int, habit: TurusHabit, rng: np.random.Generator) -> list[Line]:
    places = 5 if habit.fifth == "upright" else 4
    step = habit.spread * cell.width / places
    start = cell.centre.x - step * (places - 1) / 2 + rng.normal(0, 0.15 * step)
    half = habit.height * cell.height / 2
    lines = []
    for index in range(count):
        x = start + index * step + rng.normal(0, habit.uneven) * step * 0.5
        middle = cell.centre.y + rng.normal(0, 0.04) * cell.height
        slope = np.tan(habit.slant + rng.normal(0, habit.lean))
        tip, foot = half * (1 + rng.normal(0, 0.1, 2))
        lines.append(np.array([[x + slope * tip, middle - tip], [x - slope * foot, middle + foot]]))
    return lines


def _fifth(cell: Rect, uprights: list[Line], habit: TurusHabit, rng: np.random.Generator) -> Line:
    """The stroke across four: from before the first to beyond the last, about half as high."""
    xs = np.array([line[:, 0].mean() for line in uprights])
    beyond = rng.uniform(0.02, 0.12, 2) * cell.width
    rise = {"rising": 1.0, "falling": -1.0}.get(habit.fifth, 0.0) * rng.uniform(0.2, 0.42)
    tilt = rise * habit.height * cell.height
    middle = cell.centre.y + rng.normal(0, 0.05) * cell.height
    left, right = xs.min() - beyond[0], xs.max() + beyond[1]
    ends = np.array([[left, middle + tilt], [right, middle - tilt]])
    return np.asarray(ends + rng.normal(0, 0.3, (2, 2)))


def _through(area: Rect, rng: np.random.Generator) -> Line:
    """One line along the middle of a row or cell."""
    heights = area.centre.y + rng.normal(0, 0.06, 2) * area.height
    ends = [area.x + 0.5, heights[0]], [area.right - 0.5, heights[1]]
    return np.asarray(ends, np.float64)


def _near(line: Line, cell: Rect) -> Line:
    """The line without what lies farther than `LEAVE_MM` outside the cell."""
    room = cell.grown(LEAVE_MM)
    return np.clip(line, (room.x, room.y), (room.right, room.bottom))
