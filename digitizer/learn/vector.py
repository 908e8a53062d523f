"""The print of a vector PDF, exactly: its own paths say where every line lies.

Texts are left to whoever reads them: printers turn them into outlines, which say no letter.
"""

import ctypes
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import pypdfium2
import pypdfium2.raw as pdfium

from digitizer.domain.geometry import Point, Rect, Size
from digitizer.learn.drawing import Drawing, Patch, Ring, Ruling, joined

MM: Final = 25.4 / 72
"""Millimetres in a point."""

UPRIGHT: Final = 0.02
"""A line that leans by no more than this, as a share of its length, is upright."""

THIN: Final = 1.6
"""A filled strip that is no wider (mm), and much longer, is a line drawn as an area."""

LONG: Final = 6.0
"""So many times as long as it is wide is a strip a line."""

ROUND: Final = 0.04
"""A closed curve whose points lie on a circle to within this share of its radius is one."""

SLACK: Final = 0.05
"""Pieces of one line lie no further apart, in millimetres."""

WHITE: Final = 0.97

Matrix = tuple[float, float, float, float, float, float]
Subpath = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class _View:
    """What of a page is shown, in points upwards, and by how many quarters it is turned clockwise
    when it is.
    """

    left: float
    bottom: float
    right: float
    top: float
    turns: int

    @property
    def size(self) -> Size:
        across, down = (self.right - self.left) * MM, (self.top - self.bottom) * MM
        return Size(down, across) if self.turns % 2 else Size(across, down)

    def place(self, point: tuple[float, float], matrix: Matrix) -> Point:
        """Where a point of an item with this matrix is seen, in millimetres downwards."""
        a, b, c, d, e, f = matrix
        x = a * point[0] + c * point[1] + e
        y = b * point[0] + d * point[1] + f
        match self.turns:
            case 1:
                return Point((y - self.bottom) * MM, (x - self.left) * MM)
            case 2:
                return Point((self.right - x) * MM, (y - self.bottom) * MM)
            case 3:
                return Point((self.top - y) * MM, (self.right - x) * MM)
            case _:
                return Point((x - self.left) * MM, (self.top - y) * MM)


@dataclass(slots=True)
class _Found:
    rulings: list[Ruling] = field(default_factory=list)
    rings: list[Ring] = field(default_factory=list)
    patches: list[Patch] = field(default_factory=list)


def draw_vector(page: pypdfium2.PdfPage) -> Drawing:
    """The lines, circles and filled areas of one page of a PDF, places in millimetres."""
    left, bottom, right, top = page.get_cropbox()
    view = _View(left, bottom, right, top, page.get_rotation() // 90)
    found = _Found()
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH]):
        _add(found, item, view)
    size = view.size
    rulings = joined(found.rulings, SLACK)
    return Drawing(size, rulings, tuple(found.rings), tuple(found.patches))


def _add(found: _Found, item: pypdfium2.PdfObject, view: _View) -> None:
    filled, stroked = _mode(item)
    matrix = _matrix(item)
    scale = math.sqrt(abs(matrix[0] * matrix[3] - matrix[1] * matrix[2])) * MM
    width = _stroke_width(item) * scale if stroked else 0.0
    shade = _grey(item, stroked=False)
    grey = _grey(item, stroked=True) if stroked else shade
    dotted = stroked and pdfium.FPDFPageObj_GetDashCount(item.raw) > 0
    for points, curved in _subpaths(item.raw):
        places = [view.place(point, matrix) for point in points]
        if curved:
            ring = _ring(places, width if stroked and not filled else 0.0, grey)
            if ring is not None:
                found.rings.append(ring)
            continue
        if stroked:
            found.rulings += _sides(places, width, grey, dotted=dotted)
        if filled and shade < WHITE:
            found.rulings += _strip(places, shade)
            if len(places) >= 3 and _strip_of(places) is None:
                found.patches.append(Patch(tuple(places), shade))


