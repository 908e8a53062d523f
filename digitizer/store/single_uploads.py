"""Uploads that are part of no sheet, and why: nobody read them, or nobody knows whose they are.

A cache like `sheet`, since to find them among a million uploads takes minutes and the queue begins
with them. Whatever changes where a photo stands brings it up to date for that photo
(`refresh_singles`), under the lock of the chain.
"""

from collections.abc import Collection
from functools import cache
from typing import Any

import sqlalchemy as sql
from sqlalchemy import Subquery
from sqlmodel import Session, col, delete, select

from digitizer.store.columns import asked_for
from digitizer.store.events import lock_chain
from digitizer.store.recap_sums import batches
from digitizer.store.rounds import placed_uploads, written_on
from digitizer.store.tables import ReadingRow, SheetRow, SingleUploadRow, UploadRow


def refresh_singles(session: Session, photo: str) -> None:
    """Bring up to date which uploads of a photo are part of no sheet."""
    session.flush()
    connection = session.connection()
    found = connection.execute(_singles_of_photo(), {"photo": photo}).mappings().all()
    connection.execute(_drop_photo(), {"photo": photo})
    if found:
        connection.execute(sql.insert(SingleUploadRow), [dict(row) for row in found])


def now_of_sheet(session: Session, photos: Collection[str], tps: str) -> None:
    """These photos of a TPS are part of a sheet that was just made."""
    session.exec(
        delete(SingleUploadRow).where(
            col(SingleUploadRow.photo).in_(photos),
            col(SingleUploadRow.tps) == tps,
            col(SingleUploadRow.state) == "waiting",
        )
    )


def photos_without_place(session: Session) -> tuple[str, ...]:
    """Photos that were read and are of no form that is known, by sha256."""
    query = select(SingleUploadRow.photo).where(col(SingleUploadRow.state) == "unassigned")
    return tuple(sorted(set(session.exec(query))))


def recount_singles(session: Session) -> tuple[str, ...]:
    """Make them again from nothing, and give the uploads of which something else was kept.

    Looks at every upload; the caller commits, or takes back what is only looked for.
    """
    lock_chain(session)
    session.flush()
    connection = session.connection()
    kept = _by_upload(connection.execute(sql.select(SingleUploadRow)))
    found = _by_upload(connection.execute(_singles(placed_uploads())))
    wrong = {name for name in kept.keys() | found.keys() if kept.get(name) != found.get(name)}
    connection.execute(sql.delete(SingleUploadRow))
    for rows in batches(found.values()):
        connection.execute(sql.insert(SingleUploadRow), rows)
    return tuple(sorted(wrong))


def _by_upload(rows: sql.CursorResult[Any]) -> dict[str, dict[str, Any]]:
    return {row["upload"]: dict(row) for row in rows.mappings()}


@cache
def _singles_of_photo() -> Any:  # noqa: ANN401  # columns chosen at run time
    return _singles(placed_uploads(col(UploadRow.photo) == asked_for("photo")))


@cache
def _drop_photo() -> sql.Delete:
    return sql.delete(SingleUploadRow).where(col(SingleUploadRow.photo) == asked_for("photo"))


def _singles(sent: Subquery) -> sql.Select[Any]:
    """Uploads that are part of no sheet, with the reason as their state."""
    read = _read_as(sent)
    state = sql.case(
        (read.c.form.is_(None) & read.c.tried, "unreadable"),
        (read.c.form.is_(None), "waiting"),
        (read.c.tps.is_(None) | read.c.written.is_(None), "unassigned"),
        (col(SheetRow.state).is_(None), "waiting"),
        else_=sql.null(),
    )
    same_sheet = (
        (col(SheetRow.contest) == read.c.written)
        & (col(SheetRow.tps) == read.c.tps)
        & (col(SheetRow.form) == read.c.form)
    )
    found = (
        sql.select(
            read.c.id.label("upload"),
            read.c.photo,
            state.label("state"),
            read.c.at,
            read.c.said.label("contest"),
            read.c.tps,
            read.c.form,
        )
        .select_from(read)
        .join(SheetRow, same_sheet, isouter=True)
        .subquery()
    )
    return sql.select(found).where(found.c.state.is_not(None))


def _read_as(sent: Subquery) -> Subquery:
    """Uploads where they belong now, with form and contest that their photos were read as."""
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
