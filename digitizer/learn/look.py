"""From the bytes of a blank, a PDF or a picture, to what stands on each of its pages."""

from collections.abc import Iterator, Sequence
from typing import Final

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray

from digitizer.domain.geometry import Size
from digitizer.errors import DigitizerError
from digitizer.learn.boxes import boxes_of
from digitizer.learn.cells import Cell, cells_of, distinct
from digitizer.learn.marks import marks_of, tag_of
from digitizer.learn.measure import draw_picture
from digitizer.learn.seen import Seen
from digitizer.learn.sights import cells_seen
from digitizer.learn.vector import MM, draw_vector
from digitizer.learn.words import writings_of
from digitizer.vision.tesseract import Tesseract

VECTOR_SLACK: Final = 0.5
"""Lines of a vector file that are this near (mm) are one line drawn twice."""

PIXEL_SLACK: Final = 3.0
"""So many pixels may a measured line miss another by: beside a filled area its end is not seen."""

LOOK_PIXELS: Final = 3000
"""Height at which a page of a vector file is drawn, to read its texts and its tag."""

CLEARED: Final = 0.15
"""So much (mm) around a box is cleared with it."""

LEAST_RULINGS: Final = 12
"""A PDF page with fewer is a picture in a frame."""

Grey = NDArray[np.uint8]


def look_at(data: bytes, size: Size | None, tool: Tesseract | None) -> Iterator[tuple[Seen, Grey]]:
    """Every page of a blank, with a picture of it.

    Args:
        data: the file.
        size: of the paper in millimetres; None takes that of the PDF, or A4's height for a picture.
        tool: what reads the printed texts; None reads none.

    Raises:
        DigitizerError: it is neither a PDF nor a picture.
    """
    if data.startswith(b"%PDF"):
        yield from _pdf(data, size, tool)
        return
    coded = np.frombuffer(data, np.uint8)
    picture = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE) if data else None
    if picture is None:
        raise DigitizerError(
            "the blank is neither a PDF nor a picture",
            "give a PDF, PNG or JPEG",
            code="bad_request",
        )
    yield look_at_picture(np.asarray(picture, np.uint8), size, tool)


def _pdf(data: bytes, size: Size | None, tool: Tesseract | None) -> Iterator[tuple[Seen, Grey]]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise DigitizerError(
            f"the PDF cannot be opened: {error}", "print it to a new PDF, without a password",
            code="bad_request",
        ) from error  # fmt: skip
    try:
        for page in document:
            drawing = draw_vector(page)
            if len(drawing.rulings) < LEAST_RULINGS:
                yield look_at_picture(_largest_image(page), size, tool)
                continue
            scale = LOOK_PIXELS / (drawing.size.height / MM)
            colour = page.render(scale=scale).to_numpy()[:, :, :3]
            picture = np.asarray(cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY), np.uint8)
            mm_a_pixel = drawing.size.height / picture.shape[0]
            cells = distinct(cells_of(drawing.rulings), VECTOR_SLACK)
            writings = writings_of(_cleared(picture, cells, mm_a_pixel), mm_a_pixel, tool)
            marks = marks_of(drawing.patches, drawing.size)
            yield Seen(drawing, cells, writings, marks, tag_of(picture, mm_a_pixel)), picture
    finally:
        document.close()


def _largest_image(page: pypdfium2.PdfPage) -> Grey:
    images = [item for item in page.get_objects() if isinstance(item, pypdfium2.PdfImage)]
    if not images:
        raise DigitizerError(
            "a page of the PDF has neither lines nor a picture", "give the page of the form alone",
            code="bad_request",
        )  # fmt: skip
    largest = max(images, key=lambda item: item.get_px_size()[0] * item.get_px_size()[1])
    pixels = largest.get_bitmap().to_numpy()
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(np.ascontiguousarray(pixels[:, :, :3]), cv2.COLOR_BGR2GRAY)
    return np.asarray(np.rot90(pixels, -page.get_rotation() // 90), np.uint8)


def look_at_picture(picture: Grey, size: Size | None, tool: Tesseract | None) -> tuple[Seen, Grey]:
    """The same for one page that is decoded already: grey, (height, width), upright."""
    height, width = picture.shape
    paper = size or Size(297 * width / height, 297.0)
    mm_a_pixel = paper.height / height
    drawings = draw_picture(picture, paper)
    cells = cells_seen(drawings, PIXEL_SLACK * mm_a_pixel)
    writings = writings_of(_cleared(picture, cells, mm_a_pixel), mm_a_pixel, tool)
    marks = marks_of(drawings[0].patches, paper)
    seen = Seen(drawings[1], cells, writings, marks, tag_of(picture, mm_a_pixel))
    return seen, picture


def _cleared(picture: Grey, cells: Sequence[Cell], mm_a_pixel: float) -> Grey:
    """The picture without its digit boxes, which would be read as brackets and bars."""
    clear = picture.copy()
    white = int(np.percentile(picture, 95))
    size = Size(picture.shape[1] * mm_a_pixel, picture.shape[0] * mm_a_pixel)
    for row in boxes_of(cells, size).numbers:
        for cell in row:
            rect = cell.rect.grown(CLEARED + max(side.width for side in cell.sides) / 2)
            left, right = (max(0, round(at / mm_a_pixel)) for at in (rect.x, rect.right))
            top, bottom = (max(0, round(at / mm_a_pixel)) for at in (rect.y, rect.bottom))
            clear[top:bottom, left:right] = white
    return clear
