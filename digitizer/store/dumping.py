"""Rows as lines of JSON and back, the same for SQLite and PostgreSQL.

A line is one row by the names of its columns. JSON stands in it as it is stored; a column of JSON
that holds nothing (NULL) is left out, since `null` is a value of its own there. Moments are written
by ISO 8601, in UTC.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, Final

import orjson
import sqlalchemy as sql
from sqlalchemy import JSON, Connection, DateTime, MetaData, Table, event
from sqlmodel import Session, SQLModel

from digitizer.store.columns import UtcDateTime
from digitizer.store.events import AT_ONCE

LEFT_OUT: Final = frozenset(
    {"login_session", "login_failure", "transfer", "backup", "job", "worker"}
)
"""Tables that no backup holds: who is signed in and who failed to, photos on their way, which
backups were made, the line of photos to read and which workers live. All of it is of this moment
and this place."""


def kept_tables() -> tuple[Table, ...]:
    """The tables of a backup; those that others refer to come first."""
    return tuple(item for item in SQLModel.metadata.sorted_tables if item.name not in LEFT_OUT)


def dump_rows(session: Session, table: Table) -> Iterator[bytes]:
    """Every row of a table as a line, in the order in which they can be put back."""
    json_columns = {column.name for column in table.columns if isinstance(column.type, JSON)}
    columns = [
        sql.cast(column, sql.Text).label(column.name) if column.name in json_columns else column
        for column in table.columns
    ]
    options = {"yield_per": AT_ONCE}
    query = sql.select(*columns).order_by(*_referring_last(table), *table.primary_key.columns)
    for row in session.connection().execute(query, execution_options=options):
        line = {
            name: orjson.Fragment(value) if name in json_columns else value
            for name, value in row._mapping.items()
            if value is not None or name not in json_columns
        }
        yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def reflected(connection: Connection, names: Iterable[str]) -> dict[str, Table]:
    """Tables as they are in the database, which may be those of an earlier release."""
    metadata = MetaData()

    @event.listens_for(metadata, "column_reflect")
    def in_utc(_inspector: object, _table: object, column: dict[str, Any]) -> None:
        if isinstance(column["type"], DateTime):
            column["type"] = UtcDateTime()

    metadata.reflect(bind=connection, only=list(names))
    return {table.name: table for table in metadata.sorted_tables if table.name in set(names)}


def load_rows(session: Session, table: Table, lines: Iterable[bytes]) -> int:
    """Put rows back into an empty table, and return how many.

    Args:
        session: the caller commits.
        table: as `reflected` gives it.
        lines: of `dump_rows`.
    """
    moments = {column.name for column in table.columns if isinstance(column.type, UtcDateTime)}

    def rows() -> Iterator[dict[str, Any]]:
        for line in lines:
            row: dict[str, Any] = orjson.loads(line)
            yield {
                name: datetime.fromisoformat(value) if name in moments and value else value
                for name, value in row.items()
            }

    count = 0
    for _, alike in groupby(rows(), key=tuple):
        for batch in _batches(alike):
            session.connection().execute(sql.insert(table), batch)
            count += len(batch)
    _go_on_counting(session, table)
    return count


def _referring_last(table: Table) -> list[sql.ColumnElement[bool]]:
    """Rows that refer to others of their own table come after those that do not."""
    return [
        key.parent.is_not(None)
        for key in sorted(table.foreign_keys, key=lambda item: item.parent.name)
        if key.column.table is table
    ]


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _go_on_counting(session: Session, table: Table) -> None:
    """PostgreSQL counts numbers it gives out apart from the rows that have them."""
    column = table.autoincrement_column
    if column is None or session.connection().dialect.name != "postgresql":
        return
    sequence = sql.func.pg_get_serial_sequence(table.name, column.name)
    highest = sql.select(sql.func.max(column)).scalar_subquery()
    session.connection().execute(
        sql.select(sql.func.setval(sequence, highest)).where(
            sequence.is_not(None), highest.is_not(None)
        )
    )