def _sides(places: Sequence[Point], width: float, grey: float, *, dotted: bool) -> Iterator[Ruling]:
    for start, end in pairwise(places):
        across, down = abs(end.x - start.x), abs(end.y - start.y)
        if down <= UPRIGHT * across:
            low, high = sorted((start.x, end.x))
            yield Ruling("across", (start.y + end.y) / 2, low, high, width, grey, dotted)
        elif across <= UPRIGHT * down:
            low, high = sorted((start.y, end.y))
            yield Ruling("down", (start.x + end.x) / 2, low, high, width, grey, dotted)


def _strip_of(places: Sequence[Point]) -> Rect | None:
    """A narrow rectangle, which is a line drawn as an area."""
    box = _bounds(places)
    if box is None or not _is_rect(places):
        return None
    thin, long = sorted((box.width, box.height))
    return box if thin <= THIN and long >= LONG * thin else None


def _strip(places: Sequence[Point], grey: float) -> Iterator[Ruling]:
    """A line that was drawn as a narrow filled rectangle."""
    box = _strip_of(places)
    if box is None:
        return
    if box.width > box.height:
        yield Ruling("across", box.centre.y, box.x, box.right, box.height, grey)
    else:
        yield Ruling("down", box.centre.x, box.y, box.bottom, box.width, grey)


def _is_rect(places: Sequence[Point]) -> bool:
    corners = {(round(item.x, 2), round(item.y, 2)) for item in places}
    return len({x for x, _ in corners}) == 2 and len({y for _, y in corners}) == 2


def _bounds(places: Sequence[Point]) -> Rect | None:
    xs, ys = [item.x for item in places], [item.y for item in places]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    return Rect(min(xs), min(ys), width, height) if width > 0 and height > 0 else None


def _ring(places: Sequence[Point], width: float, grey: float) -> Ring | None:
    """The circle on which all these points lie, if there is one."""
    box = _bounds(places)
    if box is None or abs(box.width - box.height) > 2 * ROUND * box.width:
        return None
    radius = (box.width + box.height) / 4
    away = [math.dist((item.x, item.y), (box.centre.x, box.centre.y)) for item in places]
    if any(abs(distance - radius) > ROUND * radius for distance in away):
        return None
    return Ring(box.centre, 2 * radius, width, grey)


def _subpaths(path: object) -> Iterator[tuple[Subpath, bool]]:
    """The pieces of a path: their points (of a curve only those on it), and whether they curve."""
    points: Subpath = []
    curved = False
    skipped = 0
    for number in range(pdfium.FPDFPath_CountSegments(path)):
        segment = pdfium.FPDFPath_GetPathSegment(path, number)
        x, y = ctypes.c_float(), ctypes.c_float()
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            if len(points) > 1:
                yield points, curved
            points, curved = [], False
        if kind == pdfium.FPDF_SEGMENT_BEZIERTO:
            curved = True
            skipped += 1
            if skipped % 3:  # two control points, then the point on the curve
                continue
        points.append((x.value, y.value))
        if pdfium.FPDFPathSegment_GetClose(segment) and points[0] != points[-1]:
            points.append(points[0])
    if len(points) > 1:
        yield points, curved


def _matrix(item: pypdfium2.PdfObject) -> Matrix:
    """From the item's own coordinates to those of the page, through whatever it is drawn in."""
    matrix, around = item.get_matrix(), item.container
    while around is not None:
        matrix, around = matrix.multiply(around.get_matrix()), around.container
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _mode(item: pypdfium2.PdfObject) -> tuple[bool, bool]:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(item.raw, fill, stroke)
    return bool(fill.value), bool(stroke.value)


def _stroke_width(item: pypdfium2.PdfObject) -> float:
    width = ctypes.c_float()
    pdfium.FPDFPageObj_GetStrokeWidth(item.raw, width)
    return float(width.value)


def _grey(item: pypdfium2.PdfObject, *, stroked: bool) -> float:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    ask = pdfium.FPDFPageObj_GetStrokeColor if stroked else pdfium.FPDFPageObj_GetFillColor
    ask(item.raw, red, green, blue, alpha)
    # The luma of ITU-R BT.601, as pictures are made grey.
    return (0.299 * red.value + 0.587 * green.value + 0.114 * blue.value) / 255
