"""A first form file from what stands on a blank: a draft for a person to mend."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from digitizer.domain.form import (
    Fiducial,
    FieldSpec,
    FormSpec,
    PageSpec,
    PrintedCircle,
    PrintedLine,
    PrintedText,
    TagSpec,
)
from digitizer.domain.geometry import Point, Rect, bounding_rect
from digitizer.errors import DigitizerError
from digitizer.learn.boxes import Boxes, Grid, Row, boxes_of
from digitizer.learn.cells import Cell
from digitizer.learn.drawing import Drawing, Ring, Ruling, Writing
from digitizer.learn.labels import HINT, around, column_head, row_label
from digitizer.learn.naming import Named, name_of, numbered
from digitizer.learn.rules import rules_of

BUBBLES: Final = 10
"""A column has a circle for each digit."""

PRIVATE: Final = "TANDA TANGAN"
LEAST_PRIVATE: Final = 0.08
"""A name takes so much of the page's width."""

HEADER: Final = ("PROVINSI", "KABUPATEN", "KECAMATAN", "KELURAHAN", "DESA", "TPS")
TITLES: Final = ("MODEL", "HALAMAN", "HAL ", "C.HASIL", "C1-")
CAPITAL: Final = 0.718
"""Height of capitals as a share of the font's size, as the blank is drawn."""


@dataclass(frozen=True, slots=True)
class Seen:
    """All that was found on one page.

    Attributes:
        cells: those that its rulings enclose.
        writings: its printed texts.
    """

    drawing: Drawing
    cells: tuple[Cell, ...]
    writings: tuple[Writing, ...]
    fiducials: tuple[Fiducial, ...]
    tag: TagSpec | None


def propose(pages: Sequence[Seen], *, id: str, title: str, year: int) -> FormSpec:
    """The form that these pages seem to be.

    Raises:
        DigitizerError: no page has a number to write.
    """
    sorted_out = [boxes_of(seen.cells, seen.drawing.size) for seen in pages]
    named = _named(pages, sorted_out)
    if not named:
        raise DigitizerError(
            "no row of digit boxes was found on any page",
            "give the blank as a vector PDF, or as a picture of 1500 pixels or more, upright",
            code="bad_request",
        )
    names = iter(named)
    specs = tuple(
        _page(number, seen, boxes, [next(names) for _ in boxes.numbers])
        for number, (seen, boxes) in enumerate(zip(pages, sorted_out, strict=True), 1)
    )
    rules = rules_of([name.id for name, _ in named])
    return FormSpec(id, title, year, "1-draft", specs, rules)


def _named(pages: Sequence[Seen], found: Sequence[Boxes]) -> list[tuple[Named, str]]:
    """Name and label of every number of the form, page by page."""
    names: list[Named] = []
    labels: list[str] = []
    for seen, boxes in zip(pages, found, strict=True):
        places = [around(row) for row in boxes.numbers]
        for place in places:
            label = row_label(place, seen.cells, seen.writings)
            head = column_head(place, seen.writings)
            level = [other for other in places if other.y <= place.centre.y <= other.bottom]
            several = len(level) > 1
            names.append(name_of(label, head, columns=several))
            labels.append(f"{label} ({head})" if several and head else label or head)
    return list(zip(numbered(names), labels, strict=True))


def _page(number: int, seen: Seen, boxes: Boxes, named: Sequence[tuple[Named, str]]) -> PageSpec:
    words = _free(_words(seen, boxes), boxes)
    fields = tuple(
        _field(row, name, label, seen, boxes, words.get(index))
        for index, (row, (name, label)) in enumerate(zip(boxes.numbers, named, strict=True))
    )
    taken = [rect for field in fields for rect in field.rects()]
    size = seen.drawing.size
    return PageSpec(
        number=number,
        size=size,
        fiducials=seen.fiducials,
        tag=seen.tag,
        fields=fields,
        private=tuple(_private(seen, taken)),
        header=_header(seen),
        titles=tuple(_titles(seen)),
        lines=tuple(_lines(seen.drawing.rulings, taken)),
        circles=tuple(_circles(seen.drawing.rings, fields)),
        texts=tuple(_text(item) for item in seen.writings),
    )


