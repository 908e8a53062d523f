"""The rows of an export, and the event that says it left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sql
from sqlmodel import Session, col, select

from digitizer.domain.election import Contest, Election, StationNames
from digitizer.domain.event import Event
from digitizer.domain.listing import TallyRow
from digitizer.domain.tally import lacks_votes
from digitizer.errors import NotFound
from digitizer.store.elections import contests, get_contest, get_election
from digitizer.store.events import append_event, head
from digitizer.store.recap_sums import at_place, kept_sums
from digitizer.store.rounds import counting_contest, rounds_of
from digitizer.store.tables import SheetRow, TallyRecord, TpsRow, VerificationRow
from digitizer.store.tallies import disputed_tps, is_latest

AT_ONCE: Final = 100
"""So many rows are fetched at a time, however many there are; more of them leave the cache."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What an export lists.

    Attributes:
        contests: whose tallies, rounds among them.
        fields: every field of their tallies, in the order of the forms.
    """

    election: Election
    contests: tuple[Contest, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exported:
    """What left: `kind` such as "csv", how many tallies of which contests, the bytes' sha256, the
    head of the history that it rests on, and of which area it is ("" all).
    """

    kind: str
    rows: int
    contests: Sequence[str]
    sha256: str
    head: str
    wilayah: str = ""


def listing(session: Session, contest: str | None = None) -> Listing:
    """What the export of an office, in all its rounds, or of all of them lists.

    Raises:
        NotFound: there is no election or no such contest.
    """
    election = get_election(session)
    if election is None:
        raise NotFound("this store has no election", "run `digitizer election init` first")
    known = contests(session)
    chosen = known if contest is None else rounds_of(session, get_contest(session, contest))
    return Listing(election, chosen, _fields(session, [item.id for item in chosen]))


def tally_rows(
    session: Session, listed: Listing, *, superseded: bool = False
) -> Iterator[TallyRow]:
    """The verified tally that counts of every TPS, by contest and TPS, a few at a time in memory.

    The same tallies as in the recap: the latest version in the last round in which a TPS votes,
    and none where readers differ or nobody saw the votes.

    Args:
        session: where they are.
        listed: of which contests.
        superseded: also those of rounds after which the TPS votes again; they count no longer.
    """
    for contest in listed.contests:
        counts = counting_contest(rounds_of(session, contest), col(TallyRecord.tps)) == contest.id
        if superseded:
            query = _query(contest.id, sql.case((counts, 1), else_=0))
        else:
            query = _query(contest.id, sql.literal_column("1")).where(counts)
        # Past the session's own loading of rows, which takes as long as all the rest.
        rows = session.connection().execute(query, execution_options={"yield_per": AT_ONCE})
        for tps, version, form, origin, body, made_at, *names, readers, state, in_force in rows:
            # In the order of its columns, since by name it takes twice as long.
            if lacks_votes(body["values"], body["as_written"]):
                continue
            yield TallyRow(
                listed.election,
                contest,
                tps,
                StationNames(*names),
                version,
                form,
                origin,
                body["values"],
                body["as_written"],
                tuple(body["photos"]),
                (state or "verified") if in_force else "superseded",
                made_at,
                _in_order(readers, [*body["verifications"], *body.get("beside", ())]),
            )


def record_export(session: Session, exported: Exported, actor: str, now: datetime) -> Event:
    """Write down that an export was given out."""
    payload = {
        "kind": exported.kind,
        "rows": exported.rows,
        "contests": list(exported.contests),
        "sha256": exported.sha256,
        "head": exported.head,
        "wilayah": exported.wilayah,
    }
    return append_event(session, "tallies_exported", payload, actor, now)


def record_handing_over(session: Session, actor: str, now: datetime) -> Event:
    """Write down that all that is known here is given to another installation, with originals."""
    return append_event(session, "history_handed_over", {"head": head(session)}, actor, now)


def _in_order(given: str | None, verifications: Sequence[str]) -> tuple[str, ...]:
    """Who gave these verifications, each once; `given` has a line with id and reader of every."""
    if given is not None and len(verifications) == 1 and "\n" not in given:
        return (given.partition("\t")[2],)
    by_id = dict([line.split("\t") for line in given.split("\n")]) if given else {}
    return tuple(dict.fromkeys([by_id[name] for name in verifications]))


def _query(contest: str, in_force: sql.ColumnElement[int]) -> Any:  # noqa: ANN401  # of many columns
    """The latest tallies of a contest, but for those of which people or nodes differ.

    What holds of few is looked up once, not at every row: of a country there are 800,000.
    """
    here = sql.and_(
        col(VerificationRow.contest) == col(TallyRecord.contest),
        col(VerificationRow.tps) == col(TallyRecord.tps),
    )
    readers = sql.select(
        sql.func.aggregate_strings(
            col(VerificationRow.id) + "\t" + col(VerificationRow.reviewer), "\n"
        )
    ).where(here)
    reopened = (
        sql.select(col(SheetRow.tps), sql.func.min(col(SheetRow.state)).label("state"))
        .where(col(SheetRow.contest) == contest, col(SheetRow.state).in_(("new_photo", "remarked")))
        .group_by(col(SheetRow.tps))
        .subquery()
    )
    columns: tuple[Any, ...] = (
        *(TallyRecord.tps, TallyRecord.version, TallyRecord.form, TallyRecord.origin),
        *(TallyRecord.body, TallyRecord.made_at, TpsRow.name, TpsRow.desa, TpsRow.kecamatan),
        *(TpsRow.kabkota, TpsRow.provinsi),
    )
    return (
        sql.select(*columns, readers.scalar_subquery(), reopened.c.state, in_force)
        .join(TpsRow, col(TpsRow.code) == col(TallyRecord.tps))
        .join(reopened, reopened.c.tps == col(TallyRecord.tps), isouter=True)
        .where(
            col(TallyRecord.contest) == contest,
            is_latest(),
            col(TallyRecord.tps).not_in(disputed_tps(contest)),
        )
        .order_by(col(TallyRecord.tps))
    )


def _fields(session: Session, chosen: Sequence[str]) -> tuple[str, ...]:
    """Every field of the tallies that count in these contests; those of a form as it has them.

    Each has a total in the recap, of a round that is superseded too; one tally of each form says
    their order, and those of another version of a form come last.
    """
    known = {
        name
        for contest in chosen
        for kept in kept_sums(session, at_place(contest, [""]))
        for name in kept.sums.totals
    }
    forms = session.exec(
        select(TallyRecord.form).where(col(TallyRecord.contest).in_(chosen)).distinct()
    ).all()
    ordered: dict[str, None] = {}
    for form in sorted(forms):
        query = select(TallyRecord.body).where(
            col(TallyRecord.contest).in_(chosen), col(TallyRecord.form) == form
        )
        body = session.exec(query.limit(1)).one()
        ordered |= dict.fromkeys(name for name in body["values"] if name in known)
    return tuple(dict.fromkeys([*ordered, *sorted(known)]))
