"""Where a page lies in a photo, as a person says who can see it and a machine could not."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import hypot
from typing import Final

Corner = tuple[float, float]
"""Across and down, as shares of the width and height of the upright picture."""


Corners = tuple[Corner, Corner, Corner, Corner]
"""Clockwise from the top left, as one reads the sheet."""

MIN_AREA: Final = 0.02
"""A sheet that covers less of its picture has digits of a few pixels."""

LEAST_TURN: Final = 0.02
"""Sine of the angle by which a sheet's edge turns at each corner, at least: about a degree."""


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
        if min(self._turns()) < LEAST_TURN:
            raise ValueError(
                f"corners {self.corners} cross, or make a dent or a straight line; needed a right "
                "turn at each of the four: set each on its own corner of the paper"
            )

    @property
    def area(self) -> float:
        """The share of the picture that the sheet covers; negative when it goes the wrong way."""
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = self.corners
        # The shoelace formula; down is positive, so clockwise is too.
        return 0.5 * ((ax - cx) * (by - dy) - (bx - dx) * (ay - cy))

    def _turns(self) -> Iterator[float]:
        """Sine of the angle by which the edge turns at each corner; positive is clockwise.

        All four are so only around a convex sheet; a camera sees a flat one as nothing else.
        """
        ahead = (*self.corners[1:], *self.corners[:1])
        edges = [(bx - ax, by - ay) for (ax, ay), (bx, by) in zip(self.corners, ahead, strict=True)]
        for (ax, ay), (bx, by) in zip(edges, (*edges[1:], edges[0]), strict=True):
            length = hypot(ax, ay) * hypot(bx, by)
            yield (ax * by - ay * bx) / length if length else 0.0
