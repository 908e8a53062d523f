"""The blank of a page as something to compare photos with: its ink at several sizes."""

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import FormSpec, PageSpec
from digitizer.vision.features import Features
from digitizer.vision.ink import Ink, soft_ink
from digitizer.vision.mesh import Points
from digitizer.vision.photo import BgrImage

Draw = Callable[[FormSpec, int, float], BgrImage]
"""Draws a page of a form by its number at so many pixels a millimetre: (height, width, 3) BGR."""

Known = tuple[FormSpec, PageSpec]
"""A page with the form that it is of."""

LONG_SIDES: Final = (256, 512, 1024)
"""Longer sides, in pixels, at which print is compared: coarse to fine."""

BLOCK_SIDE: Final = 40
"""Side of the blocks that are compared, in pixels of any of these sizes."""

BLOCK_STEPS: Final = (22, 34, 54)
"""Distance between the blocks' middles at each size."""

FEATURES: Final = 1600
"""So many features of a blank are kept."""

LEAST_INK: Final = 9.0
"""A block whose ink varies less than this (standard deviation, of 255) shows too little print."""


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Square pieces of the blank's ink at one size, `BLOCK_SIDE` wide.

    Attributes:
        corners: (n, 2) left and top of each block, in pixels of the level.
        middles: (n, 2) in page millimetres.
        telling: (n, 2) the share of the print's gradients across x and across y. Print that runs
            along x tells nothing of x: the aperture problem.
    """

    corners: NDArray[np.int64]
    middles: Points
    telling: Points


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The blank's ink at one size, and its blocks; `scale` is pixels a millimetre in x and y."""

    ink: Ink
    scale: tuple[float, float]
    blocks: Blocks

    @property
    def patches(self) -> Iterator[tuple[tuple[int, int], Ink]]:
        """Left and top of each block, and its ink."""
        for left, top in self.blocks.corners.tolist():
            yield (left, top), self.ink[top : top + BLOCK_SIDE, left : left + BLOCK_SIDE]


@dataclass(frozen=True, eq=False)
class Blank:
    """One page of a form as it is printed.

    Attributes:
        png: its picture. Every process that reads holds the blanks of all forms, so what is looked
            at once is packed.
    """

    form: FormSpec
    page: PageSpec
    png: bytes = field(repr=False)

    @classmethod
    def of(cls, form: FormSpec, page: PageSpec, drawn: BgrImage) -> "Blank":
        """The blank that was drawn so."""
        grey = cv2.cvtColor(drawn, cv2.COLOR_BGR2GRAY)
        return cls(form, page, cv2.imencode(".png", grey)[1].tobytes())

    @property
    def picture(self) -> NDArray[np.uint8]:
        """(height, width) grey, all of the page; its longer side has `LONG_SIDES[-1]` pixels."""
        packed = np.frombuffer(self.png, np.uint8)
        return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """By rising size, as `LONG_SIDES`."""
        picture = self.picture
        return tuple(self._level(picture, index) for index in range(len(LONG_SIDES)))

    @cached_property
    def features(self) -> Features:
        """Features of the drawing, their places in page millimetres."""
        picture = self.picture
        found = Features.of(picture, FEATURES)
        scale = picture.shape[1] / self.page.size.width
        return Features((found.places + 0.5) / scale, found.descriptors)

    def _level(self, whole: NDArray[np.uint8], index: int) -> Level:
        height, width = whole.shape
        share = LONG_SIDES[index] / max(height, width)
        size = (round(width * share), round(height * share))
        picture = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
        ink = soft_ink(np.asarray(picture, np.uint8))
        # The drawing fills its picture, whose sides are whole numbers: x and y differ a little.
        scale = (size[0] / self.page.size.width, size[1] / self.page.size.height)
        return Level(ink, scale, _blocks(ink, scale, BLOCK_STEPS[index]))


def _blocks(ink: Ink, scale: tuple[float, float], step: int) -> Blocks:
    height, width = ink.shape
    side = BLOCK_SIDE
    corners, telling = [], []
    for top in _starts(height, step):
        for left in _starts(width, step):
            patch = ink[top : top + side, left : left + side]
            if float(patch.std()) < LEAST_INK:
                continue
            across = float(np.square(cv2.Sobel(patch, cv2.CV_32F, 1, 0)).sum())
            down = float(np.square(cv2.Sobel(patch, cv2.CV_32F, 0, 1)).sum())
            corners.append((left, top))
            telling.append((across / (across + down), down / (across + down)))
    at = np.array(corners, np.int64).reshape(-1, 2)
    return Blocks(
        at,
        (at + side / 2) / np.array(scale),
        np.array(telling, np.float64).reshape(-1, 2),
    )


def _starts(length: int, step: int) -> list[int]:
    """First pixels of blocks spread evenly over a length, about `step` apart."""
    room = length - BLOCK_SIDE
    return [round(start) for start in np.linspace(0, room, max(2, round(room / step) + 1)).tolist()]


def _layout(page: PageSpec) -> Hashable:
    """What pages of one layout share: paper, marks, where the titles and all numbers stand."""
    places = (rect for field in page.fields for rect in field.rects())
    return page.size, page.fiducials, page.titles, tuple(places)


@dataclass(frozen=True, eq=False)
class Atlas:
    """Every page of every known form; its blank is drawn when first asked for, and kept.

    Attributes:
        within: the atlas of which these are a few forms, or None.
    """

    forms: tuple[FormSpec, ...]
    draw: Draw = field(repr=False)
    within: "Atlas | None" = field(default=None, repr=False)
    _drawn: dict[tuple[str, int], Blank] = field(default_factory=dict, repr=False)

    def among(self, ids: Collection[str]) -> "Atlas":
        """These forms alone, as far as they are known; their blanks are drawn once for all."""
        few = tuple(form for form in self.forms if form.id in ids)
        return replace(self, forms=few, within=self.whole)

    @property
    def whole(self) -> "Atlas":
        """The atlas of all known forms, also where only a few are looked for."""
        return self if self.within is None else self.within

    @property
    def pages(self) -> Sequence[Known]:
        """Every known page with its form, but for those on which there is nothing to read."""
        return [(form, page) for form in self.forms for page in form.pages if page.fields]

    @cached_property
    def layouts(self) -> Sequence[Sequence[Known]]:
        """Pages that differ in their words alone, such as those for other offices, together.

        The first of each stands for all of them until titles or tag tell which it is.
        """
        groups: dict[Hashable, list[Known]] = {}
        for form, page in self.pages:
            groups.setdefault(_layout(page), []).append((form, page))
        return tuple(map(tuple, groups.values()))

    def twins(self, form: FormSpec, page: PageSpec) -> Sequence[Known]:
        """The pages of the layout of a page, itself among them.

        Those of all known forms, also where only a few are looked for: what their titles say tells
        them apart, and must be asked for.
        """
        own, layouts = (form.id, page.number), self.whole.layouts
        return next(g for g in layouts if any((f.id, p.number) == own for f, p in g))

    def blank(self, form: FormSpec, page: PageSpec) -> Blank:
        """The blank of one page."""
        key = form.id, page.number
        if key not in self._drawn:
            scale = LONG_SIDES[-1] / max(page.size.width, page.size.height)
            drawn = self.draw(form, page.number, scale)
            self._drawn[key] = Blank.of(form, page, drawn)
        return self._drawn[key]
