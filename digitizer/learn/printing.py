"""The print of a page as a form file has it: what the boxes do not draw themselves."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from digitizer.domain.form import FieldSpec, PrintedCircle, PrintedLine, PrintedText
from digitizer.domain.geometry import Point, Rect
from digitizer.learn.drawing import Ring, Ruling, Writing

CAPITAL: Final = 0.718
"""Height of capitals as a share of the font's size, as the blank is drawn."""

BESIDE: Final = 0.6
"""A line that is no further (mm) from a box, and hardly longer than its side, is its side."""


def lines_of(rulings: Sequence[Ruling], taken: Sequence[Rect]) -> Iterator[PrintedLine]:
    """The rulings that are no side of a box, which the boxes draw themselves."""
    for item in rulings:
        middle = (item.start + item.end) / 2
        at = Point(middle, item.at) if item.axis == "across" else Point(item.at, middle)
        if any(_is_side(item, at, rect) for rect in taken):
            continue
        start, end = (
            (Point(item.start, item.at), Point(item.end, item.at))
            if item.axis == "across"
            else (Point(item.at, item.start), Point(item.at, item.end))
        )
        yield PrintedLine(start, end, item.width, item.grey)


def circles_of(rings: Sequence[Ring], fields: Sequence[FieldSpec]) -> Iterator[PrintedCircle]:
    """The circles that are no bubble of a field."""
    bubbles = [rect for field in fields for rect in chain.from_iterable(field.bubbles)]
    for ring in rings:
        if not any(rect.holds(ring.centre) for rect in bubbles):
            yield PrintedCircle(ring.centre, ring.diameter, ring.width, ring.grey)


def text_of(item: Writing) -> PrintedText:
    """A line of text, on its baseline and as wide as it is printed."""
    hangs = any(letter in "gjpqy,;()" for letter in item.text)
    rect = item.rect
    # What hangs below the line is about a quarter of what stands on it.
    tall = rect.height / 1.28 if hangs else rect.height
    return PrintedText(Point(rect.x, rect.y + tall), item.text, tall / CAPITAL, width=rect.width)


def _is_side(item: Ruling, at: Point, rect: Rect) -> bool:
    side = rect.width if item.axis == "across" else rect.height
    return item.length <= 1.2 * side and rect.grown(BESIDE).holds(at)
