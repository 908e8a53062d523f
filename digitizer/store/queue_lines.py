"""The lines of the queue: every sheet, and every upload that is part of none."""

from dataclasses import dataclass
from typing import Any, Final, cast

import sqlalchemy as sql
from sqlalchemy import SQLColumnExpression, String
from sqlmodel import col

from digitizer.store.columns import begins_with
from digitizer.store.tables import SheetRow, SingleUploadRow

OF_UPLOADS: Final = frozenset({"unreadable", "unassigned", "waiting"})
"""States of single uploads; all others are of sheets."""


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


def lines_of(state: str, wanted: Wanted) -> Any:  # noqa: ANN401  # columns of either table
    """Upload, contest, TPS and form of every line in this state that is wanted, in its order.

    By doubt times votes at stake, then by age.
    """
    if state in OF_UPLOADS:
        row = SingleUploadRow
        return (
            sql.select(col(row.upload), col(row.contest), col(row.tps), col(row.form))
            .where(col(row.state) == state, *_wanted_uploads(wanted))
            .order_by(col(row.at), col(row.tps), col(row.form), col(row.upload))
        )
    none = sql.cast(sql.null(), String)
    return (
        sql.select(none, col(SheetRow.contest), col(SheetRow.tps), col(SheetRow.form))
        .where(col(SheetRow.state) == state, *_wanted_sheets(wanted))
        .order_by(
            col(SheetRow.weight).desc(),
            col(SheetRow.oldest_at),
            col(SheetRow.tps),
            col(SheetRow.form),
        )
    )


def counts_of(wanted: Wanted) -> sql.CompoundSelect[Any]:
    """How many lines that are wanted there are of each state."""
    counted: Any = sql.func.count()
    sheets = sql.select(col(SheetRow.state), counted).where(*_wanted_sheets(wanted))
    uploads = sql.select(col(SingleUploadRow.state), counted).where(*_wanted_uploads(wanted))
    return sql.union_all(
        sheets.group_by(col(SheetRow.state)), uploads.group_by(col(SingleUploadRow.state))
    )


def _wanted_sheets(wanted: Wanted) -> list[sql.ColumnElement[bool]]:
    where = []
    if wanted.area:
        # Not the bare column: SQLite would find all forms of the area by it, and sort them.
        where.append(begins_with(col(SheetRow.tps).concat(""), wanted.area))
    if wanted.form:
        where.append(col(SheetRow.form) == wanted.form)
    if wanted.reason:
        where.append(col(SheetRow.reasons) != "")  # by which their own index is chosen
        where.append(col(SheetRow.reasons).contains(f" {wanted.reason} ", autoescape=True))
    return where


def _wanted_uploads(wanted: Wanted) -> list[sql.ColumnElement[bool]]:
    if wanted.reason:  # which uploads that are part of no sheet do not have
        return [sql.false()]
    where = []
    if wanted.area:
        where.append(
            begins_with(cast("SQLColumnExpression[str]", SingleUploadRow.tps), wanted.area)
        )
    if wanted.form:
        where.append(col(SingleUploadRow.form) == wanted.form)
    return where
