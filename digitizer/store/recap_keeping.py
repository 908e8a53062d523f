"""Keeping the recap current, and making it again from nothing.

Whatever changes what a TPS adds (a verification, its withdrawal, a dispute and its end, a new
version, a correction) calls `refresh_recap` in its own transaction; an order of a later round calls
`move_to_round`. `recount` gives what they must have come to. All hold the lock of the chain.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import sqlalchemy as sql
from sqlalchemy import ColumnElement, Select
from sqlmodel import Session, col, delete, select

from digitizer.domain.election import Contest
from digitizer.domain.recap_sum import EMPTY, RecapSum, RunningSum, sum_of_tps
from digitizer.store.columns import random_id
from digitizer.store.comparison_keeping import refresh_comparison
from digitizer.store.corrected import all_corrected_numbers, corrected_numbers
from digitizer.store.correction_tables import CorrectionRow
from digitizer.store.elections import contests, get_election
from digitizer.store.events import lock_chain
from digitizer.store.official_tables import OfficialImportRow
from digitizer.store.recap_sums import (
    ABOVE,
    AT_ONCE,
    DIGITS,
    SUMS,
    Place,
    add_sums,
    add_wilayah,
    kept_sums,
    places_around,
    row_of,
    sums_around,
    write_rows,
)
from digitizer.store.recap_tables import RecapSumRow, WilayahRow
from digitizer.store.rounds import counting_contest, rounds_of, voting, voting_rounds
from digitizer.store.tables import NodeDisputeRow, SheetRow, TallyRecord, TpsRow

DISPUTED: Final = "disputed"


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
    place = Place(contest, tps, rounds[-1] == contest)
    kept = sums_around(session, place, codes)
    before = next((item.sums for item in kept if item.place == place), EMPTY)
    values, disputed, corrected, compared = _facts_now(session, contest, tps)
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
    changes: defaultdict[Place, RunningSum] = defaultdict(RunningSum)
    one = RecapSum(expected=1)
    for tps in codes:
        for around in places_around(tps):
            changes[Place(last[tps], around, True)].add(one, -1)
            changes[Place(last[tps], around, False)].add(one)
            changes[Place(contest.id, around, True)].add(one)
    for tps, before, counted in _counted_in(session, earlier, codes):
        for around in (*places_around(tps), tps):
            changes[Place(before, around, True)].add(counted, -1)
            changes[Place(before, around, False)].add(counted)
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
    """Make every sum again from the facts: verified tallies, disputes, corrections, rounds."""
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
    """Kept sums of a place that a recount does not find."""

    place: Place
    kept: RecapSum
    counted: RecapSum


def check_recap(session: Session) -> tuple[Difference, ...]:
    """Recount, and say at which places above the TPS sums were others; all are right afterwards.

    A TPS that was wrong shows in the places around it. Nobody else can write meanwhile.
    """
    before = _kept(session)
    recount(session)
    after = _kept(session)
    return tuple(
        Difference(place, before.get(place, EMPTY), after.get(place, EMPTY))
        for place in sorted({*before, *after})
        if before.get(place, EMPTY) != after.get(place, EMPTY)
    )


def _kept(session: Session) -> dict[Place, RecapSum]:
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
        for tps, added in _sums_of_tps(session, contest.id):
            if tps in votes:
                sums[tps[:10], votes[tps]].add(added)
                yield row_of(Place(contest.id, tps, votes[tps]), added, revision)

    write_rows(session, by_tps())
    for digits in sorted(DIGITS[1:-1], reverse=True):
        for (area, in_force), running in list(sums.items()):
            if len(area) == digits:
                sums[area[: ABOVE[digits]], in_force].add(running.value)
    write_rows(
        session,
        (
            row_of(Place(contest.id, area, in_force), running.value, revision)
            for (area, in_force), running in sums.items()
        ),
    )


def _sums_of_tps(session: Session, contest: str) -> Iterator[tuple[str, RecapSum]]:
    """What each TPS adds to a contest, by code."""
    corrections = all_corrected_numbers(session, contest)
    by_readers = select(SheetRow.tps).where(
        col(SheetRow.contest) == contest, col(SheetRow.state) == DISPUTED
    )
    by_nodes = select(NodeDisputeRow.tps).where(col(NodeDisputeRow.contest) == contest)
    disputed = {*session.exec(by_readers), *session.exec(by_nodes)}
    yield from ((tps, sum_of_tps(None, disputed=True)) for tps in sorted(disputed))
    for tps, values in _latest_of_all(session, contest):
        if tps not in disputed:
            yield tps, sum_of_tps(values, corrections=corrections.get(tps, {}))


def _latest_of_all(session: Session, contest: str) -> Iterator[tuple[str, dict[str, int | None]]]:
    """The numbers of the latest tally of every TPS, a few thousand in memory at once."""
    query = (
        sql.select(col(TallyRecord.tps), _VALUES)
        .where(col(TallyRecord.contest) == contest)
        .order_by(col(TallyRecord.tps), col(TallyRecord.version), col(TallyRecord.node).desc())
        .execution_options(yield_per=10_000)
    )
    for tps, versions in groupby(session.connection().execute(query), key=itemgetter(0)):
        *_, (_, latest) = versions
        yield tps, latest


def _facts_now(
    session: Session, contest: str, tps: str
) -> tuple[Mapping[str, int | None] | None, bool, Mapping[str, int], bool]:
    """The numbers of the latest tally of a TPS, whether anybody differs, what is corrected, and
    whether anything is compared with official results.
    """
    asked = {"contest": contest, "tps": tps}
    values, disputed, corrected, compared = session.connection().execute(_FACTS, asked).one()
    numbers = corrected_numbers(session, contest, tps) if corrected else {}
    return values, disputed, numbers, compared


_VALUES: Final = col(TallyRecord.body)["values"].label("numbers")


def _facts() -> Select[tuple[Any, bool, bool, bool]]:
    """The numbers of the latest tally, whether anybody differs, whether there are corrections, and
    whether official results were imported at all.
    """
    contest, tps = (sql.bindparam(name, type_=sql.String()) for name in ("contest", "tps"))

    def here(
        row: type[TallyRecord | SheetRow | NodeDisputeRow | CorrectionRow],
    ) -> ColumnElement[bool]:
        return (col(row.contest) == contest) & (col(row.tps) == tps)

    latest = (
        sql.select(_VALUES)
        .where(here(TallyRecord))
        .order_by(col(TallyRecord.version).desc(), col(TallyRecord.node))
        .limit(1)
        .scalar_subquery()
    )
    return sql.select(
        latest,
        sql.exists().where(here(SheetRow), col(SheetRow.state) == DISPUTED)
        | sql.exists().where(here(NodeDisputeRow)),
        sql.exists().where(here(CorrectionRow)),
        sql.exists(sql.select(col(OfficialImportRow.id))),
    )


_FACTS: Final = _facts()
