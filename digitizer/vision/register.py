"""Check that every digit box is where the mesh puts it: its own printed border tells.

The mesh follows most of the print; where it is wrong, a box has no border or one beside its place.
Then nothing may be concluded from its pixels.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Final

from digitizer.domain.form import FieldSpec, PageSpec
from digitizer.domain.geometry import bounding_rect
from digitizer.vision.borders import Border, PrintedInk, Shift
from digitizer.vision.photo import BgrImage

BOX_PIXELS: Final = 26.0
"""Borders are sought at a scale at which a box has about this many pixels."""

REACH_SHARE: Final = 0.16
"""A border is sought within this share of its box's shorter side."""

LIKELY: Final = 0.35
LIKELY_IF_PALE: Final = 0.25
"""Correlation of each of the four edges from which a border counts as found; one that is printed
pale stands out less from the grain of a photo."""

PALE: Final = 0.5

BELIEVED_SHARE: Final = 0.5
"""Of all boxes of a page, so many must be found before any of them is believed."""


@dataclass(frozen=True, slots=True)
class FieldShifts:
    """How far the border of each digit box of a field lies from where the mesh puts it."""

    boxes: tuple[Shift, ...]


Shifts = Mapping[str, FieldShifts]
"""By field id."""


def measure_shifts(image: BgrImage, pixels_per_mm: float, spec: PageSpec) -> Shifts:
    """Seek the border of every digit box of a page laid flat."""
    boxes = [box for field in spec.fields for box in field.digit_boxes]
    side = median(min(box.width, box.height) for box in boxes)
    scale = min(pixels_per_mm, BOX_PIXELS / side)
    ink = PrintedInk.of(image, pixels_per_mm, bounding_rect(boxes).grown(side), scale, side)
    shifts = {field.id: FieldShifts(_borders(ink, field)) for field in spec.fields}
    if not _believable(shifts.values()):
        return {name: _unfound(shift) for name, shift in shifts.items()}
    return shifts


def _borders(ink: PrintedInk, field: FieldSpec) -> tuple[Shift, ...]:
    return tuple(
        ink.seek(
            Border(box, field.box_stroke, field.box_grey),
            REACH_SHARE * min(box.width, box.height),
            LIKELY_IF_PALE if field.box_grey > PALE else LIKELY,
        )
        for box in field.digit_boxes
    )


def _believable(shifts: Iterable[FieldShifts]) -> bool:
    """Whether enough boxes were found; the few found on a misplaced page are other boxes."""
    found = [shift.found for field in shifts for shift in field.boxes]
    return sum(found) >= BELIEVED_SHARE * len(found)


def _unfound(field: FieldShifts) -> FieldShifts:
    """The same shifts, none of which counts as found."""
    return FieldShifts(tuple(Shift(shift.dx, shift.dy, 0.0) for shift in field.boxes))
