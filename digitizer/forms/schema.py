"""The shape of a form file: what each key may hold, and the domain type it becomes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from digitizer.domain.form import (
    Corner,
    Fiducial,
    FieldRole,
    FieldSpec,
    FormSpec,
    MarkShape,
    PageSpec,
    PrintedText,
    Relation,
    RuleSpec,
    Severity,
    TagSpec,
)
from digitizer.domain.geometry import Point, Rect
from digitizer.forms.places import (
    CircleMm,
    Count,
    DotsMm,
    Flag,
    Grey,
    LineMm,
    Millimetre,
    Millimetres,
    PointMm,
    PolygonMm,
    RectMm,
    SizeMm,
    Text,
    Whole,
)


class Entry(BaseModel):
    """A table of the file; a key it does not know is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Grid(Entry):
    """An area cut into equal cells."""

    area: RectMm
    rows: Count
    columns: Count

    def cells(self) -> tuple[tuple[Rect, ...], ...]:
        width, height = self.area.width / self.columns, self.area.height / self.rows
        return tuple(
            tuple(
                Rect(self.area.x + column * width, self.area.y + row * height, width, height)
                for column in range(self.columns)
            )
            for row in range(self.rows)
        )


class Bubbles(Entry):
    """Circles under the digit boxes: one centre x a box, ten centres y for 0 to 9."""

    diameter: Millimetres
    x: tuple[Millimetre, ...]
    y: Annotated[tuple[Millimetre, ...], Field(min_length=10, max_length=10)]

    def columns(self) -> tuple[tuple[Rect, ...], ...]:
        side = self.diameter
        return tuple(
            tuple(Rect(x - side / 2, y - side / 2, side, side) for y in self.y) for x in self.x
        )


class FieldEntry(Entry):
    """One `[[page.field]]`."""

    id: Annotated[str, Strict(), Field(pattern=r"^[a-z][a-z0-9_]*$")]
    label: Text
    role: FieldRole
    digit_boxes: tuple[RectMm, ...]
    box_stroke: Millimetres = 1.058
    box_grey: Grey = 0.0
    guides: Flag = False
    bubbles: Bubbles | None = None
    tally: Grid | None = None
    row_sums: Grid | None = None
    words: RectMm | None = None

    @model_validator(mode="after")
    def _is_a_field(self) -> "FieldEntry":
        self.to_spec()
        return self

    def to_spec(self) -> FieldSpec:
        return FieldSpec(
            id=self.id,
            label=self.label,
            role=self.role,
            digit_boxes=self.digit_boxes,
            bubbles=self.bubbles.columns() if self.bubbles else (),
            tally=self.tally.cells() if self.tally else (),
            row_sums=self.row_sums.cells() if self.row_sums else (),
            words=self.words,
            guides=self.guides,
            box_stroke=self.box_stroke,
            box_grey=self.box_grey,
        )


TagDictionary = Literal[
    "DICT_APRILTAG_16h5", "DICT_APRILTAG_25h9", "DICT_APRILTAG_36h10", "DICT_APRILTAG_36h11"
]

TAGS: Final[Mapping[TagDictionary, int]] = MappingProxyType(
    {
        "DICT_APRILTAG_16h5": 30,
        "DICT_APRILTAG_25h9": 35,
        "DICT_APRILTAG_36h10": 2320,
        "DICT_APRILTAG_36h11": 587,
    }
)
"""How many tags each dictionary of `cv2.aruco` has, which the web process does not load."""


class TagEntry(Entry):
    """The page's tag."""

    dictionary: TagDictionary
    id: Annotated[int, Strict(), Field(ge=0)]
    rect: RectMm
    turns: Annotated[int, Strict(), Field(ge=0, le=3)] = 0

    @model_validator(mode="after")
    def _is_a_tag(self) -> "TagEntry":
        if self.id >= TAGS[self.dictionary]:
            last = TAGS[self.dictionary] - 1
            raise ValueError(
                f"found id {self.id}, {self.dictionary} has tags 0 to {last}; "
                "look at the number and the dictionary again"
            )
        return self

    def to_spec(self) -> TagSpec:
        return TagSpec(self.dictionary, self.id, self.rect, self.turns)


