"""Tally cells with their truth: drawn and spoiled, or cut from photographed pages."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import FieldSpec, FormSpec
from digitizer.domain.geometry import Rect, bounding_rect
from digitizer.domain.glyph import CROSS, DASH
from digitizer.errors import PhotoError
from digitizer.forms import load_form
from digitizer.forms.render import render_image
from digitizer.synth.camera import CameraParams, photograph
from digitizer.synth.fill import WATERMARK
from digitizer.synth.hand import draw_hand
from digitizer.synth.light import BlurKind
from digitizer.synth.sheet import BOX_MM, CurlShape, Pose, box_side
from digitizer.synth.strokes import Image, Pen, Stroke, draw_strokes
from digitizer.synth.turus import draw_habit
from digitizer.synth.writer import Writer
from digitizer.training.augment import Strength, spoil
from digitizer.vision.blank import Atlas
from digitizer.vision.locate import locate_page
from digitizer.vision.photo import decode_photo
from digitizer.vision.rectify import rectify
from digitizer.vision.segment import segment
from digitizer.vision.tally_marks import MARKS

Labelled = tuple[NDArray[np.uint8], int]
"""The picture of a cell and the index of its class in `MARKS`."""

BLANK, STRUCK, UNREADABLE = MARKS.index("0"), MARKS.index("X"), MARKS.index("?")

FORMS: Final = (
    "c-hasil-kwk-gubernur-2024-2p",
    "c-hasil-ppwp-2024",
    "c-hasil-ppwp-cdigital-2024",
)
"""One of every kind of tally that is shipped; that of another office is the same."""

AROUND_MM: Final = 5.0
"""Print drawn around the cells, for what a loose cut takes in."""

Rows = tuple[tuple[Rect, ...], ...]

PIXELS_PER_MM: Final = 4.0
"""Scale of the pages that are drawn."""

INK_LEVEL: Final = 40
"""A pixel that a line made this much darker has its ink."""

STRUCK_MM2: Final = 2.2
GRAZED_MM2: Final = 1.0
RUINED_MM2: Final = 5.0
"""So much ink of a line, in square millimetres, strikes an empty cell out; leaves strokes as they
are; and leaves nobody sure of them."""

BUSY: Final = 0.9
ODD: Final = 0.06
"""Shares of the cells that hold strokes, and that are spoilt."""

FARTHER: Final = 1.25
"""Training photos go beyond those that are promised to be read, by this factor."""


def drawn_cells(rng: np.random.Generator, how: Strength) -> Iterator[Labelled]:
    """The cells of a few rows of a tally, each spoiled by a photo of its own."""
    form, number, field = _tallies()[rng.integers(len(_tallies()))]
    rows = _part(field.tally, rng)
    area = bounding_rect(cell for row in rows for cell in row).grown(AROUND_MM)
    picture = _cut(_blank(form, number), area).copy()
    # Hands and pens are those of the plano, so a form with smaller boxes is written enlarged.
    larger = BOX_MM / box_side(form)
    cells = tuple(tuple(_moved(cell, area, larger) for cell in row) for row in rows)
    scale = PIXELS_PER_MM / larger
    labels = _write(picture, cells, scale, rng)
    painted = picture.astype(np.float32) * np.float32(rng.uniform(0.8, 1.0))
    for cell, label in zip((cell for row in cells for cell in row), labels, strict=True):
        around = cell.grown(0.35 * min(cell.width, cell.height))
        left, top = max(0, int(around.x * scale)), max(0, int(around.y * scale))
        seen = painted[top : int(around.bottom * scale), left : int(around.right * scale)]
        box = (cell.x * scale - left, cell.y * scale - top, cell.width * scale, cell.height * scale)
        if label is not None:
            yield spoil(seen.copy(), box, rng, how), label


def photographed_cells(
    atlas: Atlas, rng: np.random.Generator, reach: float = FARTHER
) -> Iterator[Labelled]:
    """The cells of a whole page, photographed, then found and cut by the product itself."""
    form, number, _ = _tallies()[rng.integers(len(_tallies()))]
    larger = BOX_MM / box_side(form)
    page = form.page(number)
    picture = _blank(form, number).copy()
    origin = Rect(0, 0, page.size.width, page.size.height)
    truth: dict[tuple[str, int, int], int | None] = {}
    for field in page.fields:
        cells = tuple(tuple(_moved(cell, origin, larger) for cell in row) for row in field.tally)
        labels = _write(picture, cells, PIXELS_PER_MM / larger, rng) if cells else []
        truth.update(
            ((field.id, *divmod(index, len(cells[0]))), label) for index, label in enumerate(labels)
        )
    shot = photograph(
        picture, page.size, params=_camera(rng, reach), rng=rng, box_mm=box_side(form)
    )
    try:
        photo = decode_photo(shot.jpeg)
        location = locate_page(photo, atlas)
    except PhotoError:
        return
    if (location.form.id, location.page.number) != (form.id, number):
        return
    for cell in segment(rectify(photo, location)):
        if cell.source == "tally" and cell.found and cell.whole:
            label = truth[cell.field, cell.row, cell.place]
            if label is not None:
                yield cell.image, label


@lru_cache(maxsize=1)
def _tallies() -> tuple[tuple[FormSpec, int, FieldSpec], ...]:
    return tuple(
        (form, page.number, field)
        for form in map(load_form, FORMS)
        for page in form.pages
        for field in page.fields
        if field.tally
    )


@lru_cache(maxsize=8)
def _blank(form: FormSpec, number: int) -> Image:
    return render_image(form, number, PIXELS_PER_MM, watermark=WATERMARK)


def _part(rows: Rows, rng: np.random.Generator) -> Rows:
    """A few neighbouring rows and columns of a tally."""
    down, across = min(len(rows), int(rng.integers(1, 4))), int(rng.integers(2, 7))
    top = int(rng.integers(0, len(rows) - down + 1))
    left = int(rng.integers(0, len(rows[0]) - across + 1))
    return tuple(row[left : left + across] for row in rows[top : top + down])


def _cut(image: Image, area: Rect) -> Image:
    left, top = round(area.x * PIXELS_PER_MM), round(area.y * PIXELS_PER_MM)
    right, bottom = round(area.right * PIXELS_PER_MM), round(area.bottom * PIXELS_PER_MM)
    return image[top:bottom, left:right]


def _moved(rect: Rect, area: Rect, larger: float) -> Rect:
    """A place within `area`, enlarged."""
    x, y = (rect.x - area.x) * larger, (rect.y - area.y) * larger
    return Rect(x, y, rect.width * larger, rect.height * larger)


def _write(
    picture: Image, cells: Rows, pixels_per_mm: float, rng: np.random.Generator
) -> list[int | None]:
    """Fill cells at random, each for itself, so that no count is rarer than another; its labels.

    Some cells are spoilt, and lines strike out what is unused and now and then what is used.
    """
    hand = draw_hand(rng)
    writer, neat = Writer(hand, rng, draw_habit(rng)), Writer(hand, rng)
    pen = _pen(hand.pen, rng)
    flat = [cell for row in cells for cell in row]
    # Half of the tallies end somewhere, as real ones do.
    end = int(rng.integers(len(flat) + 1)) if rng.random() < 0.5 else len(flat)
    strokes: list[Stroke] = []
    labels: list[int] = []
    for index, cell in enumerate(flat):
        label = int(rng.integers(1, 6)) if index < end and rng.random() < BUSY else BLANK
        strokes += (neat if rng.random() < 0.1 else writer).turus(((cell,),), label)
        if rng.random() < ODD:
            odd, label = _odd(cell, label, writer, rng)
            strokes += odd
        labels.append(label)
    draw_strokes(picture, pixels_per_mm, strokes, pen, rng)
    before = picture.copy()
    draw_strokes(picture, pixels_per_mm, list(_strikes(cells, labels, writer, rng)), pen, rng)
    struck = np.abs(picture.astype(np.int16) - before).max(axis=2) > INK_LEVEL
    return [
        _struck(label, struck[_core(cell, pixels_per_mm)], pixels_per_mm)
        for cell, label in zip(flat, labels, strict=True)
    ]


def _strikes(
    cells: Rows, labels: list[int], writer: Writer, rng: np.random.Generator
) -> Iterator[Stroke]:
    """Lines through the cells that end each row unused, through whole rows, rarely through used."""
    kind = rng.random()
    if kind < 0.35:
        yield from writer.strike(cells[int(rng.integers(len(cells))) :])
        return
    for index, row in enumerate(cells):
        used = [at for at, _ in enumerate(row) if labels[index * len(row) + at] != BLANK]
        rest = row[max(used, default=-1) + 1 :]
        if rest and rng.random() < 0.5:
            yield from writer.strike((rest,))


def _struck(label: int, ink: NDArray[np.bool_], pixels_per_mm: float) -> int | None:
    """The label of a cell once lines were drawn over it; None where nobody would agree on one."""
    area = float(ink.sum()) / pixels_per_mm**2
    if label == BLANK:
        return STRUCK if area > STRUCK_MM2 else BLANK
    if label == UNREADABLE or area < GRAZED_MM2:
        return label
    return UNREADABLE if area > RUINED_MM2 else None


def _odd(
    cell: Rect, label: int, writer: Writer, rng: np.random.Generator
) -> tuple[list[Stroke], int]:
    """What else happens to a cell: crossed, dashed, scribbled over, or tallied twice."""
    kind = rng.choice(["cross", "dash", "scribble", "twice", "more"])
    if kind in ("cross", "dash"):
        sign = CROSS if kind == "cross" else DASH
        return writer.glyph(sign, cell), STRUCK if label == BLANK else UNREADABLE
    if kind == "scribble" or label < 2:
        return writer.odd("scribble", cell), UNREADABLE
    if kind == "more":
        # More than five in a cell: nobody knows what was meant.
        upright = Writer(writer.hand, rng, replace(draw_habit(rng), fifth="upright", spread=0.9))
        return upright.turus(((cell,),), 5), UNREADABLE
    other = Writer(writer.hand, rng, draw_habit(rng))
    return other.turus(((cell,),), max(3, label)), UNREADABLE


def _core(cell: Rect, pixels_per_mm: float) -> tuple[slice, slice]:
    inner = cell.grown(-0.12 * min(cell.width, cell.height))
    low_y, high_y = round(inner.y * pixels_per_mm), round(inner.bottom * pixels_per_mm)
    low_x, high_x = round(inner.x * pixels_per_mm), round(inner.right * pixels_per_mm)
    return slice(low_y, high_y), slice(low_x, high_x)


def _pen(pen: Pen, rng: np.random.Generator) -> Pen:
    """The crew's pen, or one a little wider, thinner, paler or darker."""
    tint = rng.uniform(0.6, 1.25, 3)
    blue, green, red = (min(float(c * t), 200.0) for c, t in zip(pen.colour, tint, strict=True))
    wider = float(np.exp(rng.uniform(np.log(0.65), np.log(1.35))))
    density = min(1.0, pen.density * float(rng.uniform(0.8, 1.05)))
    return Pen(
        (blue, green, red), pen.width * wider, density, pen.skip * float(rng.uniform(0, 1.5))
    )


