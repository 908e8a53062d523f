"""Pieces of a page: cut out between two heights, moved, and laid together again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from itertools import chain
from typing import Any, Final

from digitizer.domain.form import FieldSpec, PageSpec, PrintedCircle, PrintedLine, PrintedText
from digitizer.domain.geometry import Point, Rect


@dataclass(frozen=True, slots=True)
class Piece:
    """Numbers and print that belong together."""

    fields: tuple[FieldSpec, ...] = ()
    private: tuple[Rect, ...] = ()
    lines: tuple[PrintedLine, ...] = ()
    circles: tuple[PrintedCircle, ...] = ()
    texts: tuple[PrintedText, ...] = ()


PARTS: Final = tuple(part.name for part in fields(Piece))


def cut(page: PageSpec, top: float, bottom: float) -> Piece:
    """What lies wholly between two heights of a page, in millimetres."""

    def within(*heights: float) -> bool:
        return all(top <= height <= bottom for height in heights)

    return Piece(
        tuple(f for f in page.fields if within(*(y for r in f.rects() for y in (r.y, r.bottom)))),
        tuple(rect for rect in page.private if within(rect.y, rect.bottom)),
        tuple(line for line in page.lines if within(line.start.y, line.end.y)),
        tuple(circle for circle in page.circles if within(circle.centre.y)),
        tuple(text for text in page.texts if within(text.at.y)),
    )


def without(page: PageSpec, *pieces: Piece) -> PageSpec:
    """A page less these pieces."""
    gone = joined(pieces)
    kept: dict[str, Any] = {
        part: tuple(item for item in getattr(page, part) if item not in getattr(gone, part))
        for part in PARTS
    }
    return replace(page, **kept)


def joined(pieces: Iterable[Piece]) -> Piece:
    """All these pieces as one; a ruling that two of them share is there once."""
    all_of = tuple(pieces)
    return Piece(
        *(
            tuple(dict.fromkeys(chain.from_iterable(getattr(one, part) for one in all_of)))
            for part in PARTS
        )
    )


def laid_on(page: PageSpec, *pieces: Piece) -> PageSpec:
    """A page with these pieces added, in their order."""
    more = joined(pieces)
    both: dict[str, Any] = {
        part: tuple(dict.fromkeys((*getattr(page, part), *getattr(more, part)))) for part in PARTS
    }
    return replace(page, **both)


def moved(piece: Piece, down: float) -> Piece:
    """A piece so many millimetres further down."""

    def at(point: Point) -> Point:
        return Point(point.x, round(point.y + down, 3))

    def rect(old: Rect) -> Rect:
        corner = at(Point(old.x, old.y))
        return Rect(corner.x, corner.y, old.width, old.height)

    def rects(old: tuple[tuple[Rect, ...], ...]) -> tuple[tuple[Rect, ...], ...]:
        return tuple(tuple(map(rect, row)) for row in old)

    return Piece(
        tuple(
            replace(
                field,
                digit_boxes=tuple(map(rect, field.digit_boxes)),
                bubbles=rects(field.bubbles),
                tally=rects(field.tally),
                row_sums=rects(field.row_sums),
                words=None if field.words is None else rect(field.words),
            )
            for field in piece.fields
        ),
        tuple(map(rect, piece.private)),
        tuple(replace(line, start=at(line.start), end=at(line.end)) for line in piece.lines),
        tuple(replace(circle, centre=at(circle.centre)) for circle in piece.circles),
        tuple(replace(text, at=at(text.at)) for text in piece.texts),
    )


def worded(piece: Piece, words: Callable[[str], str]) -> Piece:
    """A piece with other words on its print, and in its fields' ids and labels."""
    return replace(
        piece,
        fields=tuple(
            replace(field, id=words(field.id), label=words(field.label)) for field in piece.fields
        ),
        texts=tuple(replace(text, text=words(text.text)) for text in piece.texts),
    )


def saksi_cells(
    left: float, right: float, heights: tuple[float, float, float], count: int
) -> tuple[tuple[Rect, Rect], ...]:
    """Cells side by side for the saksi of each paslon: for the names, and for the signature below.

    Args:
        left: side of the table.
        right: the other side.
        heights: top of the names, of the signature, and its foot.
        count: of paslon.
    """
    top, name, bottom = heights
    width = (right - left) / count
    return tuple(
        (
            Rect(round(left + index * width, 2), top, round(width, 2), name - top),
            Rect(round(left + index * width, 2), name, round(width, 2), bottom - name),
        )
        for index in range(count)
    )


def across(x0: float, x1: float, y: float, width: float) -> PrintedLine:
    """A black ruling from left to right."""
    return PrintedLine(Point(x0, y), Point(x1, y), width)


def down(x: float, y0: float, y1: float, width: float) -> PrintedLine:
    """A black ruling from top to bottom."""
    return PrintedLine(Point(x, y0), Point(x, y1), width)


def table(left: float, top: float, right: float, bottom: float, width: float) -> list[PrintedLine]:
    """The four sides of a table."""
    return [
        across(left, right, top, width),
        across(left, right, bottom, width),
        down(left, top, bottom, width),
        down(right, top, bottom, width),
    ]
