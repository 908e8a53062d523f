"""Cut the page into cells: the pixels of every box and bubble that the crew may have filled."""

from dataclasses import dataclass
from typing import Final, Literal

from digitizer.domain.geometry import Rect
from digitizer.vision.borders import Shift
from digitizer.vision.digits import CELL_MARGIN
from digitizer.vision.locate import in_view
from digitizer.vision.photo import BgrImage
from digitizer.vision.rectify import Page, crop

CellSource = Literal["digits", "bubbles"]

BUBBLE_MARGIN: Final = 0.25
"""A bubble cell is its circle's rectangle grown by this share, for some paper to compare with."""


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """The pixels of one place.

    Attributes:
        place: decimal place of the number, 0 for the units.
        row: of a bubble, the digit printed in it; 0 for a digit box.
        rect: the printed box in page millimetres, moved to where it was found.
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
    """Every digit box and bubble of the page, in the order of the form."""
    cells = []
    for field in page.spec.fields:
        shifts = page.shifts[field.id]
        for index, box in enumerate(field.digit_boxes):
            place = field.place(index)
            shift = shifts.boxes[index]
            cells.append(_cut(page, (field.id, "digits", place, 0), box, shift))
            for digit, bubble in enumerate(field.bubbles[index] if field.bubbles else ()):
                shift = shifts.bubbles[index][digit]
                cells.append(_cut(page, (field.id, "bubbles", place, digit), bubble, shift))
    return tuple(cells)


def _cut(page: Page, key: tuple[str, CellSource, int, int], box: Rect, shift: Shift) -> Cell:
    field, source, place, row = key
    rect = shift.moved(box)
    share = CELL_MARGIN if source == "digits" else BUBBLE_MARGIN
    image = crop(page.image, rect.grown(share * min(rect.width, rect.height)), page.pixels_per_mm)
    whole = in_view(page.location.homography, rect, page.photo.size)
    return Cell(field, source, place, row, rect, image, whole, shift.found)
