"""The A4 SALINAN: always two pages; with more paslon their rows and the signatures grow smaller."""

from dataclasses import replace
from itertools import chain
from typing import Final

from authoring.kin import Kin, of_kin, of_pages, renumbered
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
from digitizer.domain.form import FieldSpec, FormSpec, PageSpec, PrintedLine, PrintedText
from digitizer.domain.geometry import Point, Rect

LEFT: Final = 14.0
RIGHT: Final = 196.0
FOOT: Final = 283.0
KPPS: Final = 7

HEAD: Final = (38.0, 53.7)
ROWS: Final = 53.6
"""Where the first paslon's row begins; the head of the table ends there."""

TOTALS: Final = (117.0, 183.3)
DATE: Final = (190.0, 201.0)
ROW: Final = {2: (26.0, 4.0), 3: (26.0, 4.0), 4: (22.4, 0.0)}
"""Height of a paslon's row and the gap below it, by the number of paslon."""

SIGNED: Final = {2: 224.0, 3: 231.0, 4: 231.5}
"""Where the signatures of page 2 begin, by the number of paslon."""

NAMED: Final = (261.0, 283.0)
"""The saksi's cells on page 1."""


def salinan_of(form: FormSpec, kin: Kin) -> FormSpec:
    """The SALINAN of another kin from that of two paslon for Gubernur."""
    first, second = form.pages
    saksi = cut(first, *NAMED)
    dotted = [line for line in saksi.lines if line.pitch is not None]
    cells = _saksi(NAMED[0], NAMED[0] + 5.8, 282.8, dotted[0].start.y, kin)
    pages = (
        laid_on(without(first, saksi), cells),
        second if kin.paslon == 2 else _more(second, kin),
    )
    every = tuple(of_pages(page, number, 2) for number, page in enumerate(pages, 1))
    return of_kin(form, kin, every)


def _more(page: PageSpec, kin: Kin) -> PageSpec:
    """Page 2 with the rows of more paslon, all that follows moved down, signatures made lower."""
    head, totals, date = cut(page, *HEAD), cut(page, *TOTALS), cut(page, *DATE)
    height, gap = ROW[kin.paslon]
    end = ROWS + kin.paslon * height + (kin.paslon - 1) * gap
    rows = [_row(page, number, height, gap) for number in kin.numbers]
    top = SIGNED[kin.paslon]
    totals_down = (12.0 if kin.paslon == 3 else 10.0) - (121.6 - end)
    date_down = top - 11.8 - 192.2
    table_of_votes = Piece(lines=tuple(table(LEFT, 43.0, RIGHT, end, 0.5)))
    bare = without(
        page,
        head,
        cut(page, ROWS, 109.7),
        Piece(lines=tuple(line for line in page.lines if _is_side(line))),
        totals,
        date,
        cut(page, 223.9, FOOT + 0.1),
    )
    return laid_on(
        bare,
        head,
        table_of_votes,
        *rows,
        moved(totals, round(totals_down, 3)),
        moved(date, round(date_down, 3)),
        _kpps(page, top),
        _saksi(top + 25.2, top + 31.0, FOOT, FOOT - 2.0, kin),
    )


def _is_side(line: PrintedLine) -> bool:
    """Whether this is a side of the table of votes, from its head down to its last row."""
    return (line.start.y, line.end.y) == (43.0, 109.6)


