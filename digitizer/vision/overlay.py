"""Every step drawn for people: what was found where, what was read, and what is in doubt.

Doubt is shown by a sign and a dashed frame as well as by colour.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from digitizer.domain.form import FieldSpec
from digitizer.domain.geometry import Rect, Size, bounding_rect
from digitizer.domain.glyph import UNREADABLE
from digitizer.domain.reading import FieldReading, PageReading, Source
from digitizer.vision.drawing import LETTER_PX, Colour, bounded, frame, text, titled
from digitizer.vision.locate import PageLocation
from digitizer.vision.photo import BgrImage, Photo
from digitizer.vision.plane import Points
from digitizer.vision.rectify import Page
from digitizer.vision.segment import Cell

SURE: Final[Colour] = (60, 130, 0)
UNSURE: Final[Colour] = (0, 70, 220)
OUTLINE: Final[Colour] = (200, 100, 0)
MARK: Final[Colour] = (180, 0, 180)
MOVED: Final[Colour] = (160, 160, 160)
BEND: Final[Colour] = (220, 170, 40)

SURE_FROM: Final = 0.95
"""Drawn as sure from this probability; the policy that judges is elsewhere."""

LATTICE_CELLS: Final = 12
"""The shorter side of a page is drawn as so many cells of the mesh."""

SIGN_SHARE: Final = 0.36
"""Height of a glyph's sign, of its box."""

NOTE_SHARE: Final = 0.24
"""Height of a field's note below its boxes, of a box."""

CONTACT_CELL: Final = 96
CONTACT_COLUMNS: Final = 12


def save_overlays(
    folder: Path, stem: str, page: Page, cells: Sequence[Cell], reading: PageReading
) -> tuple[Path, ...]:
    """Write one PNG a step into `folder`, made if missing, and return their paths."""
    pictures = {
        "1-located": draw_location(page.photo, page.location),
        "2-rectified": draw_boxes(page, reading),
        "3-cells": draw_cells(cells, reading),
        "4-reading": draw_reading(page, cells, reading),
    }
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for step, picture in pictures.items():
        path = folder / f"{stem}-{step}.png"
        _, coded = cv2.imencode(".png", bounded(picture))
        path.write_bytes(coded.tobytes())
        paths.append(path)
    return tuple(paths)


