"""Which page a confirmed layout is: pages alike in layout are told apart by their titles."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from digitizer.domain.geometry import Rect
from digitizer.domain.page import PageSpec
from digitizer.domain.reading import IdentifiedBy
from digitizer.errors import PageNotLocated
from digitizer.vision.alignment import words_of
from digitizer.vision.blank import Draw
from digitizer.vision.confirm import Placed
from digitizer.vision.flatten import lattice
from digitizer.vision.identity import NUMBERS, TitleVerdict, judge, tells
from digitizer.vision.ink import GreyImage
from digitizer.vision.plane import jacobian_at
from digitizer.vision.printed_year import other_year
from digitizer.vision.sight import Sight
from digitizer.vision.tesseract import PrintReader
from digitizer.vision.titles import CAP_HEIGHT, CAP_PIXELS, Titles, read_titles, ready_strip

RIVAL_SHARE: Final = 0.95
"""Another page is a rival when its print agrees nearly as well: by this share of the best. Pages
of other forms alike in layout reach 0.92 of the right one."""

UNNAMED_ROW: Final = 0.28
"""Share of the print of every row that must agree down the page where no title names it. A form
with another row reached 0.25 of it on a sharp photo, the right page 0.30 at the least."""

LEGIBLE_PIXELS: Final = 8.0
"""Height of capitals in the photo from which titles that name no office or no other year than
theirs are those of another form; smaller ones may just be too small to read."""


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """The page chosen, what says so, and what else it might be."""

    placed: Placed
    identity: IdentifiedBy
    rivals: tuple[str, ...]


def name_page(
    sight: Sight,
    placed: Sequence[Placed],
    reader: PrintReader,
    draw: Draw,
    expected: Collection[str] = (),
) -> Named:
    """The page among these whose titles are printed there.

    Args:
        sight: the photo.
        placed: places confirmed by their print, the best first.
        reader: of the titles.
        draw: draws a page of a form.
        expected: ids of the forms that a photo of this TPS may be of, if that is known. They decide
            where titles do not: between forms for unlike numbers of paslon.

    Raises:
        PageNotLocated: unknown_form, when the titles are legible and not those of a known page, or
            illegible while the year is another or a row of the print hardly agrees.
    """
    near = [one for one in placed if one.support >= RIVAL_SHARE * placed[0].support]
    pages = [(one.candidate.form, one.candidate.page) for one in near]
    left: list[Placed] = []
    denied: list[tuple[Placed, Titles]] = []
    known: dict[_Strips, Titles] = {}
    for one in near:
        # Pages of one layout have their titles at the same places, which are read once.
        strips = _strips(one)
        titles = known.get(strips) or _read(sight, one, strips, reader)
        known[strips] = titles
        verdict = judge(titles, one.candidate.page, pages)
        if verdict.outcome == "confirmed":
            return _titled(one, near, expected)
        if _denies(verdict, titles, one):
            denied.append((one, titles))
        else:
            left.append(one)
    if not left:
        raise _other_titles(*denied[0])
    if left[0].weakest_row < UNNAMED_ROW:
        raise _other_row(left[0])
    if (year := other_year(sight, left[0], draw)) is not None:
        raise _other_year(left[0], year)
    return _named(_expected_of(left, expected), "layout")


def _titled(one: Placed, near: Sequence[Placed], expected: Collection[str]) -> Named:
    """The page whose titles were read; where another prints the very same, or the same and more,
    only the layout tells them apart.
    """
    page = one.candidate.page
    others = [x for x in near if x is not one and not tells(page, x.candidate.page)]
    alike = _expected_of([one, *others], expected)
    return _named(alike, "layout" if len(alike) > 1 else "title")


def _named(left: Sequence[Placed], identity: IdentifiedBy) -> Named:
    return Named(left[0], identity, tuple(other.candidate.name for other in left[1:]))


def _expected_of(left: Sequence[Placed], expected: Collection[str]) -> list[Placed]:
    """These, those of expected forms first, less the others that differ from one of them by no more
    than their number of paslon.

    Of another office's form nothing but its title may say that it is not this one: it stays.
    """
    first = [one for one in left if one.candidate.form.id in expected]
    offices = [_office(one.candidate.page) for one in first]
    others = [one for one in left if one.candidate.form.id not in expected]
    return first + [one for one in others if _office(one.candidate.page) not in offices]


def _office(page: PageSpec) -> Counter[str]:
    """The words of the titles but for the number of paslon and of the page's fellows."""
    words = words_of(word for strip in _words(page) for word in strip)
    return Counter(word for word in words if word not in NUMBERS and not word.isdigit())


