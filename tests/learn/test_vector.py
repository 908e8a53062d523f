"""Lines of a vector page lie where they are seen, whatever they are drawn through."""

import io
from collections.abc import Callable

import numpy as np
import pypdfium2
import pytest
from reportlab.pdfgen.canvas import Canvas

from digitizer.learn.vector import MM, draw_vector


def plain(canvas: Canvas) -> None:
    canvas.rect(10, 300, 30, 60)


def in_a_form(canvas: Canvas) -> None:
    """A box in a form in a form, each moved and grown."""
    canvas.beginForm("inner")
    canvas.rect(5, 5, 10, 20)
    canvas.endForm()
    canvas.beginForm("outer")
    canvas.translate(10, 20)
    canvas.doForm("inner")
    canvas.endForm()
    canvas.translate(100, 200)
    canvas.scale(2, 3)
    canvas.doForm("outer")


@pytest.mark.parametrize("drawn", [plain, in_a_form])
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_box_lies_where_it_is_seen(drawn: Callable[[Canvas], None], degrees: int) -> None:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(400, 600))
    drawn(canvas)
    canvas.showPage()
    canvas.save()
    page = pypdfium2.PdfDocument(file.getvalue())[0]
    page.set_rotation(degrees)
    drawing = draw_vector(page)
    picture = page.render(scale=2).to_numpy()[:, :, 0]
    rows, columns = np.nonzero(picture < 128)
    seen = np.array([columns.min(), columns.max(), rows.min(), rows.max()]) / 2 * MM
    across = [item for item in drawing.rulings if item.axis == "across"]
    down = [item for item in drawing.rulings if item.axis == "down"]
    found = (
        min(item.at for item in down), max(item.at for item in down),
        min(item.at for item in across), max(item.at for item in across),
    )  # fmt: skip
    assert found == pytest.approx(seen, abs=2 * MM)  # half a stroke and a pixel
    assert drawing.size.width * 2 / MM == pytest.approx(picture.shape[1], abs=1)
