"""Where the digit boxes really lie on a rectified page: paper bends, and a homography does not.

Every box is searched near its place by its printed border. Neighbours confirm one another; a box
whose border is not found moves with them, or stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import FieldSpec, PageSpec
from digitizer.domain.geometry import Rect, bounding_rect
from digitizer.vision.photo import BgrImage

Ink = NDArray[np.float32]
"""(height, width), 0 paper to 1 black print."""

SEARCH_SHARE: Final = 0.45
"""How far a row of boxes is searched, as a share of a box's side; less than half, so that the next
row of boxes is out of reach."""

FINE_SHARE: Final = 0.12
"""How far a single box may then differ from its row."""

SURE: Final = 0.45
"""Correlation from which a border counts as found."""

WORK_SCALE: Final = 2.5
"""Pixels a millimetre at which borders are compared, at most."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a place lies from where the homography puts it, in millimetres, and how surely."""

    dx: float
    dy: float
    likeness: float

    def moved(self, rect: Rect) -> Rect:
        """The rectangle where it was found."""
        return Rect(rect.x + self.dx, rect.y + self.dy, rect.width, rect.height)


Shifts = Mapping[str, tuple[Shift, ...]]
"""By field id, one shift a digit box."""

STAY: Final = Shift(0.0, 0.0, 0.0)


def box_shifts(image: BgrImage, pixels_per_mm: float, spec: PageSpec) -> Shifts:
    """Measure the shift of every digit box on a page laid flat by its homography."""
    ink, scale = _printed_ink(image, pixels_per_mm)
    rows = {
        field.id: _find(
            ink, scale, field.digit_boxes, field.box_stroke, start=STAY, share=SEARCH_SHARE
        )
        for field in spec.fields
    }
    agreed = _agreed(spec.fields, rows)
    shifts = {}
    for field in spec.fields:
        row = agreed[field.id]
        boxes = []
        for box in field.digit_boxes:
            found = _find(ink, scale, (box,), field.box_stroke, start=row, share=FINE_SHARE)
            boxes.append(found if found.likeness >= SURE else row)
        shifts[field.id] = tuple(boxes)
    return shifts


def _printed_ink(image: BgrImage, pixels_per_mm: float) -> tuple[Ink, float]:
    """How dark each pixel is against the paper around it, and the pixels a millimetre."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    scale = min(1.0, WORK_SCALE / pixels_per_mm)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    true_scale = pixels_per_mm * grey.shape[1] / image.shape[1]
    side = 2 * round(4 * true_scale) + 1
    paper = cv2.blur(cv2.dilate(grey, np.ones((5, 5), np.uint8)), (side, side)).astype(np.float32)
    ink = np.clip(1 - grey.astype(np.float32) / np.maximum(paper, 1), 0, 1)
    return np.asarray(ink, np.float32), true_scale


def _find(
    ink: Ink, scale: float, boxes: Sequence[Rect], stroke: float, *, start: Shift, share: float
) -> Shift:
    """The shift near `start` at which the printed borders of `boxes` fit best."""
    around = bounding_rect(boxes).grown(2 * stroke)
    reach = share * min(boxes[0].width, boxes[0].height)
    left, top = start.moved(around).x - reach, start.moved(around).y - reach
    x, y = round(left * scale), round(top * scale)
    width, height = round(around.width * scale), round(around.height * scale)
    spare = round(2 * reach * scale)
    window = ink[max(y, 0) : y + height + spare, max(x, 0) : x + width + spare]
    if x < 0 or y < 0 or window.shape != (height + spare, width + spare) or window.std() < 0.01:
        return Shift(start.dx, start.dy, 0.0)
    template = _borders(boxes, stroke, around, scale, (width, height))
    likeness = np.asarray(cv2.matchTemplate(window, template, cv2.TM_CCOEFF_NORMED), np.float32)
    _, best, _, (column, row) = cv2.minMaxLoc(likeness)
    fine_x = column + _vertex(likeness[row], column)
    fine_y = row + _vertex(likeness[:, column], row)
    return Shift((x + fine_x) / scale - around.x, (y + fine_y) / scale - around.y, float(best))


def _borders(
    boxes: Sequence[Rect], stroke: float, around: Rect, scale: float, size: tuple[int, int]
) -> Ink:
    """The printed borders, a little soft, with the corner of `around` at the picture's corner."""
    canvas = np.zeros((size[1], size[0]), np.uint8)
    thickness = max(1, round(stroke * scale))
    for box in boxes:
        corners = np.array([(corner.x - around.x, corner.y - around.y) for corner in box.corners])
        points = np.round((corners * scale - 0.5) * 16).astype(np.int32)
        cv2.polylines(canvas, [points], True, 255, thickness, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(canvas, (0, 0), max(0.6, 0.5 * scale))
    return np.asarray(soft / 255, np.float32)


def _vertex(values: NDArray[np.float32], at: int) -> float:
    """Offset of the top of the parabola through three neighbours, within half a pixel."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, here, after = (float(v) for v in values[at - 1 : at + 2])
    bend = before - 2 * here + after
    return 0.0 if bend >= 0 else float(np.clip((before - after) / (2 * bend), -0.5, 0.5))


def _agreed(fields: Sequence[FieldSpec], rows: Mapping[str, Shift]) -> dict[str, Shift]:
    """Each row's own shift where it is sure and fits its neighbours, else what they say."""
    sure = [field for field in fields if rows[field.id].likeness >= SURE]
    if not sure:
        return {field.id: STAY for field in fields}
    centres = np.array([_centre(field) for field in sure])
    found = np.array([(rows[field.id].dx, rows[field.id].dy) for field in sure])
    agreed = {}
    for field in fields:
        own = rows[field.id]
        away = np.linalg.norm(centres - _centre(field), axis=1)
        others = [i for i in np.argsort(away) if sure[i].id != field.id][:5]
        said = np.median(found[others], axis=0) if others else np.array([own.dx, own.dy])
        near = float(away[others].mean()) if others else 0.0
        # Paper bends gently: what differs from all neighbours by more was not the border.
        limit = 1.5 + 0.02 * near
        fits = float(np.hypot(own.dx - said[0], own.dy - said[1])) <= limit
        if own.likeness >= SURE and (fits or len(others) < 3):
            agreed[field.id] = own
        else:
            agreed[field.id] = Shift(float(said[0]), float(said[1]), 0.0)
    return agreed


def _centre(field: FieldSpec) -> tuple[float, float]:
    centre = bounding_rect(field.digit_boxes).centre
    return centre.x, centre.y
