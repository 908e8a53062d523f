"""What is merged on its way into the tables, and how rows are added and replaced."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sql
from sqlmodel import Session, SQLModel

from digitizer.errors import MergeRefused
from digitizer.history import Row, State
from digitizer.store.recap_sums import batches

Key = tuple[Any, ...]
Lines = Callable[[str], Iterator[dict[str, Any]]]
"""What goes along of one table (`store.beside`), line by line."""


@dataclass(slots=True)
class Merging:
    """What is merged, on its way into the tables.

    Attributes:
        new: the state after the new events alone; its keys are what they touch.
        whole: the state after these and all that other nodes wrote about the same things.
        lines: what goes along beside the events.
    """

    session: Session
    new: State
    whole: State
    lines: Lines
    _beside: dict[str, dict[Key, dict[str, Any]]] = field(default_factory=dict)

    def rows(self, table: str) -> dict[Key, Row]:
        """Rows that the new events add or change, as all events leave them."""
        whole = self.whole.rows(table)
        return {key: whole[key] for key in self.new.written(table) if key in whole}

    def beside(self, table: str, key: Key) -> Mapping[str, Any]:
        """What goes along of one row; of a table that has few."""
        if table not in self._beside:
            known = self.new.written(table)
            called = "correction" if table == "correction_withdrawal" else "id"
            found = (((line[called],), line) for line in self.lines(table))
            self._beside[table] = {name: line for name, line in found if name in known}
        return self._beside[table].get(key, {})


KEYS_AT_ONCE: Final = 100
"""So many keys are named by one statement; SQLite takes 999 values."""


def insert(session: Session, model: type[SQLModel], rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows, some thousands at once."""
    for batch in batches(rows):
        session.connection().execute(sql.insert(model), batch)


def sealed(found: str | None, needed: str | None, what: str) -> None:
    """What goes along is what the event seals.

    Raises:
        MergeRefused: it is not.
    """
    if found != needed:
        raise MergeRefused(
            f"{what} is not what its event seals: found {found}, needed {needed}",
            "let the other team write the file again; nothing was merged",
        )


def text_sha256(text: str) -> str:
    """SHA-256 in hex of what somebody wrote."""
    return hashlib.sha256(text.encode()).hexdigest()


def replace_rows(
    session: Session, model: type[SQLModel], key: tuple[str, ...], rows: Mapping[Key, Row]
) -> None:
    """Write rows in place of those that have their keys."""
    table: Any = model.__table__  # type: ignore[attr-defined]
    columns = [table.c[name] for name in key]
    names = list(rows)
    for start in range(0, len(names), KEYS_AT_ONCE):
        # Not as tuples, for which SQLite goes through the whole table.
        some = (
            sql.and_(*(column == part for column, part in zip(columns, name, strict=True)))
            for name in names[start : start + KEYS_AT_ONCE]
        )
        session.execute(sql.delete(table).where(sql.or_(*some)))
    insert(session, model, ({**dict(zip(key, name, strict=True)), **rows[name]} for name in rows))
