"""The blank, drawn from the form file alone: as vector PDF, and as pixels made from that PDF.

One drawing exists, so what is printed and what tests photograph cannot drift apart. Coordinates
stay in millimetres with y down, as in the form file; the canvas is turned once, in `sheet.py`.
"""

import io
import math
from collections.abc import Iterator, Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2
from PIL import Image
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from digitizer.domain.form import (
    Fiducial,
    FieldSpec,
    FormSpec,
    PageSpec,
    PrintedCircle,
    PrintedText,
    TagSpec,
)
from digitizer.domain.geometry import Point, Rect, bounding_rect
from digitizer.forms.sheet import Sheet

GRID_STROKE: Final = 0.529
GRID_GREY: Final = 0.79
BUBBLE_STROKE: Final = 0.353
BUBBLE_DIGIT: Final = 0.59
"""Font size of the digit in a bubble, as a share of the bubble's diameter."""

GUIDE_COLUMNS: Final = (-2, -1, 0, 1, 2)
GUIDE_ROWS: Final = (-4, -3, -2, -1, 0, 1, 2, 3, 4)
GUIDE_STEP: Final = (0.1034, 0.0830)
GUIDE_DOT: Final = 0.034
GUIDE_GREY: Final = 0.79
"""The dotted figure 8 that KPU prints in a digit box, in shares of the side of the box."""

CAP_HEIGHT: Final = 0.718
"""Height of Helvetica's capitals and digits, as a share of the font size."""

WATERMARK_GREY: Final = 0.94
REFERENCE_NOTE: Final = (
    "TATA LETAK ACUAN, bukan cetakan resmi KPU · reference layout, not the official print"
)

BgrImage = npt.NDArray[np.uint8]


def render_pdf(form: FormSpec, *, watermark: str | None = None) -> bytes:
    """The blank as a PDF, one page a form page, at true size.

    The same form gives the same bytes.

    Args:
        form: what to draw; a reference layout says so at the foot of every page.
        watermark: a word, such as SIMULASI, pale across every page and plain in its margins.
    """
    return _pdf(form.title, form.pages, _foot(form), watermark)


def render_image(
    form: FormSpec, page_number: int, pixels_per_mm: float, *, watermark: str | None = None
) -> BgrImage:
    """One page of the blank as a BGR picture, (height, width, 3), white paper.

    Millimetre (x, y) of the form lies at x, y times `pixels_per_mm`, counted from the outer corner
    of the first pixel. Raises IndexError when the form has no such page.
    """
    page = form.page(page_number)
    return render_page(page, pixels_per_mm, foot=_foot(form), watermark=watermark)


def render_page(
    page: PageSpec, pixels_per_mm: float, *, foot: str = "", watermark: str | None = None
) -> BgrImage:
    """The same of a page of no form, or of one that is not right yet; `foot` stands at its foot."""
    document = pypdfium2.PdfDocument(_pdf("", (page,), foot, watermark))
    try:
        # pdfium rounds the size up, so a hair less keeps a whole number of pixels whole.
        scale = pixels_per_mm * (1 - 1e-6) / mm
        return np.ascontiguousarray(document[0].render(scale=scale).to_numpy()[:, :, :3])
    finally:
        document.close()


def render_png(
    form: FormSpec, page_number: int, pixels_per_mm: float, *, watermark: str | None = None
) -> bytes:
    """One page of the blank as PNG, its resolution written in the file so that it prints true."""
    image = render_image(form, page_number, pixels_per_mm, watermark=watermark)
    buffer = io.BytesIO()
    dots_per_inch = pixels_per_mm * 25.4
    picture = Image.fromarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
    picture.save(buffer, "PNG", dpi=(dots_per_inch, dots_per_inch))
    return buffer.getvalue()


def guide_dots(box: Rect) -> Iterator[Rect]:
    """The 33 dots of the writing guide in a digit box."""
    side = min(box.width, box.height)
    dot = GUIDE_DOT * side
    for row in GUIDE_ROWS:
        for column in GUIDE_COLUMNS:
            if row % 4 == 0 or column % 2 == 0:
                x = box.centre.x + column * GUIDE_STEP[0] * side
                y = box.centre.y + row * GUIDE_STEP[1] * side
                yield Rect(x - dot / 2, y - dot / 2, dot, dot)


