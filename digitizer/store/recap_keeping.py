"""Keeping the recap current, and making it again from nothing.

Whatever changes what a TPS adds (a verification, its withdrawal, a dispute and its end, a new
version, a correction) calls `refresh_recap` in its own transaction; an order of a later round calls
`move_to_round`. `recount` gives what they must have come to, and the comparison with them. All hold
the lock of the chain.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sql
from sqlmodel import Session, col, delete, select

from digitizer.domain.comparison_sum import ComparisonSum
from digitizer.domain.election import Contest
from digitizer.domain.recap_sum import EMPTY, RecapSum, RunningSum, sum_of_tps
from digitizer.store.columns import random_id
from digitizer.store.comparison_keeping import ROWS, refresh_comparison, sum_of_comparison
from digitizer.store.elections import contests, get_election
from digitizer.store.events import lock_chain
from digitizer.store.recap_facts import facts_now, sums_of_tps
from digitizer.store.recap_sums import (
    ABOVE,
    AT_ONCE,
    DIGITS,
    SUMS,
    SumsOf,
    add_sums,
    add_wilayah,
    kept_sums,
    places_around,
    row_of,
    sums_around,
    write_rows,
)
from digitizer.store.recap_tables import RecapSumRow, WilayahRow
from digitizer.store.recomparing import recompare
from digitizer.store.rounds import counting_contest, rounds_of, voting, voting_rounds
from digitizer.store.tables import TpsRow

Kept = TypeVar("Kept", RecapSum, ComparisonSum)


def refresh_recap(session: Session, contest: str, tps: str) -> None:
    """Bring the recap up to date with what is known of a TPS now.

    Harmless when nothing changed. A TPS that has no vote in the contest adds nothing.
    """
    lock_chain(session)
    session.flush()
    rounds = voting_rounds(session, contest, tps)
    if contest not in rounds:
        return
    codes = (*places_around(tps), tps)
    place = SumsOf(contest, tps, rounds[-1] == contest)
    kept = sums_around(session, place, codes)
    before = next((item.sums for item in kept if item.place == place), EMPTY)
    values, disputed, corrected, compared = facts_now(session, contest, tps)
    now = sum_of_tps(values, disputed=disputed, corrections=corrected)
    if now != before:
        change = now - before
        add_sums(session, {place._replace(wilayah=code): change for code in codes}, kept)
    if place.in_force and compared:
        ours = None if disputed else values
        refresh_comparison(session, rounds, tps, ours, corrected if ours is not None else {})


def move_to_round(session: Session, contest: Contest, codes: Sequence[str]) -> None:
    """Let these TPS count in a later round, which was just added, and no longer before it."""
    earlier = [item for item in rounds_of(session, contest) if item.round < contest.round]
    code = col(TpsRow.code)
    query: Any = sql.select(code, counting_contest(earlier, code)).where(voting(contest, code))
    last = dict(session.exec(query).all())
    changes: defaultdict[SumsOf, RunningSum] = defaultdict(RunningSum)
    one = RecapSum(expected=1)
    for tps in codes:
        for around in places_around(tps):
            changes[SumsOf(last[tps], around, True)].add(one, -1)
            changes[SumsOf(last[tps], around, False)].add(one)
            changes[SumsOf(contest.id, around, True)].add(one)
    for tps, before, counted in _counted_in(session, earlier, codes):
        for around in (*places_around(tps), tps):
            changes[SumsOf(before, around, True)].add(counted, -1)
            changes[SumsOf(before, around, False)].add(counted)
    add_sums(session, {place: change.value for place, change in changes.items()})


def _counted_in(
    session: Session, rounds: Sequence[Contest], codes: Sequence[str]
) -> Iterator[tuple[str, str, RecapSum]]:
    """What each of these TPS adds to the one of these rounds that counts there until now."""
    for start in range(0, len(codes), AT_ONCE):
        for item in kept_sums(
            session,
            SUMS.c.contest.in_([item.id for item in rounds]),
            SUMS.c.wilayah.in_(codes[start : start + AT_ONCE]),
            SUMS.c.in_force,
        ):
            yield item.place.wilayah, item.place.contest, item.sums


def recount(session: Session) -> None:
    """Make every sum again from the facts: verified tallies, disputes, corrections, rounds.

    The comparison with official results rests on the same facts, so it is made again with them.
    """
    lock_chain(session)
    session.flush()
    for table in (RecapSumRow, WilayahRow):
        session.exec(delete(table))
    add_wilayah(session)
    by_office: defaultdict[str, list[Contest]] = defaultdict(list)
    for contest in contests(session):
        by_office[contest.office_id].append(contest)
    for rounds in by_office.values():
        rounds.sort(key=lambda item: item.round)
        for contest in rounds:
            _recount(session, contest, rounds)
    recompare(session, contests(session))


def ensure_recap(session: Session) -> None:
    """Count once what was verified before the recap was kept."""
    if not is_counted(session):
        recount(session)


def is_counted(session: Session) -> bool:
    """Whether there are sums, or no election of which there could be any."""
    return (
        get_election(session) is None
        or session.exec(select(RecapSumRow).limit(1)).first() is not None
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """Kept sums of a place that a recount does not find, of the recap or of the comparison."""

    place: SumsOf
    kept: RecapSum | ComparisonSum
    counted: RecapSum | ComparisonSum


def check_recap(session: Session) -> tuple[Difference, ...]:
    """Recount, and say at which places above the TPS sums were others; all are right afterwards.

    A TPS that was wrong shows in the places around it. Nobody else can write meanwhile.
    """
    before, compared = _kept(session), _compared(session)
    recount(session)
    return (
        *_unlike(before, _kept(session), EMPTY),
        *_unlike(compared, _compared(session), ComparisonSum()),
    )


def _unlike(
    before: Mapping[SumsOf, Kept], after: Mapping[SumsOf, Kept], nothing: Kept
) -> Iterator[Difference]:
    for place in sorted({*before, *after}):
        kept, counted = before.get(place, nothing), after.get(place, nothing)
        if kept != counted:
            yield Difference(place, kept, counted)


def _compared(session: Session) -> dict[SumsOf, ComparisonSum]:
    above_tps = sql.func.length(ROWS.c.wilayah) < DIGITS[-1]
    rows = session.connection().execute(sql.select(ROWS).where(above_tps))
    return {SumsOf(row.contest, row.wilayah, True): sum_of_comparison(row) for row in rows}


def _kept(session: Session) -> dict[SumsOf, RecapSum]:
    above_tps = sql.func.length(SUMS.c.wilayah) < DIGITS[-1]
    return {item.place: item.sums for item in kept_sums(session, above_tps)}


def _recount(session: Session, contest: Contest, rounds: Sequence[Contest]) -> None:
    """Write the sums of one contest, whose rounds are all given."""
    code = col(TpsRow.code)
    query: Any = sql.select(code, counting_contest(rounds, code)).where(voting(contest, code))
    votes = {tps: last == contest.id for tps, last in session.exec(query)}
    sums: defaultdict[tuple[str, bool], RunningSum] = defaultdict(RunningSum)
    for key, expected in Counter((tps[:10], here) for tps, here in votes.items()).items():
        sums[key].add(RecapSum(expected=expected))
    revision = random_id()

    def by_tps() -> Iterator[dict[str, Any]]:
        for tps, added in sums_of_tps(session, contest.id):
            if tps in votes:
                sums[tps[:10], votes[tps]].add(added)
                yield row_of(SumsOf(contest.id, tps, votes[tps]), added, revision)

    write_rows(session, by_tps())
    for digits in sorted(DIGITS[1:-1], reverse=True):
        for (area, in_force), running in list(sums.items()):
            if len(area) == digits:
                sums[area[: ABOVE[digits]], in_force].add(running.value)
    write_rows(
        session,
        (
            row_of(SumsOf(contest.id, area, in_force), running.value, revision)
            for (area, in_force), running in sums.items()
        ),
    )
