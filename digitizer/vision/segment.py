"""Cut the page into cells: the pixels of every place of the form that is written in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from digitizer.domain.form import FieldSpec
from digitizer.domain.geometry import Rect
from digitizer.vision.digits import CELL_MARGIN
from digitizer.vision.locate import in_view
from digitizer.vision.photo import BgrImage
from digitizer.vision.rectify import Page, crop
from digitizer.vision.register import FieldShifts
from digitizer.vision.tally_marks import TALLY_MARGIN

CellSource = Literal["digits", "bubbles", "tally", "rowsums", "words"]

BUBBLE_MARGIN: Final = 0.25
"""A bubble cell is its circle's rectangle grown by this share, for some paper to compare with."""


MARGINS: Final[Mapping[CellSource, float]] = {
    "digits": CELL_MARGIN,
    "bubbles": BUBBLE_MARGIN,
    "tally": TALLY_MARGIN,
    "rowsums": CELL_MARGIN,
    "words": 0.0,
}
"""By how much of its shorter side each place is grown on every side before it is cut."""


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """The pixels of one place.

    Attributes:
        place: decimal place of the number, 0 for the units; of a tally cell, its index in its row
            from the left.
        row: of a bubble, the digit printed in it; of a tally cell or a row sum, its row from the
            top; 0 for a digit box.
        rect: the printed box in page millimetres.
        image: (height, width, 3) BGR, the box with its margin.
        whole: whether the photo shows all of the box; of a cut box nothing may be concluded.
        found: whether the printed border was seen there. Where it was not, the pixels may be of
            some other place, and a blank may be no blank.
    """

    field: str
    source: CellSource
    place: int
    row: int
    rect: Rect
    image: BgrImage
    whole: bool
    found: bool


def segment(page: Page) -> tuple[Cell, ...]:
    """Every box, bubble, tally cell and area for words of the page, in the order of the form."""
    places = list(_places(page))
    whole = in_view(page.location, [place.rect for place in places], page.photo.size)
    return tuple(
        Cell(
            place.field,
            place.source,
            place.decimal,
            place.row,
            place.rect,
            _cut(page, place),
            inside,
            place.found,
        )
        for place, inside in zip(places, whole, strict=True)
    )


class _Place(NamedTuple):
    field: str
    source: CellSource
    decimal: int
    row: int
    rect: Rect
    found: bool


def _places(page: Page) -> Iterator[_Place]:
    for field in page.spec.fields:
        shifts = page.shifts[field.id].boxes
        for index, (box, shift) in enumerate(zip(field.digit_boxes, shifts, strict=True)):
            decimal = field.place(index)
            yield _Place(field.id, "digits", decimal, 0, box, shift.found)
            # A filled bubble hides its own ring, so the box above vouches for its column.
            for digit, bubble in enumerate(field.bubbles[index] if field.bubbles else ()):
                yield _Place(field.id, "bubbles", decimal, digit, bubble, shift.found)
        yield from _grids(field, page.shifts[field.id])


def _grids(field: FieldSpec, shifts: FieldShifts) -> Iterator[_Place]:
    """The tally, its row sums and the number in words, which lie where the mesh puts them.

    Their own lines are too pale to be sought, so the digit boxes beside vouch for them.
    """
    found = 2 * sum(shift.found for shift in shifts.boxes) > len(shifts.boxes)
    for row, cells in enumerate(field.tally):
        for column, cell in enumerate(cells):
            yield _Place(field.id, "tally", column, row, cell, found)
    for row, boxes in enumerate(field.row_sums):
        for index, box in enumerate(boxes):
            yield _Place(field.id, "rowsums", len(boxes) - 1 - index, row, box, found)
    if field.words is not None:
        yield _Place(field.id, "words", 0, 0, field.words, found)


def _cut(page: Page, place: _Place) -> BgrImage:
    margin = MARGINS[place.source] * min(place.rect.width, place.rect.height)
    return crop(page.image, place.rect.grown(margin), page.pixels_per_mm)
