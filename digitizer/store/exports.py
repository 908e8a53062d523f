"""The rows of an export, and the event that says it left."""

import hashlib
from datetime import datetime
from typing import cast

from sqlmodel import Session, col, select

from digitizer.domain.event import Event
from digitizer.domain.listing import Status, TallyRow
from digitizer.errors import NotFound
from digitizer.store.elections import contests, get_contest, get_election, list_tps
from digitizer.store.events import append_event
from digitizer.store.tables import SheetRow, TallyRecord, VerificationRow
from digitizer.store.tallies import counting, tally_of


def tally_rows(session: Session, contest: str | None = None) -> tuple[TallyRow, ...]:
    """The verified tally that counts of every TPS, of one contest or of all, by contest and TPS.

    The same tallies as in the recap: the latest version, and none where readers differ.

    Raises:
        NotFound: there is no election or no such contest.
    """
    election = get_election(session)
    if election is None:
        raise NotFound("this store has no election", "run `digitizer election init` first")
    chosen = contests(session) if contest is None else (get_contest(session, contest),)
    stations = {station.code: station for station in list_tps(session)}
    reopened: dict[tuple[str, str], Status] = {
        (contest_id, code): cast("Status", state)
        for contest_id, code, state in session.exec(
            select(SheetRow.contest, SheetRow.tps, SheetRow.state).where(
                col(SheetRow.state).in_(("new_photo", "remarked"))
            )
        )
    }
    readers = dict(session.exec(select(VerificationRow.id, VerificationRow.reviewer)).all())
    return tuple(
        TallyRow(
            election=election,
            contest=item,
            tps=stations[row.tps],
            tally=tally,
            status=reopened.get((row.contest, row.tps), "verified"),
            verified_at=row.made_at,
            readers=tuple(dict.fromkeys(readers[name] for name in tally.verifications)),
        )
        for item in chosen
        for row in counting(session, col(TallyRecord.contest) == item.id)
        for tally in (tally_of(row),)
    )


def record_export(
    session: Session, kind: str, data: bytes, rows: tuple[TallyRow, ...], actor: str, now: datetime
) -> Event:
    """Write down that an export (`kind`: "csv", "json") was given out, with its sha256."""
    payload = {
        "kind": kind,
        "rows": len(rows),
        "contests": list(dict.fromkeys(row.contest.id for row in rows)),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    return append_event(session, "tallies_exported", payload, actor, now)