def _camera(rng: np.random.Generator, reach: float) -> CameraParams:
    """How a page is photographed: up to `reach` times what is still called a medium photo."""
    shapes: tuple[CurlShape, ...] = ("arc", "wave", "corner")
    blurs: tuple[BlurKind, ...] = ("defocus", "motion")
    pose = Pose(
        tilt=rng.uniform(0, 25) * reach,
        azimuth=rng.uniform(0, 360),
        roll=rng.uniform(-8, 8),
        curl=rng.uniform(0, 0.03) * reach,
        curl_shape=shapes[rng.integers(3)],
        curl_direction=rng.uniform(0, 180),
        distance=rng.uniform(1.3, 1.9),
    )
    return CameraParams(
        pose=pose,
        box_px=float(np.exp(rng.uniform(np.log(20 / reach), np.log(46)))),
        blur=rng.uniform(0, 0.5) * reach,
        blur_kind=blurs[rng.integers(2)],
        shadow=float(rng.choice([0.0, rng.uniform(0, 0.5)])),
        uneven=rng.uniform(0, 0.4),
        cast=(rng.uniform(0.86, 1.08), rng.uniform(0.95, 1.03), rng.uniform(0.9, 1.08)),
        noise=rng.uniform(1, 6),
        jpeg_quality=int(rng.integers(58, 93)),
        messenger=bool(rng.random() < 0.25),
    )
