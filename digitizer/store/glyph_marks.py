"""Boxes that somebody found odd among many read as the same digit."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from digitizer.domain.glyph import ALPHABET
from digitizer.domain.reading import PageReading
from digitizer.errors import NotFound
from digitizer.store.columns import asked_for, asked_for_all
from digitizer.store.events import append_event, lock_chain
from digitizer.store.readings import StoredReading, get_reading, readings_of
from digitizer.store.review_tables import GlyphMarkRow
from digitizer.store.tables import ReadingRow, SheetRow, UploadRow
from digitizer.store.uploads import refuse_sender

OPEN_STATES: Final = ("clear", "doubtful", "new_photo", "remarked")
SHEETS: Final = 100
"""So many sheets are looked through for boxes; those with most doubt and most votes first."""


@dataclass(frozen=True, slots=True)
class GridBox:
    """One digit box as it was read; what it is a part of is not told to whoever looks at it."""

    reading: str
    form: str
    field: str
    box: int
    probability: float


@dataclass(frozen=True, slots=True)
class GlyphMark:
    """One box that does not hold the digit it was read as, as somebody says."""

    reading: str
    field: str
    box: int
    glyph: str


def boxes_read_as(session: Session, digit: str, *, account: str, limit: int) -> tuple[GridBox, ...]:
    """Boxes of forms that nobody has verified yet and that were read as a digit, unsurest first.

    Boxes marked before, and those of photos that this account sent, are left out.
    """
    marked = {(row.reading, row.field, row.box) for row in session.exec(select(GlyphMarkRow)).all()}
    found = [
        box
        for box in _boxes(session, account, ALPHABET.index(digit))
        if (box.reading, box.field, box.box) not in marked
    ]
    return tuple(sorted(found, key=lambda box: box.probability)[:limit])


def _boxes(session: Session, account: str, glyph: int) -> Iterator[GridBox]:
    sheets = _open_sheets(session)
    photos = [photo for _, of_sheet in sheets for photo in of_sheet]
    own = set(session.exec(_sent_by(), params={"account": account, "photos": photos}))
    readings = readings_of(session, photos)
    for form, of_sheet in sheets:
        if own.intersection(of_sheet):
            continue
        for stored in (readings[photo] for photo in of_sheet if photo in readings):
            if stored.reading is not None and stored.reading.form == form:
                yield from _boxes_of(stored, stored.reading, glyph)


def _boxes_of(stored: StoredReading, reading: PageReading, glyph: int) -> Iterator[GridBox]:
    for name, field in reading.fields.items():
        if f"crop/{name}" not in stored.blobs:
            continue
        for index, scores in enumerate(field.glyphs):
            if scores.top == ALPHABET[glyph]:
                yield GridBox(stored.id, reading.form, name, index, scores.probability)


def _open_sheets(session: Session) -> list[tuple[str, Sequence[str]]]:
    """Form and photos of the sheets that are looked through."""
    found: list[tuple[float, str, Sequence[str]]] = []
    for state in OPEN_STATES:  # each by its index, which has no order over several
        query = select(SheetRow.weight, SheetRow.form, SheetRow.photos)
        query = query.where(col(SheetRow.state) == state)
        found += session.exec(query.order_by(col(SheetRow.weight).desc()).limit(SHEETS)).all()
    first = sorted(found, key=lambda row: -row[0])[:SHEETS]
    return [(form, photos) for _, form, photos in first]


@cache
def _sent_by() -> SelectOfScalar[str]:
    """Which of some photos an account sent."""
    return select(UploadRow.photo).where(
        col(UploadRow.photo).in_(asked_for_all("photos")),
        # Not the bare column: SQLite would go through all that the account ever sent.
        col(UploadRow.account).concat("") == asked_for("account"),
    )


def save_marks(
    session: Session, marks: Sequence[GlyphMark], *, account: str, now: datetime
) -> None:
    """Keep marks; the same one again changes nothing.

    Raises:
        NotFound: there is no such reading, field or box.
        Conflict: the account sent the photo.
    """
    lock_chain(session)
    for mark in marks:
        stored = get_reading(session, mark.reading)
        refuse_sender(session, stored.photo, account)
        reading = stored.reading
        field = reading.fields.get(mark.field) if reading is not None else None
        if field is None or not 0 <= mark.box < len(field.glyphs):
            raise NotFound(
                f"reading {mark.reading} has no box {mark.box} of {mark.field}",
                "open the grid again",
            )
        key = (mark.reading, mark.field, mark.box)
        if session.get(GlyphMarkRow, key) is not None:
            continue
        session.add(
            GlyphMarkRow(
                reading=mark.reading, field=mark.field, box=mark.box, glyph=mark.glyph,
                account=account, at=now,
            )
        )  # fmt: skip
        fact = {"reading": mark.reading, "field": mark.field, "box": mark.box}
        append_event(session, "glyph_marked", {**fact, "glyph": mark.glyph}, account, now)
    session.flush()


def marks_of(session: Session, readings: Collection[str]) -> tuple[GlyphMark, ...]:
    """The marks on some readings, in the order of their fields."""
    rows = session.exec(_marks_of(), params={"readings": readings})
    return tuple(GlyphMark(row.reading, row.field, row.box, row.glyph) for row in rows)


def marks_on(session: Session, stored: Sequence[StoredReading]) -> tuple[GlyphMark, ...]:
    """The marks on the boxes of some photos, in the order of their fields, each box once.

    Also those on an earlier reading of the same page: what is odd about the ink is not answered by
    reading it again. Each is given as one of the reading that counts.
    """
    counts = {item.photo: item for item in stored if item.reading is not None}
    rows = session.exec(_marks_on(), params={"photos": counts}).all()
    found = {
        (item.id, mark.field, mark.box): GlyphMark(item.id, mark.field, mark.box, mark.glyph)
        for mark, photo, form, page in rows
        for item in (counts[photo],)
        if _has_box(item.reading, form, page, mark)
    }
    return tuple(found.values())


def _has_box(
    reading: PageReading | None, form: str | None, page: int | None, mark: GlyphMarkRow
) -> bool:
    """Whether a reading is of this page, and has the box that was marked."""
    if reading is None or (reading.form, reading.page) != (form, page):
        return False
    field = reading.fields.get(mark.field)
    return field is not None and mark.box < len(field.glyphs)


@cache
def _marks_of() -> SelectOfScalar[GlyphMarkRow]:
    return (
        select(GlyphMarkRow)
        .where(col(GlyphMarkRow.reading).in_(asked_for_all("readings")))
        .order_by(col(GlyphMarkRow.field), col(GlyphMarkRow.box))
    )


@cache
def _marks_on() -> Select[GlyphMarkRow, str, str | None, int | None]:
    return (
        select(GlyphMarkRow, ReadingRow.photo, ReadingRow.form, ReadingRow.page)
        .join(ReadingRow, col(ReadingRow.id) == col(GlyphMarkRow.reading))
        .where(col(ReadingRow.photo).in_(asked_for_all("photos")))
        .order_by(
            col(GlyphMarkRow.field),
            col(GlyphMarkRow.box),
            col(GlyphMarkRow.at),
            col(GlyphMarkRow.reading),
        )
    )
