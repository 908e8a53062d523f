"""What one page of a form is: numbers, marks and print, as data. Everything is in millimetres."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from digitizer.domain.geometry import Point, Rect, Size

Corner = Literal["top_left", "top_right", "bottom_right", "bottom_left"]
FieldRole = Literal["voters", "ballots", "votes", "total", "metadata"]
"""What a number counts.

voters: data pemilih and pengguna hak pilih; ballots: surat suara; votes: one paslon; total: suara
sah, tidak sah, total; metadata: dates and the like, read but not a number of the tally.
"""
MarkShape = Literal["saddle", "square"]
"""The shape of a corner mark: two touching filled squares on the falling diagonal, of which the
touching point is a saddle, or one filled square."""


@dataclass(frozen=True, slots=True)
class Fiducial:
    """A corner mark.

    Attributes:
        point: of a saddle where its squares touch, of a square its centre.
        square_side: of each filled square, in millimetres.
    """

    corner: Corner
    point: Point
    square_side: float
    shape: MarkShape = "saddle"


@dataclass(frozen=True, slots=True)
class TagSpec:
    """A printed AprilTag that names form and page and tells which way is up.

    Attributes:
        dictionary: name of the `cv2.aruco` dictionary, such as "DICT_APRILTAG_36h10".
        id: the tag's number within the dictionary.
        rect: the black square with its border bits.
        turns: quarter turns, clockwise, by which the print differs from OpenCV's own drawing.
    """

    dictionary: str
    id: int
    rect: Rect
    turns: int


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One number of the form and every place where the crew writes it.

    Attributes:
        id: stable name such as "suara_sah"; the same on every form that asks for the number.
        label: the printed row, in Indonesian.
        digit_boxes: leftmost first; the last box holds the units.
        bubbles: one column of ten circles (0 to 9) a digit box, or empty.
        tally: rows of cells, each for five strokes (turus), or empty.
        row_sums: one row of two boxes a tally row, or empty.
        words: where the number is written in words, or None.
        guides: whether the boxes carry the printed dotted guide that crews trace.
        box_stroke: width of the printed border, in millimetres, centred on the edge of the box.
        box_grey: of that border, 0 black to 1 white.
    """

    id: str
    label: str
    role: FieldRole
    digit_boxes: tuple[Rect, ...]
    bubbles: tuple[tuple[Rect, ...], ...] = ()
    tally: tuple[tuple[Rect, ...], ...] = ()
    row_sums: tuple[tuple[Rect, ...], ...] = ()
    words: Rect | None = None
    guides: bool = False
    box_stroke: float = 1.058
    box_grey: float = 0.0

    def __post_init__(self) -> None:
        if not self.digit_boxes:
            raise ValueError(f"field {self.id} has no digit box")
        if self.bubbles and len(self.bubbles) != len(self.digit_boxes):
            raise ValueError(
                f"field {self.id} has {len(self.bubbles)} bubble columns "
                f"for {len(self.digit_boxes)} digit boxes"
            )
        if any(len(column) != 10 for column in self.bubbles):
            raise ValueError(f"field {self.id} has a bubble column without exactly ten bubbles")
        if self.row_sums and len(self.row_sums) != len(self.tally):
            raise ValueError(
                f"field {self.id} has {len(self.row_sums)} row sums "
                f"for {len(self.tally)} tally rows"
            )

    @property
    def counted(self) -> bool:
        """Whether the number belongs to the tally (dates and the like do not)."""
        return self.role != "metadata"

    def place(self, index: int) -> int:
        """The decimal place of a box by its index from the left: 0 is the units."""
        return len(self.digit_boxes) - 1 - index

    def rects(self) -> Iterator[Rect]:
        """Every place where the crew writes for this field."""
        yield from self.digit_boxes
        for group in (*self.bubbles, *self.tally, *self.row_sums):
            yield from group
        if self.words is not None:
            yield self.words


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A ruling line of the blank.

    Attributes:
        width: of the stroke, in millimetres; of a dotted line, the diameter of its dots.
        grey: 0 black to 1 white.
        pitch: from dot to dot in millimetres, or None for a solid line.
    """

    start: Point
    end: Point
    width: float
    grey: float = 0.0
    pitch: float | None = None


@dataclass(frozen=True, slots=True)
class PrintedCircle:
    """A printed circle that nobody fills in. `width` is its border's; 0 means a filled disc."""

    centre: Point
    diameter: float
    width: float
    grey: float = 0.0


@dataclass(frozen=True, slots=True)
class PrintedText:
    """A line of text of the blank.

    Attributes:
        at: the point of the baseline named by `align`.
        size: font size, in millimetres.
        width: the printed width, to which the text is stretched; None leaves it as the font has it.
        turns: quarter turns clockwise about `at`.
        grey: 0 black to 1 white.
    """

    at: Point
    text: str
    size: float
    width: float | None = None
    bold: bool = False
    italic: bool = False
    align: Literal["left", "centre", "right"] = "left"
    turns: int = 0
    grey: float = 0.0


@dataclass(frozen=True, slots=True)
class PageSpec:
    """One printed page.

    Attributes:
        fiducials: corner marks, or empty when the form has none.
        tag: the printed tag, or None.
        fields: in the order in which the crew fills them.
        private: name and signature cells, which no public copy may show.
        header: where place names and the TPS number are written; None if this page has none.
        titles: strips whose printed text tells this page from every other page of every form:
            the title, the model's name, the page number. The texts themselves are in `texts`.
        lines, circles, polygons, texts: the print of the blank, enough to draw it and to recognise
            it. Polygons are filled black.
    """

    number: int
    size: Size
    fiducials: tuple[Fiducial, ...]
    tag: TagSpec | None
    fields: tuple[FieldSpec, ...]
    private: tuple[Rect, ...]
    header: Rect | None = None
    titles: tuple[Rect, ...] = ()
    lines: tuple[PrintedLine, ...] = ()
    circles: tuple[PrintedCircle, ...] = ()
    polygons: tuple[tuple[Point, ...], ...] = ()
    texts: tuple[PrintedText, ...] = ()

    @property
    def printed_titles(self) -> tuple[tuple[PrintedText, ...], ...]:
        """The texts of each title strip, by where they start, in the order of the form file."""
        return tuple(
            tuple(text for text in self.texts if text.turns == 0 and strip.holds(text.at))
            for strip in self.titles
        )
