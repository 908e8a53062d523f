"""The cells of a picture, from several sights of it: the plainest that is not refuted counts."""

from collections.abc import Sequence
from typing import Final

from digitizer.domain.geometry import Rect
from digitizer.learn.boxes import ALIKE, is_box
from digitizer.learn.cells import Cell, cells_of, distinct
from digitizer.learn.drawing import Drawing

MOST_PARTS: Final = 4
"""So many boxes, that touch, a plainer sight may take for one."""


def cells_seen(drawings: Sequence[Drawing], slack: float) -> tuple[Cell, ...]:
    """Cells of every sight, plainest first.

    What a later sight finds within a box is a guide to write on, or ink, unless it parts the box
    into equal boxes and the boxes beside it are such, not such as the whole: then the plainer sight
    had missed the lines between them.
    """
    kept: list[Cell] = []
    for drawing in drawings:
        fresh = distinct(cells_of(drawing.rulings, slack), slack)
        for box in [cell for cell in kept if is_box(cell.rect, drawing.size)]:
            within = [cell for cell in fresh if _within(cell.rect, box.rect, slack)]
            beside = [cell.rect for cell in (*kept, *fresh) if cell not in (box, *within)]
            if _parts(within, box.rect, slack) and _alike(within[0].rect, box.rect, beside, slack):
                kept.remove(box)
            else:
                fresh = tuple(cell for cell in fresh if cell not in within)
        kept += fresh
    return distinct(kept, slack)


def _within(rect: Rect, box: Rect, slack: float) -> bool:
    """Whether a rectangle lies in another, and is smaller."""
    inside = (
        rect.x >= box.x - slack
        and rect.y >= box.y - slack
        and rect.right <= box.right + slack
        and rect.bottom <= box.bottom + slack
    )
    return inside and rect.width * rect.height < 0.9 * box.width * box.height


def _parts(within: Sequence[Cell], box: Rect, slack: float) -> bool:
    rects = [cell.rect for cell in within if abs(cell.rect.height - box.height) <= 2 * slack]
    widths = [rect.width for rect in rects]
    return (
        2 <= len(rects) == len(within) <= MOST_PARTS
        and abs(sum(widths) - box.width) <= 2 * slack
        and max(widths) - min(widths) <= 2 * ALIKE * max(widths)
    )


def _alike(part: Rect, box: Rect, beside: Sequence[Rect], slack: float) -> bool:
    """Whether more of the boxes on the same line are as wide as a part than as the whole box."""
    widths = [
        rect.width
        for rect in beside
        if abs(rect.y - box.y) <= 2 * slack and abs(rect.bottom - box.bottom) <= 2 * slack
    ]

    def count(width: float) -> int:
        return sum(abs(other - width) <= 2 * ALIKE * width for other in widths)

    return count(part.width) > count(box.width)