def draw_location(photo: Photo, location: PageLocation) -> BgrImage:
    """The photo with the page's outline and mesh, its marks and tag, and every digit box."""
    picture = photo.image.copy()
    thick = max(2, max(picture.shape) // 700)
    page = location.page
    for line in _lattice(page.size):
        seen = np.round(location.project(line)).astype(np.int32)
        cv2.polylines(picture, [seen], False, BEND, max(1, thick // 2), cv2.LINE_AA)
    _polygon(picture, location, Rect(0, 0, page.size.width, page.size.height), OUTLINE, thick)
    for field in page.fields:
        for box in field.digit_boxes:
            _polygon(picture, location, box, SURE, thick)
    for rect in page.private:
        _polygon(picture, location, rect, MOVED, thick)
    if page.tag is not None:
        _polygon(picture, location, page.tag.rect, MARK, thick)
    points = np.array([(mark.point.x, mark.point.y) for mark in page.fiducials]).reshape(-1, 2)
    for x, y in np.round(location.project(points)).astype(int).tolist():
        cv2.drawMarker(picture, (x, y), MARK, cv2.MARKER_CROSS, 24 * thick, thick)
        cv2.circle(picture, (x, y), 10 * thick, MARK, thick, cv2.LINE_AA)
    return titled(picture, _how(location))


def _how(location: PageLocation) -> tuple[str, ...]:
    """How a page was located, in lines."""
    upright = f", {location.turns} quarter turns" if location.turns else ""
    return (
        f"{location.form.id} page {location.page.number}",
        f"by {location.method} ({location.identity}), fit {location.reprojection_error_mm:.2f} mm",
        f"print {location.residual_mm:.2f} mm, {location.support:.0%} agrees{upright}",
        *(f"! {rival}" for rival in location.rivals),
    )


def _lattice(size: Size) -> Iterator[Points]:
    """Lines of the mesh across and down a page, each (n, 2) in millimetres."""
    step = min(size.width, size.height) / LATTICE_CELLS
    across = np.linspace(0, size.width, round(size.width / step) + 1)
    down = np.linspace(0, size.height, round(size.height / step) + 1)
    for x in across:
        yield np.column_stack([np.full(len(down), x), down])
    for y in down:
        yield np.column_stack([across, np.full(len(across), y)])


def draw_boxes(page: Page, reading: PageReading) -> BgrImage:
    """The page laid flat: boxes where the mesh puts them (grey) and where they were found.

    Below each field stands how far the farthest of its borders lies from the mesh.
    """
    picture = page.image.copy()
    for field in page.spec.fields:
        shifts = page.shifts[field.id]
        for index, (box, shift) in enumerate(zip(field.digit_boxes, shifts.boxes, strict=True)):
            frame(picture, box, page.pixels_per_mm, MOVED)
            frame(picture, shift.moved(box), page.pixels_per_mm, SURE, dashed=not shift.found)
            for bubble in field.bubbles[index] if field.bubbles else ():
                frame(picture, bubble, page.pixels_per_mm, SURE, dashed=not shift.found)
        if field.words is not None:
            frame(picture, field.words, page.pixels_per_mm, OUTLINE)
        residual = reading.field_quality[field.id].residual_mm
        note = "! not found" if residual is None else f"{residual:.2f} mm"
        _note(picture, page, field.digit_boxes, note, UNSURE if residual is None else SURE)
    for rect in page.spec.private:
        frame(picture, rect, page.pixels_per_mm, MARK)
    return picture


def draw_cells(cells: Sequence[Cell], reading: PageReading) -> BgrImage:
    """A contact sheet of the digit cells, each with its most likely glyphs."""
    tiles = []
    for cell in cells:
        if cell.source != "digits":
            continue
        field = reading.fields[cell.field]
        ranked = field.glyphs[len(field.glyphs) - 1 - cell.place].ranked
        tile = np.full((CONTACT_CELL + 44, CONTACT_CELL + 8, 3), 255, np.uint8)
        tile[:CONTACT_CELL, 4 : 4 + CONTACT_CELL] = cv2.resize(
            cell.image, (CONTACT_CELL, CONTACT_CELL), interpolation=cv2.INTER_AREA
        )
        colour = SURE if ranked[0][1] >= SURE_FROM else UNSURE
        text(tile, _glyph_text(ranked[0]), (4, CONTACT_CELL + 16), colour, 0.5)
        if ranked[0][1] < SURE_FROM:
            text(tile, _glyph_text(ranked[1]), (4, CONTACT_CELL + 34), colour, 0.42)
        tiles.append(tile)
    blank = np.full((CONTACT_CELL + 44, CONTACT_CELL + 8, 3), 255, np.uint8)
    while not tiles or len(tiles) % CONTACT_COLUMNS:
        tiles.append(blank)
    rows = [
        np.hstack(tiles[start : start + CONTACT_COLUMNS])
        for start in range(0, len(tiles), CONTACT_COLUMNS)
    ]
    return np.asarray(np.vstack(rows), np.uint8)


def draw_reading(page: Page, cells: Sequence[Cell], reading: PageReading) -> BgrImage:
    """The page laid flat with what was read: glyphs, bubbles, turus, words and doubts."""
    picture = page.image.copy()
    for cell in cells:
        if cell.source not in ("digits", "bubbles"):
            continue
        field = reading.fields[cell.field]
        index = len(field.glyphs) - 1 - cell.place
        if cell.source == "digits":
            glyph, probability = field.glyphs[index].ranked[0]
            sure = probability >= SURE_FROM and glyph != UNREADABLE
            colour = SURE if sure else UNSURE
            frame(picture, cell.rect, page.pixels_per_mm, colour, dashed=not sure)
            height = SIGN_SHARE * min(cell.rect.width, cell.rect.height)
            at = (cell.rect.x + 0.15 * height, cell.rect.y + 1.2 * height)
            sign = glyph if sure else f"{glyph}!"
            text(picture, sign, _pixel(at, page), colour, height * page.pixels_per_mm / LETTER_PX)
        elif cell.source == "bubbles":
            written = _written_bubble(field, index)
            if written == str(cell.row):
                frame(picture, cell.rect, page.pixels_per_mm, SURE)
            elif written == UNREADABLE:
                frame(picture, cell.rect, page.pixels_per_mm, UNSURE, dashed=True)
    for field in reading.fields.values():
        boxes = [c.rect for c in cells if c.field == field.field and c.source == "digits"]
        _note(picture, page, boxes, _summary(field), _field_colour(field))
    for spec in page.spec.fields:
        _draw_tally(picture, page, spec, reading.fields[spec.id])
        _draw_words(picture, page, spec, reading.fields[spec.id])
    return picture


def _draw_tally(picture: BgrImage, page: Page, spec: FieldSpec, field: FieldReading) -> None:
    """What the turus and the row sums of a field come to, framed, to the left of its boxes."""
    grids: tuple[tuple[Source, tuple[tuple[Rect, ...], ...]], ...] = (
        ("tally", spec.tally),
        ("rowsums", spec.row_sums),
    )
    for source, grid in grids:
        evidence = field.by(source)
        if evidence is None or evidence.top is None:
            continue
        area = bounding_rect(place for row in grid for place in row)
        sure = evidence.top.value is not None and evidence.top.probability >= SURE_FROM
        colour = SURE if sure else UNSURE
        frame(picture, area, page.pixels_per_mm, colour, dashed=not sure)
        height = min(grid[0][0].width, grid[0][0].height) * SIGN_SHARE
        value = "?" if evidence.top.value is None else evidence.top.value
        said = f"{'' if sure else '! '}{value} ({evidence.top.probability:.2f})"
        at = (area.x, area.bottom + 1.4 * height)
        text(picture, said, _pixel(at, page), colour, height * page.pixels_per_mm / LETTER_PX)


def _draw_words(picture: BgrImage, page: Page, spec: FieldSpec, field: FieldReading) -> None:
    """The letters that were read of a number in words, and what they come to, in its area."""
    evidence = field.by("words")
    if spec.words is None or evidence is None or evidence.as_written is None:
        return
    top = evidence.top
    sure = top is not None and top.value is not None and top.probability >= SURE_FROM
    colour = SURE if sure else UNSURE
    frame(picture, spec.words, page.pixels_per_mm, colour, dashed=not sure)
    value = "?" if top is None or top.value is None else f"{top.value} ({top.probability:.2f})"
    height = NOTE_SHARE * min(min(box.width, box.height) for box in spec.digit_boxes)
    # Below the area: above it stands what the turus come to.
    at = (spec.words.x, spec.words.y + spec.words.height + 1.2 * height)
    said = f"{evidence.as_written} {value}"
    text(picture, said, _pixel(at, page), colour, height * page.pixels_per_mm / LETTER_PX)


def _note(picture: BgrImage, page: Page, boxes: Sequence[Rect], note: str, colour: Colour) -> None:
    """A short text below the leftmost of a field's boxes."""
    height = NOTE_SHARE * min(min(box.width, box.height) for box in boxes)
    at = (min(box.x for box in boxes), max(box.bottom for box in boxes) + 1.4 * height)
    text(picture, note, _pixel(at, page), colour, height * page.pixels_per_mm / LETTER_PX)


def _written_bubble(field: FieldReading, index: int) -> str | None:
    evidence = field.by("bubbles")
    return evidence.as_written[index] if evidence and evidence.as_written else None


def _summary(field: FieldReading) -> str:
    sign = "" if field.probability >= SURE_FROM else "! "
    return f"{sign}{field.probability:.2f}"


def _field_colour(field: FieldReading) -> Colour:
    return SURE if field.probability >= SURE_FROM else UNSURE


def _glyph_text(pair: tuple[str, float]) -> str:
    return f"{pair[0]} {pair[1]:.3f}"


def _pixel(at: tuple[float, float], page: Page) -> tuple[int, int]:
    return round(at[0] * page.pixels_per_mm), round(at[1] * page.pixels_per_mm)


def _polygon(
    picture: BgrImage, location: PageLocation, rect: Rect, colour: Colour, thick: int
) -> None:
    quad = np.round(location.outlines([rect])[0]).astype(np.int32)
    cv2.polylines(picture, [quad], True, colour, thick, cv2.LINE_AA)