class Fiducials(Entry):
    """The corner marks: their shape, the side of a square, and the four points."""

    shape: MarkShape = "saddle"
    square_side: Millimetres
    top_left: PointMm
    top_right: PointMm
    bottom_right: PointMm
    bottom_left: PointMm

    def to_specs(self) -> tuple[Fiducial, ...]:
        points: tuple[tuple[Corner, Point], ...] = (
            ("top_left", self.top_left),
            ("top_right", self.top_right),
            ("bottom_right", self.bottom_right),
            ("bottom_left", self.bottom_left),
        )
        return tuple(
            Fiducial(corner, point, self.square_side, self.shape) for corner, point in points
        )


class TextEntry(Entry):
    """One printed line of text."""

    at: PointMm
    size: Millimetres
    text: Text
    width: Millimetres | None = None
    bold: Flag = False
    italic: Flag = False
    align: Literal["left", "centre", "right"] = "left"
    turns: Annotated[int, Strict(), Field(ge=0, le=3)] = 0
    grey: Grey = 0.0

    def to_spec(self) -> PrintedText:
        return PrintedText(
            at=self.at,
            text=self.text,
            size=self.size,
            width=self.width,
            bold=self.bold,
            italic=self.italic,
            align=self.align,
            turns=self.turns,
            grey=self.grey,
        )


class Print(Entry):
    """What is printed beside the boxes, which are drawn from the fields themselves."""

    lines: tuple[LineMm, ...] = ()
    dots: tuple[DotsMm, ...] = ()
    circles: tuple[CircleMm, ...] = ()
    polygons: tuple[PolygonMm, ...] = ()
    texts: tuple[TextEntry, ...] = ()


class PageEntry(Entry):
    """One `[[page]]`."""

    number: Count
    size_mm: SizeMm
    header: RectMm | None = None
    titles: tuple[RectMm, ...] = ()
    private: tuple[RectMm, ...] = ()
    tag: TagEntry | None = None
    fiducials: Fiducials | None = None
    field: tuple[FieldEntry, ...]
    print: Print = Print()

    def to_spec(self) -> PageSpec:
        return PageSpec(
            number=self.number,
            size=self.size_mm,
            fiducials=self.fiducials.to_specs() if self.fiducials else (),
            tag=self.tag.to_spec() if self.tag else None,
            fields=tuple(field.to_spec() for field in self.field),
            private=self.private,
            header=self.header,
            titles=self.titles,
            lines=self.print.lines + self.print.dots,
            circles=self.print.circles,
            polygons=self.print.polygons,
            texts=tuple(text.to_spec() for text in self.print.texts),
        )


class RuleEntry(Entry):
    """One `[[rule]]`: a sum of fields that equals, or is at most, a field or a number."""

    id: Annotated[str, Strict(), Field(pattern=r"^[a-z][a-z0-9-]*$")]
    sum: Annotated[tuple[Text, ...], Field(min_length=1)]
    equals: Text | Whole | None = None
    at_most: Text | Whole | None = None
    reserve_rate: Annotated[float, Strict(), Field(gt=0, lt=1)] | None = None
    severity: Severity = "hard"

    @model_validator(mode="after")
    def _has_one_right_side(self) -> "RuleEntry":
        if (self.equals is None) == (self.at_most is None):
            raise ValueError("needed exactly one of equals and at_most")
        return self

    def to_spec(self) -> RuleSpec:
        relation: Relation = "at_most" if self.equals is None else "equals"
        right = self.at_most if self.equals is None else self.equals
        return RuleSpec(
            id=self.id,
            terms=self.sum,
            relation=relation,
            target=right if isinstance(right, str) else None,
            constant=right if isinstance(right, int) else None,
            reserve_rate=self.reserve_rate,
            severity=self.severity,
        )


class FormFile(Entry):
    """The whole file."""

    id: Annotated[str, Strict(), Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: Text
    year: Whole
    version: Count
    reference_layout: Flag = False
    rule: tuple[RuleEntry, ...] = ()
    page: Annotated[tuple[PageEntry, ...], Field(min_length=1)]

    def to_spec(self, version: str) -> FormSpec:
        """The form; raises ValueError when its parts contradict each other."""
        return FormSpec(
            id=self.id,
            title=self.title,
            year=self.year,
            version=version,
            pages=tuple(page.to_spec() for page in self.page),
            rules=tuple(rule.to_spec() for rule in self.rule),
            reference_layout=self.reference_layout,
        )
