"""The queue: every upload is in it, as part of a sheet or alone, with its state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, cast, get_args

import sqlalchemy as sql
from sqlalchemy import String, Subquery
from sqlmodel import Session, col, select

from digitizer.domain.codec import verdict_from_json
from digitizer.domain.election import Tps
from digitizer.domain.verdict import Verdict
from digitizer.store.elections import contest_for_form, tps
from digitizer.store.readings import reading_of
from digitizer.store.tables import (
    AssignmentRow,
    ContestFormRow,
    ReadingRow,
    SheetRow,
    UploadRow,
)
from digitizer.store.uploads import Upload, latest_assignment, upload

State = Literal[
    "disputed",
    "escalated",
    "doubtful",
    "new_photo",
    "needs_reader",
    "clear",
    "unassigned",
    "unreadable",
    "waiting",
    "verified",
]
"""In the order of the queue. Sheets: disputed, escalated (handed on to a supervisor), doubtful,
new_photo (a photo came after the verification), needs_reader (another person must read it), clear,
verified. Single uploads: unassigned (no TPS, or no contest has its form), unreadable, waiting (not
read yet)."""

STATES: Final[tuple[State, ...]] = get_args(State)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue: a sheet, or an upload that belongs to no sheet (yet).

    Attributes:
        upload, photo: of a single upload, None for a sheet.
        verdict: of a sheet, or `Unreadable`; None while waiting.
        note: why an upload is unassigned, in English.
        at: since when it waits (a sheet: its oldest photo).
    """

    state: State
    at: datetime
    contest: str | None
    tps: Tps | None
    form: str | None
    upload: str | None
    photo: str | None
    file_name: str
    verdict: Verdict | None
    note: str


def queue(
    session: Session, *, state: State | None = None, limit: int = 50, offset: int = 0
) -> tuple[QueueRow, ...]:
    """Everything that was uploaded, in the order of `State` and oldest first."""
    lines = _lines()
    place = sql.case({name: number for number, name in enumerate(STATES)}, value=lines.c.state)
    query: Any = (
        sql.select(lines.c.state, lines.c.upload, lines.c.contest, lines.c.tps, lines.c.form)
        .order_by(place, lines.c.at, lines.c.tps, lines.c.form, lines.c.upload)
        .limit(limit)
        .offset(offset)
    )
    if state is not None:
        query = query.where(lines.c.state == state)
    return tuple(
        _upload_row(session, cast("State", kind), sent)
        if sent is not None
        else _sheet_row(session, contest, code, form)
        for kind, sent, contest, code, form in session.exec(query).all()
    )


def queue_counts(session: Session) -> Mapping[State, int]:
    """How many rows the queue has of each state; every state is a key."""
    lines = _lines()
    query: Any = sql.select(lines.c.state, sql.func.count()).group_by(lines.c.state)
    found = dict(session.exec(query).all())
    return {state: found.get(state, 0) for state in STATES}


def _lines() -> Subquery:
    """State, moment and key of every line, without order."""
    sheets: Any = sql.select(
        col(SheetRow.state).label("state"),
        col(SheetRow.oldest_at).label("at"),
        sql.cast(sql.null(), String).label("upload"),
        col(SheetRow.contest).label("contest"),
        col(SheetRow.tps).label("tps"),
        col(SheetRow.form).label("form"),
    )
    return sql.union_all(sheets, _single_uploads()).subquery()


def _single_uploads() -> sql.Select[Any]:
    """Uploads that are part of no sheet, with the reason as their state."""
    sent = _sent()
    written = col(ContestFormRow.contest)
    elsewhere = sent.c.tps.is_(None) | written.is_(None) | (sent.c.contest != written)
    state = sql.case(
        (sent.c.form.is_(None) & sent.c.tried, "unreadable"),
        (sent.c.form.is_(None), "waiting"),
        (elsewhere, "unassigned"),
        (col(SheetRow.state).is_(None), "waiting"),
        else_=sql.null(),
    )
    same_sheet = (
        (col(SheetRow.contest) == written)
        & (col(SheetRow.tps) == sent.c.tps)
        & (col(SheetRow.form) == sent.c.form)
    )
    found = (
        sql.select(
            state.label("state"), sent.c.at, sent.c.id, sent.c.contest, sent.c.tps, sent.c.form
        )
        .select_from(sent)
        .join(ContestFormRow, col(ContestFormRow.form) == sent.c.form, isouter=True)
        .join(SheetRow, same_sheet, isouter=True)
        .subquery()
    )
    return sql.select(found).where(found.c.state.is_not(None))


def _sent() -> Subquery:
    """Every upload where it belongs now, with the form that was read on its photo."""
    assigned = col(AssignmentRow.upload).is_not(None)
    of_photo = col(ReadingRow.photo) == col(UploadRow.photo)
    form = (
        sql.select(col(ReadingRow.form))
        .where(of_photo, col(ReadingRow.form).is_not(None))
        .order_by(col(ReadingRow.at).desc(), col(ReadingRow.id).desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        sql.select(
            col(UploadRow.id),
            col(UploadRow.at),
            sql.case((assigned, AssignmentRow.tps), else_=UploadRow.tps).label("tps"),
            sql.case((assigned, AssignmentRow.contest), else_=UploadRow.contest).label("contest"),
            form.label("form"),
            sql.exists().where(of_photo).label("tried"),
        )
        .select_from(UploadRow)
        .join(AssignmentRow, latest_assignment(), isouter=True)
        .subquery()
    )


def _sheet_row(session: Session, contest: str, code: str, form: str) -> QueueRow:
    row = session.exec(
        select(SheetRow).where(
            col(SheetRow.contest) == contest,
            col(SheetRow.tps) == code,
            col(SheetRow.form) == form,
        )
    ).one()
    return QueueRow(
        state=cast("State", row.state),
        at=row.oldest_at,
        contest=contest,
        tps=tps(session, code),
        form=form,
        upload=None,
        photo=None,
        file_name="",
        verdict=verdict_from_json(row.verdict),
        note="",
    )


def _upload_row(session: Session, state: State, upload_id: str) -> QueueRow:
    sent = upload(session, upload_id)
    stored = reading_of(session, sent.photo)
    reading = stored.reading if stored is not None else None
    form = reading.form if reading is not None else None
    return QueueRow(
        state=state,
        at=sent.at,
        contest=sent.contest,
        tps=tps(session, sent.tps) if sent.tps is not None else None,
        form=form,
        upload=sent.id,
        photo=sent.photo,
        file_name=sent.file_name,
        verdict=stored.problem if stored is not None else None,
        note=_why_unassigned(session, sent, form) if state == "unassigned" and form else "",
    )


def _why_unassigned(session: Session, sent: Upload, form: str) -> str:
    written = contest_for_form(session, form)
    if written is None:
        return f"no contest of this election is written on form {form}"
    if sent.contest not in (None, written.id):
        return f"sent for contest {sent.contest}, and form {form} is of contest {written.id}"
    return "no TPS is known for this photo"
