"""A form page as a crew leaves it: the printed blank with one person's ink on it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from digitizer.domain.form import FieldSpec, FormSpec, PageSpec, PrintedText
from digitizer.domain.geometry import Point, Rect
from digitizer.domain.glyph import DIGITS
from digitizer.forms.render import render_image
from digitizer.synth.entries import Entry
from digitizer.synth.sheet import BOX_MM, box_side
from digitizer.synth.strokes import Image, Stroke, draw_strokes
from digitizer.synth.writer import Writer

WATERMARK: Final = "SIMULASI"
PIXELS_PER_BOX: Final = 72.0
"""A digit box of a drawn page has so many pixels, unless asked otherwise."""

_LABELS: Final = {
    "provinsi": "Provinsi",
    "kabkota": "Kabupaten",
    "kecamatan": "Kecamatan",
    "desa": "Kelurahan",
    "tps": "Nomor TPS",
}


@dataclass(frozen=True, slots=True)
class HeaderNames:
    """What the crew writes in the page's header."""

    provinsi: str
    kabkota: str
    kecamatan: str
    desa: str
    tps: str


def fill_page(
    form: FormSpec,
    page_number: int,
    entries: Mapping[str, Entry],
    writer: Writer,
    *,
    place: HeaderNames | None = None,
    pixels_per_mm: float | None = None,
    watermark: str | None = WATERMARK,
) -> Image:
    """Draw one page with the ink of `entries`; fields without an entry stay empty.

    Signature cells get scribbles that are nobody's name. Returns (height, width, 3) uint8 BGR
    with page point (0, 0) at the outer corner of pixel (0, 0).

    Raises:
        ValueError: an entry does not fit its field's boxes, bubbles or rows.
    """
    scale = pixels_per_mm or PIXELS_PER_BOX / box_side(form)
    image = _blank(form, page_number, scale, watermark).copy()
    write_page(image, form, page_number, entries, writer, place=place)
    return image


def write_page(
    blank: Image,
    form: FormSpec,
    page_number: int,
    entries: Mapping[str, Entry],
    writer: Writer,
    *,
    place: HeaderNames | None = None,
) -> None:
    """The same ink, in place, on any picture that shows the page from edge to edge.

    Raises:
        ValueError: an entry does not fit its field's boxes, bubbles or rows.
    """
    page = form.page(page_number)
    # Hands and pens are those of the plano, so a form with smaller boxes is written enlarged.
    larger = BOX_MM / box_side(form)
    strokes = list(page_strokes(_enlarged(page, larger), entries, writer, place))
    pixels_per_mm = blank.shape[1] / page.size.width / larger
    draw_strokes(blank, pixels_per_mm, strokes, writer.pen, writer.rng)


def page_strokes(
    page: PageSpec, entries: Mapping[str, Entry], writer: Writer, place: HeaderNames | None
) -> Iterator[Stroke]:
    """All ink of one page, in the order in which it is written."""
    if place is not None:
        yield from _header(page, place, writer)
    for field in page.fields:
        if field.id in entries:
            yield from field_strokes(field, entries[field.id], writer)
    for cell in page.private:
        yield from writer.signature(cell)


def field_strokes(field: FieldSpec, entry: Entry, writer: Writer) -> Iterator[Stroke]:
    """The ink of one field in every place it has."""
    _need(field, "digit boxes", len(field.digit_boxes), len(entry.as_written))
    for box, glyph in zip(field.digit_boxes, entry.as_written, strict=True):
        yield from writer.glyph(glyph, box, guided=field.guides)
    if entry.bubbles is not None:
        _need(field, "bubble columns", len(field.bubbles), len(entry.bubbles))
        for column, glyph in zip(field.bubbles, entry.bubbles, strict=True):
            if glyph in DIGITS:
                yield from writer.bubble(column[int(glyph)])
    if entry.tally is not None:
        yield from writer.turus(field.tally, entry.tally)
        unused = -(-entry.tally // (5 * len(field.tally[0])))
        yield from writer.strike(field.tally[unused:])
    if entry.row_sums is not None:
        _need(field, "row sums", len(field.row_sums), len(entry.row_sums))
        for boxes, digits in zip(field.row_sums, entry.row_sums, strict=True):
            for box, glyph in zip(boxes, digits, strict=True):
                yield from writer.glyph(glyph, box)
    if entry.words is not None and field.words is not None:
        yield from writer.words(entry.words, field.words)


def _enlarged(page: PageSpec, factor: float) -> PageSpec:
    """Every place that is written on, `factor` times as large and as far from the origin."""
    if factor == 1:
        return page

    def point(at: Point) -> Point:
        return Point(at.x * factor, at.y * factor)

    def rect(place: Rect) -> Rect:
        return Rect(*(side * factor for side in (place.x, place.y, place.width, place.height)))

    def rows(places: tuple[tuple[Rect, ...], ...]) -> tuple[tuple[Rect, ...], ...]:
        return tuple(tuple(rect(place) for place in row) for row in places)

    fields = tuple(
        replace(
            field,
            digit_boxes=tuple(rect(box) for box in field.digit_boxes),
            bubbles=rows(field.bubbles),
            tally=rows(field.tally),
            row_sums=rows(field.row_sums),
            words=field.words and rect(field.words),
        )
        for field in page.fields
    )
    private = tuple(rect(cell) for cell in page.private)
    texts = tuple(replace(text, at=point(text.at)) for text in page.texts)
    return replace(page, fields=fields, private=private, texts=texts, titles=())


def _need(field: FieldSpec, what: str, needed: int, found: int) -> None:
    if needed != found:
        raise ValueError(f"{field.id} has {needed} {what}, found an entry for {found}")


@lru_cache(maxsize=8)
def _blank(form: FormSpec, page_number: int, pixels_per_mm: float, watermark: str | None) -> Image:
    return render_image(form, page_number, pixels_per_mm, watermark=watermark)


def _header(page: PageSpec, place: HeaderNames, writer: Writer) -> Iterator[Stroke]:
    """Place names behind the colons of the header's printed labels."""
    if page.header is None:
        return
    for name, start in _LABELS.items():
        label = next((t for t in page.texts if t.text.startswith(start)), None)
        if label is not None:
            room = 16.0 if name == "tps" else 102.0
            left = _colon(page, label).at.x + 4
            area = Rect(left, label.at.y - 8.0, room, 9.5)
            yield from writer.words(getattr(place, name), area, height=5.5)


def _colon(page: PageSpec, label: PrintedText) -> PrintedText:
    """The colon printed to the right of a label, or the label itself where there is none."""
    colons = [
        text
        for text in page.texts
        if text.text == ":" and abs(text.at.y - label.at.y) < 2 and text.at.x > label.at.x
    ]
    return min(colons, key=lambda text: text.at.x, default=label)
