"""Sheets that no form file describes: other forms in the same print language, pages of text,
tables of numbers, marks on empty paper. A seed invents them; they are drawn as known forms are."""

from typing import Final, Literal

import numpy as np

from digitizer.domain.form import (
    Corner,
    Fiducial,
    FieldSpec,
    FormSpec,
    MarkShape,
    PageSpec,
    PrintedLine,
    PrintedText,
    TagSpec,
)
from digitizer.domain.geometry import Point, Rect, Size

TagFamily: Final = "DICT_APRILTAG_36h10"
UNKNOWN_TAGS: Final = (131, 133, 161, 163, 201, 245, 280, 301, 345, 403, 460, 512, 560)
"""Tags of other forms of the Pemilu 2024: abroad, DPR, DPD and DPRD."""

A4: Final = Size(210, 297)
PLANO: Final = Size(600, 900)
SHARES: Final[dict[Corner, tuple[float, float]]] = {
    "top_left": (0.062, 0.041),
    "top_right": (0.938, 0.041),
    "bottom_right": (0.938, 0.959),
    "bottom_left": (0.062, 0.959),
}
"""Where corner marks lie, in shares of the page: about where the plano has them."""

VOCABULARY: Final = (
    "JUMLAH DATA PEMILIH PENGGUNA HAK PILIH SUARA SAH TIDAK SURAT DITERIMA DIGUNAKAN RUSAK SISA "
    "CALON ANGGOTA PARTAI DAERAH PROVINSI KABUPATEN KECAMATAN KELURAHAN TEMPAT PEMUNGUTAN SAKSI "
    "KETUA KPPS NAMA TANDA TANGAN RINCIAN PEROLEHAN PENYANDANG DISABILITAS TAMBAHAN KHUSUS PINDAH"
)
Office = Literal["DPR", "DPD", "DPRD PROVINSI", "DPRD KABUPATEN/KOTA", "KEPALA DESA", "REFERENDUM"]


def phrase(rng: np.random.Generator, words: int) -> str:
    """Some words of the forms' own language."""
    return " ".join(str(rng.choice(VOCABULARY.split())) for _ in range(words))


def marks(size: Size, shape: MarkShape, rng: np.random.Generator) -> tuple[Fiducial, ...]:
    """A corner mark in each corner, the same distance from both edges."""
    side = size.height * float(rng.uniform(0.007, 0.012))
    return tuple(
        Fiducial(corner, Point(x * size.width, y * size.height), side, shape)
        for corner, (x, y) in SHARES.items()
    )


def unknown_tag(size: Size, rng: np.random.Generator) -> TagSpec:
    """A tag that no known form carries, where the plano has its own."""
    side = size.height * 0.0356
    rect = Rect(size.width * 0.86, size.height * 0.075, side, side)
    return TagSpec(TagFamily, int(rng.choice(UNKNOWN_TAGS)), rect, 2)


def sheet(page: PageSpec, title: str) -> FormSpec:
    """A page as a form of its own, so that it can be drawn and filled."""
    return FormSpec(f"invented-{title.lower()}", title, 2024, "0", (page,), ())