def _words(page: PageSpec) -> list[list[str]]:
    return [[text.text for text in strip] for strip in page.printed_titles]


def _denies(verdict: TitleVerdict, titles: Titles, placed: Placed) -> bool:
    """Whether the titles, or their lack where they would be legible, say that it is another form.

    Where nothing at all was read, the program may have failed, which says nothing. Of capitals too
    small to be read well only another form's own words deny.
    """
    if verdict.outcome in ("illegible", "unlikely") and not verdict.names_another:
        return any(titles.strips) and _capitals(placed) >= LEGIBLE_PIXELS
    return verdict.outcome in ("contradicted", "unlikely")


def _capitals(placed: Placed) -> float:
    """Height, in photo pixels, of the capitals of most titles."""
    page = placed.candidate.page
    return CAP_HEIGHT * median(
        text.size * _scale(placed, rect)
        for rect, texts in zip(page.titles, page.printed_titles, strict=True)
        for text in texts
    )


def _scale(placed: Placed, rect: Rect) -> float:
    """Photo pixels a millimetre in a part of the page."""
    centre = np.array([rect.centre.x, rect.centre.y])
    return float(np.sqrt(abs(np.linalg.det(jacobian_at(placed.candidate.homography, centre)))))


_Strips = tuple[int, tuple[tuple[Rect, float], ...]]
"""Where titles stand: of which place of the paper, and each with the height of its capitals."""


def _strips(placed: Placed) -> _Strips:
    page = placed.candidate.page
    heights = (
        (rect, median(text.size for text in texts) * CAP_HEIGHT)
        for rect, texts in zip(page.titles, page.printed_titles, strict=True)
    )
    return id(placed.registered), tuple(heights)


def _read(sight: Sight, placed: Placed, strips: _Strips, reader: PrintReader) -> Titles:
    pictures = [_strip(sight, placed, rect, cap_mm) for rect, cap_mm in strips[1]]
    return read_titles(pictures, reader)


def _strip(sight: Sight, placed: Placed, rect: Rect, cap_mm: float) -> GreyImage:
    """A strip of the page laid flat, at the scale of the photo or that of the reader's capitals."""
    homography, mesh = placed.candidate.homography, placed.registered.mesh
    scale = min(_scale(placed, rect), CAP_PIXELS / cap_mm)
    size = (max(1, round(rect.width * scale)), max(1, round(rect.height * scale)))
    grid = lattice(homography, mesh, (scale, scale), size, (rect.x, rect.y))
    return ready_strip(sight.pyramid.sampled(grid, size), cap_mm * scale)


def _other_titles(placed: Placed, titles: Titles) -> PageNotLocated:
    candidate = placed.candidate
    return PageNotLocated(
        "unknown_form",
        f"the layout is that of {candidate.name}, its titles read {titles.text!r}",
        "check which form it is; an admin adds new forms",
        {
            "variant": "title",
            "form": candidate.form.id,
            "page": candidate.page.number,
            "read": titles.text[:80],
        },
    )


def _other_year(placed: Placed, year: str) -> PageNotLocated:
    candidate = placed.candidate
    return PageNotLocated(
        "unknown_form",
        f"the layout is that of {candidate.name}, but the year in its title looks like {year}",
        "retake from nearer with the title in view, or check which form it is",
        {
            "variant": "year",
            "form": candidate.form.id,
            "page": candidate.page.number,
            "found": year,
        },
    )


def _other_row(placed: Placed) -> PageNotLocated:
    candidate = placed.candidate
    found, needed = round(100 * placed.weakest_row), round(100 * UNNAMED_ROW)
    return PageNotLocated(
        "unknown_form",
        f"the layout is nearly that of {candidate.name}, its titles cannot be read, and of one row "
        f"{found} % of the print agrees, needed {needed} %",
        "retake from nearer, flat and with the title in view, or check which form it is",
        {
            "variant": "row",
            "form": candidate.form.id,
            "page": candidate.page.number,
            "found": found,
            "needed": needed,
        },
    )
