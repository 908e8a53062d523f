"""Which sheet a reviewer is given next."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from sqlmodel import Session, col, select

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
    rows = (row for state in states for row in _waiting(session, state, reviewer, now))
    fit = (
        sheet_of_row(session, row)
        for row in rows
        if reviewer not in uploaders(session, row.contest, row.tps, row.form)
        and reviewer not in _waiting_readers(session, row)
    )
    return tuple(islice(fit, limit))


def _waiting(session: Session, state: State, reviewer: str, now: datetime) -> Iterator[SheetRow]:
    """Sheets of one state in their order, by an index, since there may be thousands."""
    query = (
        select(SheetRow)
        .where(col(SheetRow.state) == state, ~leased_to_others(reviewer, now))
        .order_by(
            col(SheetRow.weight).desc(),
            col(SheetRow.oldest_at),
            col(SheetRow.tps),
            col(SheetRow.form),
        )
    )
    # A few at a time: few sheets hold a reviewer's own photos, so the first fit nearly always.
    yield from session.exec(query.execution_options(yield_per=20))


def _waiting_readers(session: Session, row: SheetRow) -> frozenset[str]:
    made = latest_version(session, row.contest, row.tps)
    return frozenset(v.reviewer for v in verifications_of(session, row) if v.version > made)
