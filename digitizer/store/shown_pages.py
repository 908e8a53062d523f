"""As which page of which form a photo counts: what its latest reading says."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sql
from sqlmodel import Session, col

from digitizer.store.columns import asked_for_all
from digitizer.store.tables import ReadingRow

COUNTS_LAST: Final = (
    # A photo that was read stays read, whatever a later try made of it.
    col(ReadingRow.body).is_not(None),
    col(ReadingRow.at),
    col(ReadingRow.id),
)
"""An order in which the reading that counts of a photo is its last one."""


class ShownPage(NamedTuple):
    """A page of a form, as what a photo counts."""

    form: str
    page: int


def form_of(session: Session, photo: str) -> str | None:
    """The form that a photo shows, as far as it was read."""
    shown = page_of(session, photo)
    return None if shown is None else shown.form


def page_of(session: Session, photo: str) -> ShownPage | None:
    """The page that a photo shows, as far as it was read."""
    return pages_of(session, (photo,)).get(photo)


def pages_of(session: Session, photos: Collection[str]) -> Mapping[str, ShownPage]:
    """The page that each of these photos shows; one that was not read is left out."""
    rows = session.connection().execute(_pages_read(), {"photos": photos})
    return {photo: ShownPage(form, page) for photo, form, page in rows}


def pages_of_readings(
    session: Session, readings: Collection[str]
) -> Mapping[str, tuple[str, ShownPage]]:
    """Photo and page of each of these readings, whether it counts or not, by its id."""
    columns: Any = (ReadingRow.id, ReadingRow.photo, ReadingRow.form, ReadingRow.page)
    query = sql.select(*columns).where(
        col(ReadingRow.id).in_(readings), col(ReadingRow.body).is_not(None)
    )
    rows = session.connection().execute(query)
    return {name: (photo, ShownPage(form, page)) for name, photo, form, page in rows}


def read_as_several(session: Session, photos: Collection[str]) -> frozenset[str]:
    """Those of these photos that were read as more than one page, whichever counts."""
    found: dict[str, set[ShownPage]] = {}
    for photo, form, page in session.connection().execute(_pages_read(), {"photos": photos}):
        found.setdefault(photo, set()).add(ShownPage(form, page))
    return frozenset(photo for photo, pages in found.items() if len(pages) > 1)


@cache
def _pages_read() -> sql.Select[Any]:
    """The page of every reading of photos, the one that counts last."""
    photos = asked_for_all("photos")
    columns: Any = (ReadingRow.photo, ReadingRow.form, ReadingRow.page)
    was_read = col(ReadingRow.body).is_not(None)
    query = sql.select(*columns).where(col(ReadingRow.photo).in_(photos), was_read)
    return query.order_by(*COUNTS_LAST)
