"""Where a page lies in a photo, as a person says who can see it and a machine could not."""

from dataclasses import dataclass
from typing import Final

Corner = tuple[float, float]
"""Across and down, as shares of the width and height of the upright picture."""


Corners = tuple[Corner, Corner, Corner, Corner]
"""Clockwise from the top left, as one reads the sheet."""

MIN_AREA: Final = 0.02
"""A sheet that covers less of its picture has digits of a few pixels."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The four corners of the sheet.

    Attributes:
        form, page: which page it is.
        corners: of the sheet, clockwise from the top left as one reads it; they may lie a little
            outside the picture.
    """

    form: str
    page: int
    corners: Corners

    def __post_init__(self) -> None:
        if not all(-1 <= part <= 2 for corner in self.corners for part in corner):
            raise ValueError(f"corners {self.corners} lie far outside the picture")
        if self.area <= MIN_AREA:
            raise ValueError(f"corners {self.corners} do not go clockwise around a sheet")

    @property
    def area(self) -> float:
        """The share of the picture that the sheet covers; negative when it goes the wrong way."""
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = self.corners
        # The shoelace formula; down is positive, so clockwise is too.
        return 0.5 * ((ax - cx) * (by - dy) - (bx - dx) * (ay - cy))