def _row(page: PageSpec, number: int, height: float, gap: float) -> Piece:
    """One paslon: number and names, words, boxes."""
    top = round(ROWS + (number - 1) * (height + gap), 3)
    bottom = round(top + height, 3)
    old = _field(page, "paslon_2" if number > 1 else "paslon_1")
    field = replace(
        old,
        digit_boxes=tuple(replace(box, y=top) for box in old.digit_boxes),
        words=Rect(92.0, top, 75.8, height),
    )
    middle = top + height / 2
    lines = [
        across(LEFT, RIGHT, top, 0.35),
        across(LEFT, RIGHT, bottom, 0.35),
        *(down(x, top, bottom, 0.35) for x in (28.0, 92.0, 167.8)),
        across(167.8, RIGHT, top + 16.0, 0.35),
    ]
    texts = [
        PrintedText(Point(21.0, middle + 2.4), "2", 7.0, bold=True, align="centre"),
        _centred(Point(60.0, middle - 1.4), "NAMA CALON GUBERNUR", 3.0),
        _centred(Point(60.0, middle + 3.4), "NAMA CALON WAKIL GUBERNUR", 3.0),
        PrintedText(
            Point(166.3, bottom - 1.4),
            "(ditulis dengan huruf kapital)",
            2.1,
            italic=True,
            align="right",
        ),
    ]
    piece = Piece((field,), (), tuple(lines), (), tuple(texts))
    if number == 1:
        return replace(piece, texts=tuple(replace(t, text=t.text.replace("2", "1")) for t in texts))
    return worded(piece, renumbered(number))


def _field(page: PageSpec, name: str) -> FieldSpec:
    return next(field for field in page.fields if field.id == name)


def _kpps(page: PageSpec, top: float) -> Piece:
    """The heading of the signatures, those of the KPPS, and the heading of the saksi."""
    heading, head = 4.6, top + 4.6
    foot, saksi = top + 20.6, top + 25.2
    width = (RIGHT - LEFT) / KPPS
    cells, dots = [], []
    lines = [
        *table(LEFT, top, RIGHT, FOOT, 0.5),
        *(across(LEFT, RIGHT, y, 0.35) for y in (head, foot, saksi)),
        *(down(LEFT + index * width, head, foot, 0.35) for index in range(1, KPPS)),
    ]
    for index in range(KPPS):
        left = LEFT + index * width
        cells.append(Rect(left, head, width, foot - head))
        dots.append(_dots(left + 4.0, left + 20.8, foot - 1.2))
    old = cut(page, 223.9, 231.5).texts
    said = next(text for text in page.texts if text.text.startswith("NAMA DAN TANDA TANGAN SAKSI"))
    moved_texts = [replace(text, at=Point(text.at.x, text.at.y + top - 224.0)) for text in old]
    saksi_text = replace(said, at=Point(said.at.x, foot + heading - 1.3))
    return Piece((), tuple(cells), (*lines, *dots), (), (*moved_texts, saksi_text))


def _saksi(top: float, name: float, bottom: float, dots: float, kin: Kin) -> Piece:
    """A cell for the names of each paslon and one for the signature of their saksi."""
    width = (RIGHT - LEFT) / kin.paslon
    cells = saksi_cells(LEFT, RIGHT, (top, name, bottom), kin.paslon)
    lines = [
        across(LEFT, RIGHT, top, 0.35),
        across(LEFT, RIGHT, name, 0.35),
        across(LEFT, RIGHT, bottom, 0.5),
    ]
    # Names in a narrow cell are printed smaller, beside the number.
    size, beside = (1.9, 3.5) if kin.paslon == 4 else (2.1, 0.0)
    texts: list[PrintedText] = []
    for number, (cell, _) in zip(kin.numbers, cells, strict=True):
        left = cell.x
        if number > 1:
            lines.append(down(left, top, bottom, 0.35))
        middle = round(left + width / 2, 2)
        reach = min(21.0, width / 2 - 4.0)
        lines.append(_dots(middle - reach, middle + reach, dots))
        texts += [
            PrintedText(Point(left + 3.0, top + 3.9), f"{number}.", 2.9, bold=True),
            _centred(Point(middle + beside, top + 2.6), "NAMA CALON GUBERNUR", size),
            _centred(Point(middle + beside, top + 5.0), "NAMA CALON WAKIL GUBERNUR", size),
        ]
    return Piece((), tuple(chain(*cells)), tuple(lines), (), tuple(texts))


def _centred(at: Point, text: str, size: float) -> PrintedText:
    return PrintedText(at, text, size, bold=True, align="centre")


def _dots(x0: float, x1: float, y: float) -> PrintedLine:
    return PrintedLine(Point(x0, y), Point(x1, y), 0.36, pitch=1.4)
