"""Compare the print of a page with the border of a box that a form prints."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.geometry import Rect
from digitizer.vision.ink import Ink, ink_of
from digitizer.vision.photo import BgrImage

PAPER_MM: Final = 4.0
"""Paper is the mean of the lightest within this distance of a place."""

Likeness = NDArray[np.float32]
"""(rows, columns) of a search: correlation with the border at each shift, -1 to 1."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a printed border lies from where the mesh puts it, in millimetres.

    `likeness` is the correlation with the border there, or 0 where no border was found.
    """

    dx: float
    dy: float
    likeness: float

    @property
    def found(self) -> bool:
        """Whether the place's own printed border was seen there."""
        return self.likeness > 0

    def moved(self, rect: Rect) -> Rect:
        """The rectangle where it was found."""
        return Rect(rect.x + self.dx, rect.y + self.dy, rect.width, rect.height)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far to search to either side of a guess, in millimetres."""

    x: float
    y: float


@dataclass(frozen=True, slots=True, eq=False)
class PrintedInk:
    """How dark a flat page is against the paper around each pixel: 0 paper to 255 black.

    Pixels beyond the page count as paper.
    """

    ink: Ink
    scale: float

    @classmethod
    def of(cls, image: BgrImage, pixels_per_mm: float) -> "PrintedInk":
        """Measure a page laid flat, (height, width, 3) BGR."""
        grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
        return cls(ink_of(grey, 2 * round(PAPER_MM * pixels_per_mm) + 1), pixels_per_mm)

    def likeness(self, border: "Border", guess: Shift, reach: Reach) -> Likeness:
        """Correlation with a border at every shift within reach of a guess; see `shift_at`."""
        left = border.around.x + guess.dx - reach.x
        top = border.around.y + guess.dy - reach.y
        x, y = round(left * self.scale), round(top * self.scale)
        columns = 2 * round(reach.x * self.scale) + 1
        rows = 2 * round(reach.y * self.scale) + 1
        template = border.drawn(self.scale)
        height, width = template.shape[0] + rows - 1, template.shape[1] + columns - 1
        window = np.zeros((height, width), np.uint8)
        inside = self.ink[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)]
        row, column = max(-y, 0), max(-x, 0)
        window[row : row + inside.shape[0], column : column + inside.shape[1]] = inside
        if float(window.std()) < 2.5:
            return np.zeros((rows, columns), np.float32)
        found = cv2.matchTemplate(window, template, cv2.TM_CCOEFF_NORMED)
        return np.nan_to_num(np.asarray(found, np.float32), posinf=0.0, neginf=0.0)

    def shift_at(
        self, border: "Border", guess: Shift, reach: Reach, peak: tuple[float, float]
    ) -> tuple[float, float]:
        """The shift in millimetres of a (row, column), also between pixels, of `likeness`."""
        x = round((border.around.x + guess.dx - reach.x) * self.scale) + peak[1]
        y = round((border.around.y + guess.dy - reach.y) * self.scale) + peak[0]
        return x / self.scale - border.around.x, y / self.scale - border.around.y


@dataclass(frozen=True, slots=True)
class Border:
    """The printed edge of a box, `stroke` wide."""

    rect: Rect
    stroke: float

    @property
    def around(self) -> Rect:
        """The rectangle compared: the border with some paper outside."""
        return self.rect.grown(2 * self.stroke)

    def drawn(self, scale: float) -> Ink:
        """The border a little soft, as a camera sees it; its picture covers `around`."""
        around = self.around
        size = (round(around.height * scale), round(around.width * scale))
        canvas = np.zeros(size, np.uint8)
        thickness = max(1, round(self.stroke * scale))
        corners = [((c.x - around.x) * scale, (c.y - around.y) * scale) for c in self.rect.corners]
        points = np.round((np.array(corners) - 0.5) * 16).astype(np.int32)
        cv2.polylines(canvas, [points], True, 255, thickness, cv2.LINE_AA, 4)
        soft = cv2.GaussianBlur(canvas, (0, 0), max(0.6, 0.4 * scale))
        return np.asarray(soft, np.uint8)


def peak_of(likeness: Likeness) -> tuple[float, float, float]:
    """Row, column (between pixels, by parabolas) and height of the highest point."""
    _, best, _, (column, row) = cv2.minMaxLoc(likeness)
    return (
        row + _vertex(likeness[:, column], row),
        column + _vertex(likeness[row], column),
        float(best),
    )


def _vertex(values: NDArray[np.float32], at: int) -> float:
    """Offset of the top of the parabola through three neighbours, within half a pixel."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, here, after = (float(v) for v in values[at - 1 : at + 2])
    bend = before - 2 * here + after
    return 0.0 if bend >= 0 else float(np.clip((before - after) / (2 * bend), -0.5, 0.5))
