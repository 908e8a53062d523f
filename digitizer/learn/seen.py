"""All that was found on one page of a blank."""

from dataclasses import dataclass

from digitizer.domain.form import Fiducial, TagSpec
from digitizer.learn.cells import Cell
from digitizer.learn.drawing import Drawing, Writing


@dataclass(frozen=True, slots=True)
class Seen:
    """All that was found on one page.

    Attributes:
        cells: those that its rulings enclose.
        writings: its printed texts.
    """

    drawing: Drawing
    cells: tuple[Cell, ...]
    writings: tuple[Writing, ...]
    fiducials: tuple[Fiducial, ...]
    tag: TagSpec | None