def _field(
    row: Row, name: Named, label: str, seen: Seen, boxes: Boxes, words: Rect | None
) -> FieldSpec:
    place = around(row)
    tally = _of_row(place, boxes.tallies)
    sums = _of_row(place, boxes.row_sums) if tally is not None else None
    if tally is not None and sums is not None and len(sums.rows) != len(tally.rows):
        sums = None
    return FieldSpec(
        id=name.id,
        label=label or name.id,
        role=name.role,
        digit_boxes=tuple(cell.rect for cell in row),
        bubbles=_bubbles(row, seen.drawing.rings),
        tally=_rects(tally),
        row_sums=_rects(sums),
        words=words,
        box_stroke=round(min(cell.stroke for cell in row), 3),
        box_grey=round(max(cell.grey for cell in row), 2),
    )


def _rects(grid: Grid | None) -> tuple[tuple[Rect, ...], ...]:
    return () if grid is None else tuple(tuple(cell.rect for cell in row) for row in grid.rows)


def _of_row(place: Rect, grids: Sequence[Grid]) -> Grid | None:
    """The nearest grid to the left whose first row begins about where the boxes do."""
    beside = [
        grid
        for grid in grids
        if grid.area.right <= place.x
        and abs(grid.area.y - place.y) <= place.height
        and grid.area.bottom >= place.centre.y
    ]
    return max(beside, key=lambda grid: grid.area.right, default=None)


def _bubbles(row: Row, rings: Sequence[Ring]) -> tuple[tuple[Rect, ...], ...]:
    columns = [_column(cell.rect, rings) for cell in row]
    return tuple(columns) if all(len(column) == BUBBLES for column in columns) else ()


