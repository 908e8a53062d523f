"""Keeping the recap current, and making it again from nothing.

Whatever changes what a TPS adds (a verification, its withdrawal, a dispute and its end, a new
version, a correction) calls `refresh_recap` in its own transaction; an order of a later round calls
`move_to_round`. `recount` gives what they must have come to. All hold the lock of the chain.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sql
from sqlmodel import Session, col, delete, select

from digitizer.domain.election import Contest
from digitizer.domain.recap_sum import EMPTY, RecapSum, sum_of_tps
from digitizer.store.columns import random_id
from digitizer.store.comparison_keeping import refresh_comparison
from digitizer.store.corrected import all_corrected_numbers, corrected_numbers
from digitizer.store.elections import contests, get_contest, get_election, list_tps
from digitizer.store.events import lock_chain
from digitizer.store.recap_sums import (
    AT_ONCE,
    Place,
    add_at_tps,
    add_sums,
    add_wilayah,
    places_around,
    row_of,
    sum_of_row,
    write_rows,
)
from digitizer.store.recap_tables import RecapSumRow, WilayahRow
from digitizer.store.rounds import counting_contest, rounds_at, rounds_of, voting
from digitizer.store.tables import SheetRow, TallyRecord, TallyValueRow, TpsRow

DISPUTED = "disputed"


def refresh_recap(session: Session, contest: str, tps: str) -> None:
    """Bring the recap up to date with what is known of a TPS now.

    Harmless when nothing changed. A TPS that has no vote in the contest adds nothing.
    """
    lock_chain(session)
    rounds = rounds_at(session, get_contest(session, contest), tps)
    if contest not in {item.id for item in rounds}:
        return
    place = Place(contest, tps, rounds[-1].id == contest)
    kept = session.get(RecapSumRow, place._asdict())
    before = sum_of_row(kept) if kept is not None else EMPTY
    values = _latest_values(session, contest, tps)
    disputed = _is_disputed(session, contest, tps)
    corrected = corrected_numbers(session, contest, tps)
    now = sum_of_tps(values, disputed=disputed, corrections=corrected)
    if now != before:
        add_at_tps(session, place, now - before)
    if place.in_force:
        ours = None if disputed else values
        refresh_comparison(session, rounds, tps, ours, corrected if ours is not None else {})


def move_to_round(session: Session, contest: Contest, codes: Sequence[str]) -> None:
    """Let these TPS count in a later round, which was just added, and no longer before it."""
    earlier = [item for item in rounds_of(session, contest) if item.round < contest.round]
    code = col(TpsRow.code)
    query: Any = sql.select(code, counting_contest(earlier, code)).where(voting(contest, code))
    last = dict(session.exec(query).all())
    changes: defaultdict[Place, RecapSum] = defaultdict(RecapSum)
    one = RecapSum(expected=1)
    for tps in codes:
        for around in places_around(tps):
            changes[Place(last[tps], around, True)] -= one
            changes[Place(last[tps], around, False)] += one
            changes[Place(contest.id, around, True)] += one
    for tps, before, counted in _counted_in(session, earlier, codes):
        for around in (*places_around(tps), tps):
            changes[Place(before, around, True)] -= counted
            changes[Place(before, around, False)] += counted
    add_sums(session, changes)


def _counted_in(
    session: Session, rounds: Sequence[Contest], codes: Sequence[str]
) -> Iterator[tuple[str, str, RecapSum]]:
    """What each of these TPS adds to the one of these rounds that counts there until now."""
    for start in range(0, len(codes), AT_ONCE):
        query = select(RecapSumRow).where(
            col(RecapSumRow.contest).in_([item.id for item in rounds]),
            col(RecapSumRow.wilayah).in_(codes[start : start + AT_ONCE]),
            col(RecapSumRow.in_force),
        )
        for row in session.exec(query):
            yield row.wilayah, row.contest, sum_of_row(row)


def recount(session: Session) -> None:
    """Make every sum again from the facts: verified tallies, disputes, corrections, rounds."""
    lock_chain(session)
    session.flush()
    for table in (RecapSumRow, WilayahRow):
        session.exec(delete(table))
    add_wilayah(session, list_tps(session))
    by_office: defaultdict[str, list[Contest]] = defaultdict(list)
    for contest in contests(session):
        by_office[contest.office_id].append(contest)
    for rounds in by_office.values():
        rounds.sort(key=lambda item: item.round)
        for contest in rounds:
            _recount(session, contest, rounds)


def ensure_recap(session: Session) -> None:
    """Count once what was verified before the recap was kept."""
    if (
        get_election(session) is not None
        and session.exec(select(RecapSumRow).limit(1)).first() is None
    ):
        recount(session)


@dataclass(frozen=True, slots=True)
class Difference:
    """Kept sums of a place that a recount does not find."""

    place: Place
    kept: RecapSum
    counted: RecapSum


def check_recap(session: Session) -> tuple[Difference, ...]:
    """Recount, and say where the kept sums were others; they are right afterwards."""
    before = _kept(session)
    recount(session)
    after = _kept(session)
    return tuple(
        Difference(place, before.get(place, EMPTY), after.get(place, EMPTY))
        for place in sorted({*before, *after})
        if before.get(place, EMPTY) != after.get(place, EMPTY)
    )


def _kept(session: Session) -> dict[Place, RecapSum]:
    return {
        Place(row.contest, row.wilayah, row.in_force): sum_of_row(row)
        for row in session.exec(select(RecapSumRow))
    }


def _recount(session: Session, contest: Contest, rounds: Sequence[Contest]) -> None:
    """Write the sums of one contest, whose rounds are all given."""
    code = col(TpsRow.code)
    query: Any = sql.select(code, counting_contest(rounds, code)).where(voting(contest, code))
    votes = {tps: last == contest.id for tps, last in session.exec(query)}
    expected = Counter((tps[:10], in_force) for tps, in_force in votes.items())
    sums = {key: RecapSum(expected=tps) for key, tps in expected.items()}
    revision = random_id()

    def by_tps() -> Iterator[dict[str, Any]]:
        for tps, added in _sums_of_tps(session, contest.id):
            if tps in votes:
                sums[tps[:10], votes[tps]] += added
                yield row_of(Place(contest.id, tps, votes[tps]), added, revision)

    write_rows(session, by_tps())
    for (desa, in_force), added in list(sums.items()):
        for around in places_around(desa):
            sums[around, in_force] = sums.get((around, in_force), EMPTY) + added
    write_rows(
        session,
        (
            row_of(Place(contest.id, area, in_force), added, revision)
            for (area, in_force), added in sums.items()
        ),
    )


def _sums_of_tps(session: Session, contest: str) -> Iterator[tuple[str, RecapSum]]:
    """What each TPS adds to a contest, by code."""
    corrections = all_corrected_numbers(session, contest)
    disputed = set(
        session.exec(
            select(SheetRow.tps).where(
                col(SheetRow.contest) == contest, col(SheetRow.state) == DISPUTED
            )
        )
    )
    yield from ((tps, sum_of_tps(None, disputed=True)) for tps in sorted(disputed))
    for tps, values in _latest_of_all(session, contest):
        if tps not in disputed:
            yield tps, sum_of_tps(values, corrections=corrections.get(tps, {}))


def _latest_of_all(session: Session, contest: str) -> Iterator[tuple[str, dict[str, int | None]]]:
    """The numbers of the latest tally of every TPS, a few thousand in memory at once."""
    same = sql.and_(
        col(TallyValueRow.contest) == col(TallyRecord.contest),
        col(TallyValueRow.tps) == col(TallyRecord.tps),
        col(TallyValueRow.version) == col(TallyRecord.version),
    )
    query = (
        sql.select(
            col(TallyRecord.tps),
            col(TallyRecord.version),
            col(TallyValueRow.field),
            col(TallyValueRow.value),
        )
        .join(TallyValueRow, same, isouter=True)
        .where(col(TallyRecord.contest) == contest)
        .order_by(col(TallyRecord.tps), col(TallyRecord.version))
        .execution_options(yield_per=10_000)
    )
    rows: Iterable[Any] = session.connection().execute(query)
    for tps, found in groupby(rows, key=itemgetter(0)):
        for _, made in groupby(found, key=itemgetter(1)):
            values = {row[2]: row[3] for row in made if row[2] is not None}
        yield tps, values


def _latest_values(session: Session, contest: str, tps: str) -> Mapping[str, int | None] | None:
    row = session.exec(
        select(TallyRecord)
        .where(col(TallyRecord.contest) == contest, col(TallyRecord.tps) == tps)
        .order_by(col(TallyRecord.version).desc())
        .limit(1)
    ).first()
    return None if row is None else row.body["values"]


def _is_disputed(session: Session, contest: str, tps: str) -> bool:
    query = select(SheetRow.form).where(
        col(SheetRow.contest) == contest,
        col(SheetRow.tps) == tps,
        col(SheetRow.state) == DISPUTED,
    )
    return session.exec(query.limit(1)).first() is not None