class _Layout:
    """Grows a page from the top down; all lengths in shares of the page's height."""

    def __init__(self, size: Size, rng: np.random.Generator) -> None:
        self.size, self.rng = size, rng
        self.unit = size.height / 100
        self.left, self.right = 0.09 * size.width, 0.91 * size.width
        self.y = 6 * self.unit
        self.texts: list[PrintedText] = []
        self.lines: list[PrintedLine] = []
        self.fields: list[FieldSpec] = []

    def text(self, x: float, text: str, size: float, *, bold: bool = False) -> None:
        """A line of text at the present height, `size` in hundredths of the page's height."""
        at = Point(x, self.y)
        self.texts.append(PrintedText(at, text, size * self.unit, bold=bold))

    def heading(self, text: str, size: float = 1.5) -> None:
        at = Point(self.size.width / 2, self.y)
        font = size * self.unit
        self.texts.append(PrintedText(at, text, font, bold=True, align="centre"))
        self.y += 1.35 * font

    def rule(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.lines.append(PrintedLine(Point(x0, y0), Point(x1, y1), 0.07 * self.unit))

    def row(self, height: float, label: str, columns: tuple[float, ...], side: float) -> None:
        """A table row: a label and three digit boxes at the end of each column, in `side` mm."""
        top, self.y = self.y, self.y + 0.62 * height
        self.text(self.left + 0.8 * self.unit, label, 0.95)
        bottom = top + height
        edges = (self.left, *columns, self.right)
        for edge in edges:
            self.rule(edge, top, edge, bottom)
        for y in (top, bottom):
            self.rule(self.left, y, self.right, y)
        for end in (*columns[1:], self.right):
            x, y = end - 3.3 * side, top + (height - side) / 2
            boxes = tuple(Rect(x + index * side, y, side, side) for index in range(3))
            name = f"angka_{len(self.fields) + 1}"
            stroke = 0.05 * side
            self.fields.append(
                FieldSpec(name, label, "votes", boxes, guides=side > 15, box_stroke=stroke)
            )
        self.y = bottom

    def page(self, fiducials: tuple[Fiducial, ...], tag: TagSpec | None) -> PageSpec:
        return PageSpec(
            1, self.size, fiducials, tag, tuple(self.fields), (),
            lines=tuple(self.lines), texts=tuple(self.texts),
        )  # fmt: skip


def table_form(rng: np.random.Generator, *, plano: bool, marked: bool, tagged: bool) -> FormSpec:
    """Sections of rows with digit boxes, as on page 1 of the known forms but never the same."""
    layout = _Layout(PLANO if plano else A4, rng)
    side = layout.unit * float(rng.uniform(1.9, 2.6))
    layout.heading(f"BERITA ACARA {phrase(rng, 4)}")
    layout.heading(phrase(rng, 5))
    layout.heading(f"TAHUN {rng.choice((2019, 2020, 2024, 2029))}")
    for section in range(int(rng.integers(2, 5))):
        layout.y += 3 * layout.unit
        layout.text(layout.left, f"{'I' * (section + 1)}. {phrase(rng, 4)}", 1.3, bold=True)
        layout.y += layout.unit
        count = int(rng.integers(1, 4))
        width = layout.right - layout.left
        first = layout.left + width * float(rng.uniform(0.38, 0.5))
        columns = tuple(first + i * (layout.right - first) / count for i in range(count))
        for _ in range(int(rng.integers(2, 7))):
            if layout.y < layout.size.height * 0.88:
                label = phrase(rng, int(rng.integers(2, 4)))
                layout.row(side * float(rng.uniform(1.2, 1.7)), label, columns, side)
    return _finished(layout, rng, "TABEL", "saddle" if marked else None, tagged=tagged)


def legislative_form(
    rng: np.random.Generator, office: Office, *, plano: bool, marked: bool, tagged: bool
) -> FormSpec:
    """Parties and their candidates, or candidates alone, as C.HASIL-DPR, DPD and DPRD have them."""
    layout = _Layout(PLANO if plano else A4, rng)
    side = layout.unit * float(rng.uniform(1.9, 2.3))
    layout.heading("BERITA ACARA, SERTIFIKAT DAN CATATAN HASIL PENGHITUNGAN PEROLEHAN SUARA", 1.2)
    layout.heading("DI TEMPAT PEMUNGUTAN SUARA DALAM PEMILIHAN UMUM", 1.2)
    layout.heading(f"ANGGOTA {office} TAHUN 2024", 1.4)
    layout.text(layout.right - 13 * layout.unit, f"MODEL C.HASIL-{office.split(' ')[0]}", 1.1)
    layout.y += 2.5 * layout.unit
    layout.text(layout.left, "IV. DATA RINCIAN PEROLEHAN SUARA CALON", 1.3, bold=True)
    width = layout.right - layout.left
    columns = (layout.left + 0.3 * width,)
    for party in range(int(rng.integers(1, 4))):
        layout.y += 1.5 * layout.unit
        if office != "DPD":
            layout.row(1.4 * side, f"A. SUARA PARTAI {party + 1}", columns, side)
        for candidate in range(int(rng.integers(4, 11))):
            if layout.y < layout.size.height * 0.88:
                layout.row(1.35 * side, f"{candidate + 1}. NAMA CALON", columns, side)
    return _finished(layout, rng, office, "saddle" if marked else None, tagged=tagged)


def first_page_of_c1(rng: np.random.Generator) -> FormSpec:
    """Page 1 of a C1 form: squares in the corners of an A4 page, three tables, no tag."""
    layout = _Layout(A4, rng)
    side = layout.unit * 2.2
    layout.heading("SERTIFIKAT HASIL PENGHITUNGAN SUARA", 1.3)
    layout.heading("PEMILIHAN UMUM PRESIDEN DAN WAKIL PRESIDEN TAHUN 2019", 1.2)
    layout.text(layout.right - 12 * layout.unit, "MODEL C1-PPWP", 1.2, bold=True)
    width = layout.right - layout.left
    thirds = tuple(layout.left + share * width for share in (0.46, 0.64, 0.82))
    tables = (("I. DATA PEMILIH", 5), ("II. PENGGUNA HAK PILIH", 4), ("III. SURAT SUARA", 4))
    for name, rows in tables:
        layout.y += 2.5 * layout.unit
        layout.text(layout.left, name, 1.2, bold=True)
        layout.y += layout.unit
        columns = thirds if name != tables[2][0] else (thirds[0],)
        for _ in range(rows):
            layout.row(side * float(rng.uniform(1.25, 1.45)), phrase(rng, 2), columns, side)
    return _finished(layout, rng, "C1-HAL1", "square", tagged=False)


def text_page(rng: np.random.Generator) -> FormSpec:
    """A letter or a page of a regulation."""
    layout = _Layout(A4, rng)
    layout.heading(phrase(rng, 4))
    layout.y += 2 * layout.unit
    font = float(rng.uniform(1.0, 1.5))
    while layout.y < layout.size.height * 0.92:
        line = ""
        while len(line) * font * 0.62 * layout.unit < layout.right - layout.left - 8:
            line = f"{line} {phrase(rng, 1)}"
        layout.text(layout.left, line.strip().capitalize(), font)
        layout.y += font * layout.unit * (2.6 if rng.random() < 0.12 else 1.45)
    return _finished(layout, rng, "SURAT", None, tagged=False)


def number_table(rng: np.random.Generator) -> FormSpec:
    """A spreadsheet: ruled cells full of printed numbers."""
    layout = _Layout(A4 if rng.random() < 0.6 else PLANO, rng)
    columns = np.linspace(layout.left, layout.right, int(rng.integers(4, 10)))
    rows = np.linspace(8 * layout.unit, 92 * layout.unit, int(rng.integers(12, 32)))
    layout.heading(phrase(rng, 3))
    for x in columns:
        layout.rule(x, rows[0], x, rows[-1])
    for y in rows:
        layout.rule(columns[0], y, columns[-1], y)
    for y in rows[1:]:
        layout.y = float(y) - 0.8 * layout.unit
        for x in columns[:-1]:
            layout.text(float(x) + layout.unit, str(int(rng.integers(0, 1000))), 1.2)
    return _finished(layout, rng, "ANGKA", None, tagged=False)


def marks_only(rng: np.random.Generator) -> FormSpec:
    """Four corner marks on an otherwise empty sheet, sometimes with a line of text."""
    layout = _Layout(PLANO if rng.random() < 0.5 else A4, rng)
    if rng.random() < 0.4:
        layout.heading(phrase(rng, 3))
    shape: MarkShape = "square" if rng.random() < 0.3 else "saddle"
    return _finished(layout, rng, "TANDA", shape, tagged=False)


def blank_paper(rng: np.random.Generator) -> FormSpec:
    """An empty sheet, sometimes ruled."""
    layout = _Layout(A4, rng)
    if rng.random() < 0.5:
        for y in np.linspace(8, 94, int(rng.integers(20, 40))) * layout.unit:
            layout.rule(layout.left, float(y), layout.right, float(y))
    return _finished(layout, rng, "KOSONG", None, tagged=False)


def _finished(
    layout: _Layout,
    rng: np.random.Generator,
    title: str,
    shape: MarkShape | None,
    *,
    tagged: bool,
) -> FormSpec:
    fiducials = marks(layout.size, shape, rng) if shape is not None else ()
    tag = unknown_tag(layout.size, rng) if tagged else None
    return sheet(layout.page(fiducials, tag), title)
