"""What the columns of all tables share: JSON, moments, random ids, names of constraints."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sql
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    DateTime,
    Dialect,
    SQLColumnExpression,
    TypeDecorator,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import SQLModel

Json = dict[str, Any]

# Named constraints, since a later migration can only change what has a name.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class by_code_point(FunctionElement[str]):  # noqa: N801  # called like a function
    """A text that is ordered by its code points on every database, as Python orders it.

    PostgreSQL orders texts by the language of its database, where "Kalimantan" may stand before
    "KALIMANTAN"; whoever checks a bundle has no database.
    """

    type = sql.String()
    inherit_cache = True


@compiles(by_code_point)
def _as_it_is(element: by_code_point, compiler: SQLCompiler, **asked: Any) -> str:  # noqa: ANN401
    return compiler.process(element.clauses, **asked)


@compiles(by_code_point, "postgresql")
def _collated(element: by_code_point, compiler: SQLCompiler, **asked: Any) -> str:  # noqa: ANN401
    return f'{compiler.process(element.clauses, **asked)} COLLATE "C"'


def random_id() -> str:
    """A random id: 32 hex digits of a version 4 UUID."""
    return uuid4().hex


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, aware on every database; SQLite keeps no time zone of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"moment {value.isoformat()} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is not None:
            return value.astimezone(UTC)
        # What `replace` gives, in a quarter of its time: lists of the country have 800,000.
        return datetime.combine(value.date(), value.time(), UTC)


def begins_with(code: SQLColumnExpression[str], digits: str) -> ColumnElement[bool]:
    """Whether a code of digits begins with others; as a range, for which an index serves.

    A pattern finds the same and looks at every row.
    """
    if not digits:
        return sql.true()
    from_here = code >= digits
    after = f"{int(digits) + 1:0{len(digits)}}"
    return from_here if len(after) > len(digits) else from_here & (code < after)


def asked_for(name: str) -> BindParameter[str]:
    """A text that a statement is asked with.

    What every photo and every form asks is made into a statement once (`functools.cache`): making
    it takes longer than asking.
    """
    return sql.bindparam(name, type_=sql.String())


def asked_for_all(name: str) -> BindParameter[Any]:
    """The same for any number of texts."""
    return sql.bindparam(name, type_=sql.String(), expanding=True)
