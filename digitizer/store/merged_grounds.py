"""What tallies that arrive rest on, as the tables have it once all is written."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from sqlmodel import Session, col, select

from digitizer.history import Row
from digitizer.store.events import batched
from digitizer.store.merged_state import Key, Merging
from digitizer.store.tables import PhotoRow, ReadingRow, TallyRecord, VerificationRow

AT_ONCE: Final = 500
"""So many are named by one statement; SQLite takes 999 values."""


def tallies_losing(merging: Merging) -> Iterator[tuple[str, Key, Row]]:
    """For every verification that new events take back, its id and the tallies of its place and of
    the node that takes it back, each by its key in the history.
    """
    session = merging.session
    for name, node in merging.new.rows("withdrawn_by"):
        given = session.get(VerificationRow, name)
        if given is None:
            continue
        at = (
            col(TallyRecord.contest) == given.contest,
            col(TallyRecord.tps) == given.tps,
            col(TallyRecord.node) == node,
        )
        for row in session.exec(select(TallyRecord).where(*at)):
            decides = row.body["verifications"][-1]
            key = (row.contest, row.tps, row.version, row.node, decides)
            yield name, key, {"form": row.form, "origin": row.origin, "body": row.body}


def verifications_named(session: Session, names: Collection[str]) -> dict[str, Row]:
    """Those of these verifications that are known, by id."""
    found: dict[str, Row] = {}
    for some in batched(sorted(names), AT_ONCE):
        query = select(VerificationRow).where(col(VerificationRow.id).in_(some))
        found |= {row.id: row.model_dump() for row in session.exec(query)}
    return found


def known_readings(session: Session, names: Collection[str]) -> set[str]:
    """Those of these ids that a reading has."""
    return _known(session, ReadingRow.id, names)


def known_photos(session: Session, names: Collection[str]) -> set[str]:
    """Those of these SHA-256 that a photo has."""
    return _known(session, PhotoRow.sha256, names)


def _known(session: Session, column: Any, names: Collection[str]) -> set[str]:  # noqa: ANN401
    found: set[str] = set()
    for some in batched(sorted(names), AT_ONCE):
        found.update(session.exec(select(column).where(col(column).in_(some))))
    return found
