"""The plano C.HASIL-KWK: 600 x 900 mm; up to three paslon a page, a fourth beside the totals."""

from dataclasses import replace
from itertools import chain
from typing import Final

from authoring.kin import FIRST_TAG, OFFICES, PASLON, Kin, of_kin, of_pages, renumbered
from authoring.pieces import (
    Piece,
    across,
    cut,
    down,
    laid_on,
    moved,
    saksi_cells,
    table,
    without,
    worded,
)
from digitizer.domain.form import FormSpec, PageSpec, PrintedLine, PrintedText
from digitizer.domain.geometry import Point

HEADING: Final = (146.0, 176.0)
"""The title of the table of votes and its head."""

FIRST: Final = (176.0, 332.0)
SECOND: Final = (340.0, 496.0)
"""The two paslon of the page that is written by hand."""

PITCH: Final = SECOND[0] - FIRST[0]
TOTALS: Final = (504.0, 704.0)
"""Suara sah, tidak sah and both, and the date."""

SIGNED: Final = (799.0, 857.0)
LEFT: Final = 70.0
RIGHT: Final = 530.0
A_PAGE: Final = 3
"""So many paslon find room on one page."""


def plano_of(form: FormSpec, kin: Kin) -> FormSpec:
    """The plano of another kin from that of two paslon for Gubernur."""
    pages = (form.pages[1],) if kin.paslon == 2 else _three(form.pages[1], kin)
    tag = _first_tag(kin)
    every = (form.pages[0], *pages)
    return of_kin(
        form,
        kin,
        tuple(
            _signed(_tagged(of_pages(page, number, len(every)), tag + number - 1), kin)
            for number, page in enumerate(every, 1)
        ),
    )


def _first_tag(kin: Kin) -> int:
    """The tag of page 1: two pages for two paslon, three for more."""
    sheets = {paslon: 2 if paslon == 2 else 3 for paslon in PASLON}
    before = sum(pages for paslon, pages in sheets.items() if paslon < kin.paslon)
    return FIRST_TAG + OFFICES.index(kin.office) * sum(sheets.values()) + before


def _three(page: PageSpec, kin: Kin) -> tuple[PageSpec, ...]:
    """The paslon on a page of their own, the totals on the next; a fourth paslon above them."""
    head, totals = cut(page, *HEADING), cut(page, *TOTALS)
    blocks = [_block(page, number) for number in kin.numbers]
    bare = without(page, head, cut(page, *FIRST), cut(page, *SECOND), totals)
    votes = laid_on(bare, head, *blocks[:A_PAGE])
    if len(blocks) == A_PAGE:
        # Their heading stands where that of the table of votes does, and tells the page.
        return votes, laid_on(bare, moved(totals, 150.0 - 508.0))
    last = moved(blocks[-1], -A_PAGE * PITCH)
    return votes, laid_on(bare, head, last, moved(totals, -PITCH))


def _block(page: PageSpec, number: int) -> Piece:
    """One paslon: turus, row sums, boxes, bubbles and words."""
    if number == 1:
        return cut(page, *FIRST)
    return worded(moved(cut(page, *SECOND), (number - 2) * PITCH), renumbered(number))


def _tagged(page: PageSpec, tag: int) -> PageSpec:
    """The page with another tag, its id printed beside it."""
    if page.tag is None:
        return page
    old = str(page.tag.id)
    texts = tuple(replace(t, text=str(tag)) if t.text == old else t for t in page.texts)
    return replace(page, tag=replace(page.tag, id=tag), texts=texts)


def _signed(page: PageSpec, kin: Kin) -> PageSpec:
    """The page with a cell for the name and the signature of each paslon's saksi."""
    top, bottom = SIGNED
    return laid_on(without(page, cut(page, top, bottom)), _saksi(top, bottom, kin))


def _saksi(top: float, bottom: float, kin: Kin) -> Piece:
    width = (RIGHT - LEFT) / kin.paslon
    name = top + 26.0
    cells = saksi_cells(LEFT, RIGHT, (top, name, bottom), kin.paslon)
    lines = [across(LEFT, RIGHT, name, 0.53), *table(LEFT, top, RIGHT, bottom, 1.06)]
    dots: list[PrintedLine] = []
    texts: list[PrintedText] = []
    for number, (cell, _) in zip(kin.numbers, cells, strict=True):
        left = cell.x
        if number > 1:
            lines.append(down(left, top, bottom, 0.53))
        middle = left + width / 2
        dots.append(
            PrintedLine(
                Point(round(middle - 34, 2), bottom - 4),
                Point(round(middle + 34, 2), bottom - 4),
                0.89,
                pitch=3.24,
            )
        )
        texts += [
            PrintedText(Point(left + 8, top + 15.7), f"{number}.", 8.3, bold=True),
            PrintedText(Point(left + 22, top + 11.3), "NAMA CALON GUBERNUR", 5.6, bold=True),
            PrintedText(Point(left + 22, top + 18.1), "NAMA CALON WAKIL GUBERNUR", 5.6, bold=True),
        ]
    return Piece(private=tuple(chain(*cells)), lines=(*lines, *dots), texts=tuple(texts))
