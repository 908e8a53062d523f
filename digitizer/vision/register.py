"""Check that every digit box is where the mesh puts it: its own printed border tells.

The mesh follows most of the print; where it is wrong, a box has no border or one beside its place.
Then nothing may be concluded from its pixels.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Final

from digitizer.domain.form import FieldSpec, PageSpec
from digitizer.domain.geometry import Rect
from digitizer.vision.borders import Border, PrintedInk, Reach, Shift, peak_of
from digitizer.vision.photo import BgrImage

PLANO_BOX_MM: Final = 18.0

REACH_SHARE: Final = 0.16
"""A border is sought within this share of its box's shorter side."""

LIKELY: Final = 0.45
"""Correlation from which a border counts as found."""

BELIEVED_SHARE: Final = 0.5
"""Of all boxes of a page, so many must be found before any of them is believed."""

STAY: Final = Shift(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class FieldShifts:
    """How far the border of each digit box of a field lies from where the mesh puts it."""

    boxes: tuple[Shift, ...]


Shifts = Mapping[str, FieldShifts]
"""By field id."""


def measure_shifts(image: BgrImage, pixels_per_mm: float, spec: PageSpec) -> Shifts:
    """Seek the border of every digit box of a page laid flat."""
    # Strokes, margins and reaches are those of a plano's box; smaller forms are measured enlarged.
    sides = [min(box.width, box.height) for field in spec.fields for box in field.digit_boxes]
    zoom = PLANO_BOX_MM / median(sides)
    ink = PrintedInk.of(image, pixels_per_mm / zoom)
    shifts = {field.id: FieldShifts(_borders(ink, field, zoom)) for field in spec.fields}
    if not _believable(shifts.values()):
        return {name: _unfound(shift) for name, shift in shifts.items()}
    return shifts


def _borders(ink: PrintedInk, field: FieldSpec, zoom: float) -> tuple[Shift, ...]:
    found = []
    for box in field.digit_boxes:
        large = Rect(box.x * zoom, box.y * zoom, box.width * zoom, box.height * zoom)
        border = Border(large, field.box_stroke * zoom)
        reach = REACH_SHARE * min(large.width, large.height)
        row, column, likeness = peak_of(ink.likeness(border, STAY, Reach(reach, reach)))
        if likeness >= LIKELY:
            dx, dy = ink.shift_at(border, STAY, Reach(reach, reach), (row, column))
            found.append(Shift(dx / zoom, dy / zoom, likeness))
        else:
            found.append(STAY)
    return tuple(found)


def _believable(shifts: Iterable[FieldShifts]) -> bool:
    """Whether enough boxes were found; the few found on a misplaced page are other boxes."""
    found = [shift.found for field in shifts for shift in field.boxes]
    return sum(found) >= BELIEVED_SHARE * len(found)


def _unfound(field: FieldShifts) -> FieldShifts:
    """The same shifts, none of which counts as found."""
    return FieldShifts(tuple(Shift(shift.dx, shift.dy, 0.0) for shift in field.boxes))
