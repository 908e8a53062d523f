"""The rows of an export, and the event that says it left."""

import hashlib
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlmodel import Session, col, select

from digitizer.domain.election import Contest
from digitizer.domain.event import Event
from digitizer.domain.listing import Status, TallyRow
from digitizer.errors import NotFound
from digitizer.store.elections import contests, get_contest, get_election, list_tps
from digitizer.store.events import append_event, head
from digitizer.store.rounds import counting_contest, rounds_of
from digitizer.store.tables import SheetRow, TallyRecord, VerificationRow
from digitizer.store.tallies import counting, tally_of


@dataclass(frozen=True, slots=True)
class Exported:
    """What left: `kind` such as "csv", how many rows of which contests, the bytes' sha256, and the
    head of the history that it rests on.
    """

    kind: str
    rows: int
    contests: Sequence[str]
    sha256: str
    head: str


def exported_tallies(
    session: Session, kind: str, data: bytes, rows: tuple[TallyRow, ...]
) -> Exported:
    """What an export of tallies (`kind`: "csv", "json") holds."""
    named = list(dict.fromkeys(row.contest.id for row in rows))
    return Exported(kind, len(rows), named, hashlib.sha256(data).hexdigest(), head(session))


def tally_rows(
    session: Session, contest: str | None = None, *, superseded: bool = False
) -> tuple[TallyRow, ...]:
    """The verified tally that counts of every TPS, by contest and TPS.

    The same tallies as in the recap: the latest version in the last round in which a TPS votes,
    and none where readers differ.

    Args:
        session: where they are.
        contest: of the office of this one only, in all its rounds.
        superseded: also those of rounds after which the TPS votes again; they count no longer.

    Raises:
        NotFound: there is no election or no such contest.
    """
    election = get_election(session)
    if election is None:
        raise NotFound("this store has no election", "run `digitizer election init` first")
    known = contests(session)
    chosen = known if contest is None else rounds_of(session, get_contest(session, contest))
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

    def status_of(row: TallyRecord, in_force: Set[str]) -> Status:
        if row.tps not in in_force:
            return "superseded"
        return reopened.get((row.contest, row.tps), "verified")

    return tuple(
        TallyRow(
            election=election,
            contest=item,
            tps=stations[row.tps],
            tally=tally,
            status=status_of(row, in_force),
            verified_at=row.made_at,
            readers=tuple(dict.fromkeys(readers[name] for name in tally.verifications)),
        )
        for item in chosen
        for in_force in (_in_force(session, item),)
        for row in counting(session, col(TallyRecord.contest) == item.id)
        if superseded or row.tps in in_force
        for tally in (tally_of(row),)
    )


def _in_force(session: Session, contest: Contest) -> frozenset[str]:
    """Codes of the TPS with a tally of this contest after which they do not vote again."""
    last = counting_contest(rounds_of(session, contest), col(TallyRecord.tps))
    query = select(TallyRecord.tps).where(
        col(TallyRecord.contest) == contest.id, last == contest.id
    )
    return frozenset(session.exec(query))


def record_export(session: Session, exported: Exported, actor: str, now: datetime) -> Event:
    """Write down that an export was given out."""
    payload = {
        "kind": exported.kind,
        "rows": exported.rows,
        "contests": list(exported.contests),
        "sha256": exported.sha256,
        "head": exported.head,
    }
    return append_event(session, "tallies_exported", payload, actor, now)
