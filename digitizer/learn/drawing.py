"""What stands on a blank: rulings, rings and texts in millimetres, however they were found.

The paths of a vector file and the measurements of a picture both become a `Drawing`; everything
after that is one way, whatever the blank was.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from digitizer.domain.geometry import Point, Rect, Size

Axis = Literal["across", "down"]


@dataclass(frozen=True, slots=True)
class Ruling:
    """A straight upright line of the print.

    Attributes:
        axis: "across" when it runs to the right, "down" when it runs down.
        at: where it lies: y of one that runs across, x of one that runs down.
        start, end: between which it runs, start before end.
        width: of the stroke.
        grey: 0 black to 1 white.
        dotted: whether it is a row of dots or dashes, to write on: no side of a box.
    """

    axis: Axis
    at: float
    start: float
    end: float
    width: float
    grey: float = 0.0
    dotted: bool = False

    @property
    def length(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Ring:
    """A printed circle. `width` is its border's; 0 means a filled disc."""

    centre: Point
    diameter: float
    width: float
    grey: float = 0.0


@dataclass(frozen=True, slots=True)
class Patch:
    """A filled area with straight sides."""

    points: tuple[Point, ...]
    grey: float = 0.0

    @property
    def around(self) -> Rect:
        xs, ys = [item.x for item in self.points], [item.y for item in self.points]
        return Rect(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


@dataclass(frozen=True, slots=True)
class Writing:
    """One line of printed text.

    Attributes:
        rect: around its ink.
        sure: how sure its reading is, 0 to 1; 1 where the file says it.
    """

    text: str
    rect: Rect
    sure: float = 1.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """The print of one page."""

    size: Size
    rulings: tuple[Ruling, ...] = ()
    rings: tuple[Ring, ...] = ()
    patches: tuple[Patch, ...] = ()
    writings: tuple[Writing, ...] = field(default=())


def rulings_of(rect: Rect, width: float, grey: float) -> Iterable[Ruling]:
    """The four sides of a stroked rectangle."""
    yield Ruling("across", rect.y, rect.x, rect.right, width, grey)
    yield Ruling("across", rect.bottom, rect.x, rect.right, width, grey)
    yield Ruling("down", rect.x, rect.y, rect.bottom, width, grey)
    yield Ruling("down", rect.right, rect.y, rect.bottom, width, grey)


def joined(rulings: Iterable[Ruling], slack: float) -> tuple[Ruling, ...]:
    """The same lines, pieces of one line as one.

    Args:
        rulings: in any order.
        slack: so far apart (mm) two pieces may lie, along and across the line, and be one.
    """
    ordered = sorted(rulings, key=lambda item: (item.axis, item.at, item.start))
    kept: list[Ruling] = []
    for item in ordered:
        twin = next(
            (
                place
                for place in range(len(kept) - 1, -1, -1)
                if (kept[place].axis, kept[place].dotted) == (item.axis, item.dotted)
                and abs(kept[place].at - item.at) <= slack
                and item.start <= kept[place].end + slack
                and kept[place].start <= item.end + slack
            ),
            None,
        )
        if twin is None:
            kept.append(item)
            continue
        one = kept.pop(twin)
        longer = max(one, item, key=lambda part: part.length)
        kept.append(
            Ruling(
                item.axis,
                longer.at,
                min(one.start, item.start),
                max(one.end, item.end),
                max(one.width, item.width),
                min(one.grey, item.grey),
                item.dotted,
            )
        )
    return tuple(kept)
