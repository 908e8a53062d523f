"""How places are written in a form file, and what each becomes.

Places are lists of millimetres, so that a line of the file reads like a line of a measuring
protocol: `[x, y]`, `[x, y, width, height]`, `[x0, y0, x1, y1, width, grey]`.
"""

import math
from typing import Annotated

from pydantic import BeforeValidator, Field, Strict

from digitizer.domain.form import PrintedCircle, PrintedLine
from digitizer.domain.geometry import Point, Rect, Size


def _numbers(value: object, shape: str) -> list[float]:
    """The value as a list of as many numbers as `shape` names."""
    count = shape.count(",") + 1
    if (
        not isinstance(value, list)
        or len(value) != count
        or any(isinstance(item, bool) or not isinstance(item, int | float) for item in value)
        or not all(math.isfinite(item) for item in value)
    ):
        raise ValueError(f"found {value!r}, needed {shape} in millimetres")
    return [float(item) for item in value]


def _point(value: object) -> Point:
    return Point(*_numbers(value, "[x, y]"))


def _size(value: object) -> Size:
    return Size(*_numbers(value, "[width, height]"))


def _rect(value: object) -> Rect:
    return Rect(*_numbers(value, "[x, y, width, height]"))


def _line(value: object) -> PrintedLine:
    x0, y0, x1, y1, width, grey = _numbers(value, "[x0, y0, x1, y1, width, grey]")
    return PrintedLine(Point(x0, y0), Point(x1, y1), width, grey)


def _dots(value: object) -> PrintedLine:
    numbers = _numbers(value, "[x0, y0, x1, y1, diameter, grey, pitch]")
    x0, y0, x1, y1, diameter, grey, pitch = numbers
    if pitch <= 0:
        raise ValueError(f"found pitch {pitch:g}, needed more than 0 millimetres from dot to dot")
    if (x0, y0) == (x1, y1):
        raise ValueError(f"found a dotted line without length at [{x0:g}, {y0:g}]")
    return PrintedLine(Point(x0, y0), Point(x1, y1), diameter, grey, pitch)


def _circle(value: object) -> PrintedCircle:
    x, y, diameter, width, grey = _numbers(value, "[x, y, diameter, width, grey]")
    return PrintedCircle(Point(x, y), diameter, width, grey)


def _polygon(value: object) -> tuple[Point, ...]:
    if not isinstance(value, list) or len(value) < 6 or len(value) % 2:
        raise ValueError(f"found {value!r}, needed [x, y, x, y, x, y, ...] in millimetres")
    numbers = _numbers(value, ", ".join(["x", "y"] * (len(value) // 2)))
    return tuple(Point(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True))


PointMm = Annotated[Point, BeforeValidator(_point)]
SizeMm = Annotated[Size, BeforeValidator(_size)]
RectMm = Annotated[Rect, BeforeValidator(_rect)]
LineMm = Annotated[PrintedLine, BeforeValidator(_line)]
DotsMm = Annotated[PrintedLine, BeforeValidator(_dots)]
PolygonMm = Annotated[tuple[Point, ...], BeforeValidator(_polygon)]
CircleMm = Annotated[PrintedCircle, BeforeValidator(_circle)]
Millimetres = Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False)]
Millimetre = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Grey = Annotated[float, Strict(), Field(ge=0, le=1)]
Text = Annotated[str, Strict(), Field(min_length=1)]
Whole = Annotated[int, Strict()]
Count = Annotated[int, Strict(), Field(ge=1)]
Flag = Annotated[bool, Strict()]
