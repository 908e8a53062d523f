"""Originals that are not here, since another installation had removed them, and come with a file.

Who merged first from there and then from where they were kept has what the other order gives.
"""

from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sql
from sqlmodel import Session, col, select

from digitizer.store.events import batched
from digitizer.store.tables import ReadingRow, RemovalRow

AT_ONCE = 500
"""So many photos are named by one statement; SQLite takes 999 values."""


def returning(
    session: Session, offered: Collection[str], kept_out: Collection[str]
) -> Mapping[str, frozenset[str]]:
    """Those of the `offered` that are noted as removed and were not removed here (`kept_out`), each
    with the pictures that were made of it.
    """
    photos = set(session.exec(select(RemovalRow.photo))).intersection(offered).difference(kept_out)
    found = dict.fromkeys(photos, frozenset[str]())
    for some in batched(sorted(photos), AT_ONCE):
        query = select(ReadingRow.photo, ReadingRow.blobs).where(col(ReadingRow.photo).in_(some))
        for photo, blobs in session.exec(query):
            found[photo] |= frozenset(blobs.values())
    return found


def note_returned(session: Session, photos: Iterable[str]) -> None:
    """These were brought, and count as removed no longer."""
    for some in batched(sorted(photos), AT_ONCE):
        session.execute(sql.delete(RemovalRow).where(col(RemovalRow.photo).in_(some)))
