"""Which cells are boxes for digits, cells for turus, row sums, letters: by size and company."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from digitizer.domain.geometry import Rect, Size, bounding_rect
from digitizer.learn.cells import Cell

LEAST_HEIGHT: Final = 0.011
MOST_HEIGHT: Final = 0.058
"""Height of a box that one character is written into, as a share of the page's height."""

NARROWEST: Final = 0.4
WIDEST: Final = 1.7
"""Its width, as a share of its height."""

LEAST_WIDTH: Final = 0.013
"""A box for a digit is no narrower than this share of the page's height; bars of a code are."""

SQUAT: Final = 1.4
"""A box for a digit is no wider than this share of its height; one for strokes may be."""

ALIKE: Final = 0.06
"""Boxes of one row differ by no more than this share of their size."""

GAP: Final = 0.7
"""Boxes of one number lie no further apart than this share of their width."""

DIGITS: Final = (2, 5)
"""So many boxes a number has."""

TALLY_COLUMNS: Final = 6
TALLY_ROWS: Final = 2
LETTERS: Final = 12
"""A row of so many boxes, of which nothing is a table, takes letters."""

HEAVIER: Final = 0.3
"""A line between two rows that is darker than those within them by this much parts two grids."""

Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Equal cells that touch, in rows and columns."""

    rows: tuple[Row, ...]

    @property
    def columns(self) -> int:
        return len(self.rows[0])

    @property
    def area(self) -> Rect:
        return bounding_rect(cell.rect for row in self.rows for cell in row)


@dataclass(frozen=True, slots=True)
class Boxes:
    """What a page has to write one character at a time into.

    Attributes:
        numbers: the digit boxes of each number, from the top down and the left to the right.
        tallies, row_sums: grids for turus, and what stands right of them.
        letters: around each row of boxes for a number in words.
    """

    numbers: tuple[Row, ...]
    tallies: tuple[Grid, ...]
    row_sums: tuple[Grid, ...]
    letters: tuple[Rect, ...]


def boxes_of(cells: Sequence[Cell], size: Size) -> Boxes:
    """Sort the cells of a page by what is written into them."""
    small = [cell for cell in cells if is_box(cell.rect, size)]
    rows = [row for line in _lines(small) for row in _runs(line)]
    grids = list(_grids(rows))
    tallies = tuple(grid for grid in grids if _is_tally(grid, cells))
    sums = tuple(
        grid
        for grid in grids
        if grid.columns <= 3 and any(_beside(grid, tally) for tally in tallies)
    )
    taken = {row for grid in (*tallies, *sums) for row in grid.rows}
    letters: list[Rect] = []
    numbers: list[Row] = []
    for row in rows:
        first = row[0].rect
        if row in taken or len(row) < DIGITS[0]:
            continue
        if len(row) >= LETTERS:
            letters.append(bounding_rect(cell.rect for cell in row))
        elif LEAST_WIDTH * size.height <= first.width <= SQUAT * first.height:
            numbers += _numbers(row, cells)
    areas = [grid.area for grid in (*tallies, *sums)]
    ordered = sorted(_apart(numbers, areas), key=lambda row: (round(row[0].rect.y), row[0].rect.x))
    return Boxes(tuple(ordered), tallies, sums, tuple(letters))


def _apart(numbers: Sequence[Row], taken: Sequence[Rect]) -> list[Row]:
    """Numbers that lie over nothing else: of two that lie over each other the darker print."""
    kept: list[Row] = []
    places = list(taken)
    for row in sorted(numbers, key=lambda row: row[0].grey):
        place = bounding_rect(cell.rect for cell in row)
        if not any(place.overlaps(other, tolerance=0.5) for other in places):
            kept.append(row)
            places.append(place)
    return kept


def is_box(rect: Rect, size: Size) -> bool:
    """Whether a rectangle has the size and shape of a box for one character or a few strokes."""
    share = rect.height / size.height
    return LEAST_HEIGHT <= share <= MOST_HEIGHT and NARROWEST <= rect.width / rect.height <= WIDEST


def _lines(cells: Iterable[Cell]) -> Iterator[list[Cell]]:
    """Cells with the same top and bottom, from the left to the right."""
    waiting = sorted(cells, key=lambda cell: (cell.rect.y, cell.rect.x))
    while waiting:
        first = waiting[0].rect
        slack = ALIKE * first.height
        same = [
            cell
            for cell in waiting
            if abs(cell.rect.y - first.y) <= slack and abs(cell.rect.bottom - first.bottom) <= slack
        ]
        waiting = [cell for cell in waiting if cell not in same]
        yield sorted(same, key=lambda cell: cell.rect.x)


def _runs(line: Sequence[Cell]) -> Iterator[Row]:
    """Its runs of equal boxes that lie evenly apart."""
    run = [line[0]]
    for cell in line[1:]:
        if _goes_on([item.rect for item in run], cell.rect):
            run.append(cell)
        else:
            yield tuple(run)
            run = [cell]
    yield tuple(run)


def _goes_on(run: Sequence[Rect], rect: Rect) -> bool:
    last = run[-1]
    slack = ALIKE * last.width
    gap = rect.x - last.right
    if abs(rect.width - last.width) > 2 * slack or not -slack <= gap <= GAP * last.width:
        return False
    return len(run) == 1 or abs(gap - (last.x - run[-2].right)) <= 2 * slack


def _grids(rows: Sequence[Row]) -> Iterator[Grid]:
    """Rows that stand under each other, with as many equal cells each."""
    by_columns: dict[tuple[int, int, int], list[Row]] = defaultdict(list)
    for row in rows:
        by_columns[len(row), round(row[0].rect.x), round(row[-1].rect.right)].append(row)
    for same in by_columns.values():
        same.sort(key=lambda row: row[0].rect.y)
        run = [same[0]]
        for above, below in pairwise(same):
            if _one_grid(above, below):
                run.append(below)
            else:
                yield Grid(tuple(run))
                run = [below]
        yield Grid(tuple(run))


def _one_grid(above: Row, below: Row) -> bool:
    upper, lower = above[0].rect, below[0].rect
    slack = ALIKE * upper.height
    inner = above[0].right if len(above) > 1 else above[0].left
    between = below[0].top
    return (
        abs(lower.y - upper.bottom) <= slack
        and abs(lower.height - upper.height) <= 2 * slack
        and inner.grey - between.grey < HEAVIER
    )


def _is_tally(grid: Grid, cells: Sequence[Cell]) -> bool:
    """Wide cells in many columns, which no heads part into numbers."""
    cell = grid.rows[0][0].rect
    return (
        grid.columns >= TALLY_COLUMNS
        and len(grid.rows) >= TALLY_ROWS
        and cell.width >= 0.9 * cell.height
        and _headed(grid.rows[0], cells) is None
    )


def _beside(grid: Grid, tally: Grid) -> bool:
    """Whether it has a row for each row of a tally, and stands right of it."""
    slack = 2 * ALIKE * tally.rows[0][0].rect.height
    away = grid.area.x - tally.area.right
    return (
        len(grid.rows) == len(tally.rows)
        and -slack <= away <= 3 * tally.rows[0][0].rect.width
        and all(
            abs(one[0].rect.y - other[0].rect.y) <= slack
            for one, other in zip(grid.rows, tally.rows, strict=True)
        )
    )


def _numbers(row: Row, cells: Sequence[Cell]) -> Iterator[Row]:
    """The numbers of a row of boxes; several that touch are told apart by what stands above."""
    if len(row) <= DIGITS[1]:
        yield row
        return
    yield from _headed(row, cells) or (row[at : at + 3] for at in range(0, len(row), 3))


def _headed(row: Row, cells: Sequence[Cell]) -> tuple[Row, ...] | None:
    """A row of boxes as the cells above it part it, where every box is under such a one."""
    slack = 3 * ALIKE * row[0].rect.width
    heads = [cell.rect for cell in cells if cell.rect.bottom <= row[0].rect.y + slack]
    heads.sort(key=lambda rect: -rect.bottom)
    parts: list[Row] = []
    start = 0
    while start < len(row):
        counts = (
            count
            for head in heads
            for count in range(DIGITS[0], DIGITS[1] + 1)
            if start + count <= len(row)
            and abs(head.x - row[start].rect.x) <= slack
            and abs(head.right - row[start + count - 1].rect.right) <= slack
        )
        if (count := next(counts, None)) is None:
            return None
        parts.append(row[start : start + count])
        start += count
    return tuple(parts)
