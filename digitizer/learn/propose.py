"""A first form file from what stands on a blank: a draft for a person to mend."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from digitizer.domain.form import FieldSpec, FormSpec, PageSpec
from digitizer.domain.geometry import Rect
from digitizer.errors import DigitizerError
from digitizer.learn.boxes import Boxes, Grid, Row, boxes_of
from digitizer.learn.drawing import Ring
from digitizer.learn.labels import around, column_head, row_label
from digitizer.learn.naming import Named, name_of, numbered
from digitizer.learn.printing import circles_of, lines_of, text_of
from digitizer.learn.rules import rules_of
from digitizer.learn.seen import Seen
from digitizer.learn.surroundings import header_of, private_of, titles_of, words_of

PAGE: Final = re.compile(r"\b(?:HALAMAN|HAL|LEMBAR)\W{0,3}(\d)\b", re.IGNORECASE)

BUBBLES: Final = 10
"""A column has a circle for each digit."""


def propose(pages: Sequence[Seen], *, id: str, title: str, year: int) -> FormSpec:
    """The form that these pages seem to be.

    Raises:
        DigitizerError: no page has a number to write, or what was found contradicts itself.
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
        for number, seen, boxes in zip(_page_numbers(pages), pages, sorted_out, strict=True)
    )
    rules = rules_of([name.id for name, _ in named])
    try:
        return FormSpec(id, title, year, "1-draft", specs, rules)
    except ValueError as error:
        raise DigitizerError(
            f"what was found makes no form: {error}",
            "give a sharper picture, or the page as a vector PDF",
            code="bad_request",
        ) from error


def _page_numbers(pages: Sequence[Seen]) -> Sequence[int]:
    """The numbers that are printed on the pages, where they rise; else their turns."""
    printed = [
        int(found[1])
        for seen in pages
        for found in [next(filter(None, (PAGE.search(item.text) for item in seen.writings)), None)]
        if found is not None
    ]
    rising = len(printed) == len(pages) and all(a < b for a, b in pairwise([0, *printed]))
    return printed if rising else range(1, len(pages) + 1)


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
    words = words_of(seen, boxes)
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
        private=tuple(private_of(seen, taken)),
        header=header_of(seen),
        titles=tuple(titles_of(seen)),
        lines=tuple(lines_of(seen.drawing.rulings, taken)),
        circles=tuple(circles_of(seen.drawing.rings, fields)),
        texts=tuple(text_of(item) for item in seen.writings),
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
