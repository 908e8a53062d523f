"""What was proposed, drawn over the blank: every place in the colour of what it is for."""

from collections.abc import Iterator, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import FieldSpec, PageSpec
from digitizer.domain.geometry import Rect
from digitizer.vision.drawing import LETTER_PX, Colour, bounded, frame, text, titled

DIGITS: Final[Colour] = (40, 40, 220)
BUBBLES: Final[Colour] = (200, 60, 0)
TALLY: Final[Colour] = (30, 150, 30)
SUMS: Final[Colour] = (200, 0, 200)
WORDS: Final[Colour] = (0, 140, 255)
PRIVATE: Final[Colour] = (130, 130, 130)
MARKS: Final[Colour] = (160, 160, 0)

LEGEND: Final = (
    "red digit boxes, blue bubbles, green turus, magenta row sums, orange words, "
    "grey private, teal header, titles, marks and tag"
)


def draw_proposal(picture: NDArray[np.uint8], page: PageSpec) -> NDArray[np.uint8]:
    """A picture (height, width, 3) of a blank (grey) with all that is proposed for it."""
    small = bounded(np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8))
    scale = small.shape[0] / page.size.height
    for rect, colour in _places(page):
        frame(small, rect, scale, colour)
    for field in page.fields:
        first = field.digit_boxes[0]
        size = max(0.3, 0.25 * first.height * scale / LETTER_PX)
        at = (round(first.x * scale), round((first.y - 0.6) * scale))
        text(small, field.id, at, DIGITS, size)
    return titled(small, [f"page {page.number}: {len(page.fields)} numbers", LEGEND])


def draw_faults(
    picture: NDArray[np.uint8], page: PageSpec, wrong: Sequence[tuple[str, Sequence[Rect]]]
) -> NDArray[np.uint8]:
    """A picture (height, width, 3) of a page with all its places pale, and in red, numbered, those
    that each of these messages is about.
    """
    drawn = bounded(picture)
    scale = drawn.shape[0] / page.size.height
    for rect, _ in _places(page):
        frame(drawn, rect, scale, PRIVATE)
    for number, (_, places) in enumerate(wrong, start=1):
        for rect in places:
            frame(drawn, rect, scale, DIGITS)
        for rect in places[:1]:
            at = (max(0, round(rect.x * scale)), max(LETTER_PX, round((rect.y - 0.6) * scale)))
            text(drawn, str(number), at, DIGITS, 0.8)
    told = [f"{number}. {message}" for number, (message, _) in enumerate(wrong, start=1)]
    return titled(drawn, [f"page {page.number}", *told])


def _places(page: PageSpec) -> Iterator[tuple[Rect, Colour]]:
    for rect in page.private:
        yield rect, PRIVATE
    for rect in (*((page.header,) if page.header else ()), *page.titles):
        yield rect, MARKS
    if page.tag is not None:
        yield page.tag.rect, MARKS
    for mark in page.fiducials:
        side = 2 * mark.square_side
        yield Rect(mark.point.x - side / 2, mark.point.y - side / 2, side, side), MARKS
    for field in page.fields:
        yield from _of_field(field)


def _of_field(field: FieldSpec) -> Iterator[tuple[Rect, Colour]]:
    for rect in field.digit_boxes:
        yield rect, DIGITS
    for groups, colour in ((field.bubbles, BUBBLES), (field.tally, TALLY), (field.row_sums, SUMS)):
        for group in groups:
            for rect in group:
                yield rect, colour
    if field.words is not None:
        yield field.words, WORDS