def tag_modules(tag: TagSpec) -> Iterator[Rect]:
    """The white modules of a tag as printed, its turns included; all else in its rect is black."""
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, tag.dictionary))
    modules = dictionary.markerSize + 2
    bits = np.rot90(cv2.aruco.generateImageMarker(dictionary, tag.id, modules), -tag.turns)
    width, height = tag.rect.width / modules, tag.rect.height / modules
    for row, column in np.argwhere(bits > 0).tolist():
        yield Rect(tag.rect.x + column * width, tag.rect.y + row * height, width, height)


def mark_squares(mark: Fiducial) -> tuple[Rect, ...]:
    """The filled squares of a corner mark."""
    side, at = mark.square_side, mark.point
    if mark.shape == "square":
        return (Rect(at.x - side / 2, at.y - side / 2, side, side),)
    return (Rect(at.x - side, at.y - side, side, side), Rect(at.x, at.y, side, side))


def _pdf(title: str, pages: Sequence[PageSpec], foot: str, watermark: str | None) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1, pageCompression=1)
    canvas.setTitle(title)
    for page in pages:
        _draw_page(Sheet(canvas, page), page, foot, watermark)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _foot(form: FormSpec) -> str:
    return REFERENCE_NOTE if form.reference_layout else ""


def _draw_page(sheet: Sheet, page: PageSpec, foot: str, watermark: str | None) -> None:
    if watermark:
        _draw_watermark(sheet, page, watermark)
    for field in page.fields:
        _draw_grids(sheet, field)
        sheet.fill(field.digit_boxes, grey=1.0)
    for line in page.lines:
        sheet.line(line)
    for circle in page.circles:
        sheet.circle(circle)
    for polygon in page.polygons:
        sheet.polygon(polygon, grey=0.0)
    for field in page.fields:
        _draw_boxes(sheet, field)
        _draw_bubbles(sheet, field)
    for text in page.texts:
        sheet.text(text)
    for mark in page.fiducials:
        sheet.fill(mark_squares(mark), grey=0.0)
    if page.tag is not None:
        sheet.fill((page.tag.rect,), grey=0.0)
        sheet.fill(tag_modules(page.tag), grey=1.0)
    if foot:
        at = Point(page.size.width / 2, page.size.height - 0.25 * _margin(page))
        sheet.text(PrintedText(at, foot, 0.4 * _margin(page), bold=True, align="centre"))


def _margin(page: PageSpec) -> float:
    """Height of the strip that stays free along the top and the bottom edge, in millimetres."""
    return page.size.height / 60


def _draw_watermark(sheet: Sheet, page: PageSpec, word: str) -> None:
    """The word pale across the page, under everything, and plain in both margins."""
    width, height = page.size.width, page.size.height
    slope = math.degrees(math.atan2(height, width))
    size = 1.1 * math.hypot(width, height) / (len(word) + 2)
    middle = Point(width / 2 + size / 4, height / 2 + size / 4)
    pale = PrintedText(middle, word, size, bold=True, align="centre", grey=WATERMARK_GREY)
    sheet.text(pale, angle=slope)
    for y, share in ((1.4 * _margin(page), 0.8), (height - 0.65 * _margin(page), 0.5)):
        at = Point(width / 2, y)
        sheet.text(PrintedText(at, word, share * _margin(page), bold=True, align="centre"))


def _draw_grids(sheet: Sheet, field: FieldSpec) -> None:
    """The pale cells that crews write strokes and row sums into."""
    for grid in (field.tally, field.row_sums):
        if not grid:
            continue
        sheet.fill((bounding_rect(cell for row in grid for cell in row),), grey=1.0)
        for row in grid:
            for cell in row:
                sheet.frame(cell, GRID_STROKE, GRID_GREY)


def _draw_boxes(sheet: Sheet, field: FieldSpec) -> None:
    for box in field.digit_boxes:
        sheet.frame(box, field.box_stroke, field.box_grey)
        if field.guides:
            sheet.fill(guide_dots(box), GUIDE_GREY)


def _draw_bubbles(sheet: Sheet, field: FieldSpec) -> None:
    for column in field.bubbles:
        for digit, bubble in enumerate(column):
            size = BUBBLE_DIGIT * bubble.width
            centre = bubble.centre
            sheet.circle(PrintedCircle(centre, bubble.width, 0.0, 1.0))
            sheet.circle(PrintedCircle(centre, bubble.width, BUBBLE_STROKE))
            baseline = Point(centre.x, centre.y + CAP_HEIGHT * size / 2)
            sheet.text(PrintedText(baseline, str(digit), size, align="centre"))