def _column(box: Rect, rings: Sequence[Ring]) -> tuple[Rect, ...]:
    """The circles that stand in a column under a box, down to the first gap."""
    under = sorted(
        (
            ring
            for ring in rings
            if abs(ring.centre.x - box.centre.x) <= 0.25 * box.width
            and ring.width > 0
            and ring.centre.y > box.bottom
        ),
        key=lambda ring: ring.centre.y,
    )
    column = under[:BUBBLES]
    if len(column) < BUBBLES:
        return ()
    diameter = sorted(ring.diameter for ring in column)[BUBBLES // 2]
    return tuple(
        Rect(ring.centre.x - diameter / 2, ring.centre.y - diameter / 2, diameter, diameter)
        for ring in column
    )


def _words(seen: Seen, boxes: Boxes) -> dict[int, Rect]:
    """Where numbers are written in words, by the index of the number.

    A row of boxes for letters, or the cell that says how to write, belongs to the last number that
    begins above it, among those to its right.
    """
    cells = [cell.rect for cell in seen.cells]
    areas = list(boxes.letters)
    for item in seen.writings:
        holding = [rect for rect in cells if rect.holds(item.rect.centre)]
        if not HINT.search(item.text) or not holding:
            continue
        cell = min(holding, key=lambda rect: rect.width * rect.height)
        above = item.rect.y - cell.y
        if not any(cell.overlaps(rect) for rect in boxes.letters) and above > item.rect.height:
            areas.append(Rect(cell.x, cell.y, cell.width, above))
    found: dict[int, list[Rect]] = {}
    for area in areas:
        owner = _owner(area, boxes)
        if owner is not None:
            found.setdefault(owner, []).append(area)
    return {owner: bounding_rect(areas) for owner, areas in found.items()}


def _free(words: dict[int, Rect], boxes: Boxes) -> dict[int, Rect]:
    """Those that lie over nothing else that is written: what lies over it was mistaken."""
    taken = [
        *(cell.rect for row in boxes.numbers for cell in row),
        *(grid.area for grid in (*boxes.tallies, *boxes.row_sums)),
    ]
    return {
        owner: area
        for owner, area in words.items()
        if not any(area.overlaps(rect, tolerance=0.5) for rect in taken)
        and not any(
            area.overlaps(other, tolerance=0.5) for at, other in words.items() if at != owner
        )
    }


def _owner(area: Rect, boxes: Boxes) -> int | None:
    places = [around(row) for row in boxes.numbers]
    above = [
        index
        for index, place in enumerate(places)
        if place.centre.x > area.centre.x and place.y <= area.centre.y + place.height / 2
    ]
    return max(above, key=lambda index: (places[index].y, -places[index].x), default=None)


def _private(seen: Seen, taken: Sequence[Rect]) -> Iterator[Rect]:
    """The cells below the words for signatures that hold no other: as large as a name needs."""
    heads = [item.rect for item in seen.writings if PRIVATE in item.text.upper()]
    if not heads:
        return
    top = min(head.y for head in heads)
    least = LEAST_PRIVATE * seen.drawing.size.width
    below = [cell.rect for cell in seen.cells if cell.rect.y >= top and cell.rect.width >= least]
    for rect in below:
        inner = [other for other in below if other != rect and rect.holds(other.centre)]
        smaller = any(other.width * other.height < rect.width * rect.height for other in inner)
        if not smaller and not any(rect.overlaps(place, tolerance=0.5) for place in taken):
            yield rect


def _header(seen: Seen) -> Rect | None:
    """From the first to the last word that names a place, as wide as the page allows."""
    size = seen.drawing.size
    found = [
        item.rect
        for item in seen.writings
        if any(item.text.upper().startswith(word) for word in (*HEADER, "NOMOR TPS"))
        and item.rect.y < size.height / 3
    ]
    if len(found) < 2:
        return None
    block = bounding_rect(found)
    # What is written stands right of the words, as far as whatever else is printed beside it.
    ends = [size.width - block.x / 2, *(rect.x - 1 for rect in _titles(seen))]
    right = min(end for end in ends if end > block.right)
    return Rect(block.x, block.y - 1, right - block.x, block.height + 2)


def _titles(seen: Seen) -> Iterator[Rect]:
    margin = 1.5 if seen.drawing.size.height > 400 else 0.7
    for item in seen.writings:
        if any(item.text.upper().startswith(word) for word in TITLES):
            yield item.rect.grown(margin)


def _lines(rulings: Sequence[Ruling], taken: Sequence[Rect]) -> Iterator[PrintedLine]:
    """The rulings that are no side of a box, which the boxes draw themselves."""
    for item in rulings:
        middle = (item.start + item.end) / 2
        at = Point(middle, item.at) if item.axis == "across" else Point(item.at, middle)
        if item.length < 30 and any(rect.grown(0.6).holds(at) for rect in taken):
            continue
        start, end = (
            (Point(item.start, item.at), Point(item.end, item.at))
            if item.axis == "across"
            else (Point(item.at, item.start), Point(item.at, item.end))
        )
        yield PrintedLine(start, end, item.width, item.grey)


def _circles(rings: Sequence[Ring], fields: Sequence[FieldSpec]) -> Iterator[PrintedCircle]:
    bubbles = [rect for field in fields for rect in chain.from_iterable(field.bubbles)]
    for ring in rings:
        if not any(rect.holds(ring.centre) for rect in bubbles):
            yield PrintedCircle(ring.centre, ring.diameter, ring.width, ring.grey)


def _text(item: Writing) -> PrintedText:
    hangs = any(letter in "gjpqy,;()" for letter in item.text)
    rect = item.rect
    # What hangs below the line is about a quarter of what stands on it.
    tall = rect.height / 1.28 if hangs else rect.height
    return PrintedText(Point(rect.x, rect.y + tall), item.text, tall / CAPITAL, width=rect.width)
