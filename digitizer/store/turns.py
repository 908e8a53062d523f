"""Which sheet a reviewer is given next."""

from datetime import datetime

from sqlmodel import Session, case, col, select

from digitizer.store.leases import leased_to_others
from digitizer.store.queues import State
from digitizer.store.sheets import Sheet, sheet_of_row, uploaders, verifications_of
from digitizer.store.tables import SheetRow
from digitizer.store.tallies import latest_version

REVIEWED: tuple[State, ...] = ("doubtful", "new_photo", "remarked", "needs_reader", "clear")
"""States in which a reviewer may take a sheet, in the order they are handed out."""

SUPERVISED: tuple[State, ...] = ("disputed", "escalated", *REVIEWED)
"""The same for a supervisor."""


def next_sheets(
    session: Session, reviewer: str, now: datetime, *, supervises: bool = False, limit: int = 1
) -> tuple[Sheet, ...]:
    """The first sheets this account may review.

    No photo of it is theirs, nor an earlier reading, and nobody else has it open. Within a state
    those come first where doubt times votes at stake is most.
    """
    states = SUPERVISED if supervises else REVIEWED
    order = case({state: place for place, state in enumerate(states)}, value=SheetRow.state)
    query = (
        select(SheetRow)
        .where(col(SheetRow.state).in_(states), ~leased_to_others(reviewer, now))
        .order_by(
            order,
            col(SheetRow.weight).desc(),
            col(SheetRow.oldest_at),
            col(SheetRow.tps),
            col(SheetRow.form),
        )
    )
    found: list[Sheet] = []
    # A few at a time: few sheets hold a reviewer's own photos, so the first fit nearly always.
    for row in session.exec(query.execution_options(yield_per=20)):
        if reviewer in uploaders(session, row.contest, row.tps, row.form):
            continue
        if reviewer in _waiting_readers(session, row):
            continue
        found.append(sheet_of_row(session, row))
        if len(found) == limit:
            break
    return tuple(found)


def _waiting_readers(session: Session, row: SheetRow) -> frozenset[str]:
    made = latest_version(session, row.contest, row.tps)
    return frozenset(v.reviewer for v in verifications_of(session, row) if v.version > made)
