"""What stands around the numbers of a page: words for them, names, places, titles."""

from collections.abc import Iterator, Sequence
from typing import Final

from digitizer.domain.geometry import Rect, bounding_rect
from digitizer.learn.boxes import Boxes
from digitizer.learn.labels import HINT, around
from digitizer.learn.seen import Seen

PRIVATE: Final = "TANDA TANGAN"
LEAST_PRIVATE: Final = 0.08
"""A name takes so much of the page's width."""

HEADER: Final = ("PROVINSI", "KABUPATEN", "KECAMATAN", "KELURAHAN", "DESA", "TPS", "NOMOR TPS")
TITLES: Final = ("MODEL", "HALAMAN", "HAL ", "C.HASIL", "C1-")


def words_of(seen: Seen, boxes: Boxes) -> dict[int, Rect]:
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
    whole = {owner: bounding_rect(areas) for owner, areas in found.items()}
    return _free(whole, boxes)


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


def private_of(seen: Seen, taken: Sequence[Rect]) -> Iterator[Rect]:
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


def header_of(seen: Seen) -> Rect | None:
    """From the first to the last word that names a place, as wide as the page allows."""
    size = seen.drawing.size
    found = [
        item.rect
        for item in seen.writings
        if any(item.text.upper().startswith(word) for word in HEADER)
        and item.rect.y < size.height / 3
    ]
    if len(found) < 2:
        return None
    block = bounding_rect(found)
    # What is written stands right of the words, as far as whatever else is printed beside it.
    ends = [size.width - block.x / 2, *(rect.x - 1 for rect in titles_of(seen))]
    right = min(end for end in ends if end > block.right)
    return Rect(block.x, block.y - 1, right - block.x, block.height + 2)


def titles_of(seen: Seen) -> Iterator[Rect]:
    """Strips around the words that name the form and its page, with nothing else in them."""
    margin = 1.5 if seen.drawing.size.height > 400 else 0.7
    for item in seen.writings:
        if any(item.text.upper().startswith(word) for word in TITLES):
            yield item.rect.grown(margin)
