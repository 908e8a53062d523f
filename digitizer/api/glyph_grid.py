"""The glyph grid: boxes read as one digit, from many forms, in which the odd ones stand out.

Group verification, as ABBYY FlexiCapture calls it: nobody knows whose votes they look at.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from digitizer.api.names import form_named
from digitizer.api.pages import render
from digitizer.api.web import Now, Reading, Reviewer, WebParts
from digitizer.domain.crops import box_in_crop
from digitizer.domain.geometry import Rect
from digitizer.domain.glyph import DIGITS
from digitizer.jobs import settle_photo
from digitizer.store.engine import write_session
from digitizer.store.glyph_marks import GlyphMark, GridBox, boxes_read_as, save_marks
from digitizer.store.readings import get_reading

router = APIRouter(tags=["reviews"])

SHOWN: Final = 60
Digit = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]


@dataclass(frozen=True, slots=True)
class GridCell:
    """One box in the grid: its picture, and which part of it to show."""

    reading: str
    field: str
    box: int
    picture: str
    part: Rect


class Mark(BaseModel):
    """One box that does not hold the digit."""

    model_config = ConfigDict(extra="forbid")

    reading: Annotated[str, Field(max_length=64)]
    field: Annotated[str, Field(max_length=80)]
    box: Annotated[int, Field(ge=0, le=20)]


class Marks(BaseModel):
    """What somebody found odd among the boxes read as a digit."""

    model_config = ConfigDict(extra="forbid")

    digit: Digit
    marks: Annotated[list[Mark], Field(max_length=SHOWN)]


@router.get("/glyphs")
def grid_page(
    request: Request,
    session: Reading,
    account: Reviewer,
    digit: Annotated[Digit, Query()] = "0",
) -> Response:
    """Sixty boxes read as a digit, the unsurest first."""
    boxes = boxes_read_as(session, digit, account=account.id, limit=SHOWN)
    cells = [_cell(box) for box in boxes]
    return render(request, "glyphs.html", digit=digit, digits=DIGITS, cells=cells)


@router.post("/glyphs", status_code=HTTPStatus.NO_CONTENT)
def mark(*, web: WebParts, account: Reviewer, now: Now, marks: Marks) -> None:
    """Send the forms of odd boxes back to review, where these are in doubt."""
    with write_session(web.engine) as session:
        found = [GlyphMark(m.reading, m.field, m.box, marks.digit) for m in marks.marks]
        save_marks(session, found, account=account.id, now=now)
        for photo in sorted({_photo(session, item.reading) for item in found}):
            settle_photo(session, photo, now, web.policy)
        session.commit()


def _photo(session: Session, reading: str) -> str:
    return get_reading(session, reading).photo


def _cell(box: GridBox) -> GridCell:
    form = form_named(box.form)
    field = form.fields[box.field]
    part = box_in_crop(form.page(form.page_of[box.field]), field, box.box)
    picture = f"/pictures/{box.reading}/crop/{box.field}"
    return GridCell(box.reading, box.field, box.box, picture, part)
