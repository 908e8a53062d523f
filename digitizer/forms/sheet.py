"""A reportlab page addressed as form files are: in millimetres, origin top left, y down."""

import math
from collections.abc import Iterable
from typing import Any

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from digitizer.domain.form import PageSpec, PrintedCircle, PrintedLine, PrintedText
from digitizer.domain.geometry import Point, Rect


class Sheet:
    """One page of a canvas; every method draws one kind of mark."""

    def __init__(self, canvas: Canvas, page: PageSpec) -> None:
        self.canvas: Any = canvas
        self.size = page.size
        canvas.setPageSize((page.size.width * mm, page.size.height * mm))

    def _at(self, point: Point) -> tuple[float, float]:
        return point.x * mm, (self.size.height - point.y) * mm

    def fill(self, rects: Iterable[Rect], grey: float) -> None:
        # One path for all: cells that share an edge show no hairline between them.
        path = self.canvas.beginPath()
        for rect in rects:
            x, y = self._at(Point(rect.x, rect.bottom))
            path.rect(x, y, rect.width * mm, rect.height * mm)
        self.canvas.setFillGray(grey)
        self.canvas.drawPath(path, stroke=0, fill=1)

    def polygon(self, points: Iterable[Point], grey: float) -> None:
        first, *others = (self._at(point) for point in points)
        path = self.canvas.beginPath()
        path.moveTo(*first)
        for at in others:
            path.lineTo(*at)
        path.close()
        self.canvas.setFillGray(grey)
        self.canvas.drawPath(path, stroke=0, fill=1)

    def frame(self, rect: Rect, stroke: float, grey: float) -> None:
        x, y = self._at(Point(rect.x, rect.bottom))
        self.canvas.setStrokeGray(grey)
        self.canvas.setLineWidth(stroke * mm)
        self.canvas.setLineCap(0)
        self.canvas.rect(x, y, rect.width * mm, rect.height * mm, stroke=1, fill=0)

    def line(self, line: PrintedLine) -> None:
        if line.pitch is not None:
            self._dots(line, line.pitch)
            return
        self.canvas.setStrokeGray(line.grey)
        self.canvas.setLineWidth(line.width * mm)
        self.canvas.setLineCap(2)
        self.canvas.line(*self._at(line.start), *self._at(line.end))

    def _dots(self, line: PrintedLine, pitch: float) -> None:
        across, down = line.end.x - line.start.x, line.end.y - line.start.y
        length = math.hypot(across, down)
        for index in range(round(length / pitch) + 1):
            share = index * pitch / length
            centre = Point(line.start.x + share * across, line.start.y + share * down)
            self.circle(PrintedCircle(centre, line.width, 0.0, line.grey))

    def circle(self, circle: PrintedCircle) -> None:
        x, y = self._at(circle.centre)
        filled = circle.width == 0
        self.canvas.setFillGray(circle.grey)
        self.canvas.setStrokeGray(circle.grey)
        self.canvas.setLineWidth(circle.width * mm)
        self.canvas.circle(x, y, circle.diameter / 2 * mm, stroke=not filled, fill=filled)

    def text(self, text: PrintedText, angle: float = 0.0) -> None:
        """Write one line; `angle` in degrees, anticlockwise, is added to the text's turns."""
        font = "Helvetica" + _style(text)
        size = text.size * mm
        natural = self.canvas.stringWidth(text.text, font, size)
        stretch = 1.0 if text.width is None else text.width * mm / natural
        shift = {"left": 0.0, "centre": 0.5, "right": 1.0}[text.align] * natural * stretch
        self.canvas.saveState()
        self.canvas.translate(*self._at(text.at))
        self.canvas.rotate(angle - 90 * text.turns)
        self.canvas.scale(stretch, 1)
        self.canvas.setFillGray(text.grey)
        self.canvas.setFont(font, size)
        self.canvas.drawString(-shift / stretch, 0, text.text)
        self.canvas.restoreState()


def _style(text: PrintedText) -> str:
    name = ("Bold" if text.bold else "") + ("Oblique" if text.italic else "")
    return f"-{name}" if name else ""
