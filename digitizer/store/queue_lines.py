"""The lines of the queue as one query: every sheet, and every upload that is part of none."""

from dataclasses import dataclass
from typing import Any, Final, cast

import sqlalchemy as sql
from sqlalchemy import String, Subquery
from sqlmodel import col

from digitizer.store.rounds import placed_uploads, written_on
from digitizer.store.tables import ReadingRow, SheetRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines of the queue are wanted; what is empty asks for nothing.

    Attributes:
        area: how the code of the TPS begins.
        form: id of the form.
        reason: code of a doubt, one of `domain.verdict.ReasonCode`.
    """

    area: str = ""
    form: str = ""
    reason: str = ""


ALL: Final = Wanted()


def queue_lines(wanted: Wanted) -> Subquery:
    """State, moment, weight and key of every line that is wanted, without order."""
    sheets: Any = sql.select(
        col(SheetRow.state).label("state"),
        col(SheetRow.oldest_at).label("at"),
        sql.cast(sql.null(), String).label("upload"),
        col(SheetRow.contest).label("contest"),
        col(SheetRow.tps).label("tps"),
        col(SheetRow.form).label("form"),
        col(SheetRow.weight).label("weight"),
        col(SheetRow.reasons).label("reasons"),
    )
    every = sql.union_all(sheets, _single_uploads()).subquery()
    asked: Any = sql.select(every)
    if wanted.area:
        asked = asked.where(every.c.tps.startswith(wanted.area, autoescape=True))
    if wanted.form:
        asked = asked.where(every.c.form == wanted.form)
    if wanted.reason:
        asked = asked.where(every.c.reasons.contains(f" {wanted.reason} ", autoescape=True))
    return cast("Subquery", asked.subquery())


def _single_uploads() -> sql.Select[Any]:
    """Uploads that are part of no sheet, with the reason as their state."""
    sent = _sent()
    state = sql.case(
        (sent.c.form.is_(None) & sent.c.tried, "unreadable"),
        (sent.c.form.is_(None), "waiting"),
        (sent.c.tps.is_(None) | sent.c.written.is_(None), "unassigned"),
        (col(SheetRow.state).is_(None), "waiting"),
        else_=sql.null(),
    )
    same_sheet = (
        (col(SheetRow.contest) == sent.c.written)
        & (col(SheetRow.tps) == sent.c.tps)
        & (col(SheetRow.form) == sent.c.form)
    )
    found = (
        sql.select(
            state.label("state"),
            sent.c.at,
            sent.c.id,
            sent.c.said,
            sent.c.tps,
            sent.c.form,
            sql.literal(0.0).label("weight"),
            sql.literal("").label("reasons"),
        )
        .select_from(sent)
        .join(SheetRow, same_sheet, isouter=True)
        .subquery()
    )
    return sql.select(found).where(found.c.state.is_not(None))


def _sent() -> Subquery:
    """Every upload where it belongs now, with form and contest that its photo was read as."""
    sent = placed_uploads()
    of_photo = col(ReadingRow.photo) == sent.c.photo
    form = (
        sql.select(col(ReadingRow.form))
        .where(of_photo, col(ReadingRow.form).is_not(None))
        .order_by(col(ReadingRow.at).desc(), col(ReadingRow.id).desc())
        .limit(1)
        .scalar_subquery()
    )
    read = sql.select(
        sent, form.label("form"), sql.exists().where(of_photo).label("tried")
    ).subquery()
    written = written_on(read.c.form, read.c.tps, read.c.said, read.c.first_at)
    return sql.select(read, written.label("written")).subquery()
