"""The tallies that count, some at a time: by the kept sums, so that any page is as fast."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sql
from sqlmodel import Session, col, select

from digitizer.domain.election import LEVEL_DIGITS, Contest, Tps
from digitizer.domain.tally import Tally
from digitizer.store.columns import begins_with
from digitizer.store.elections import get_contest, tps_of
from digitizer.store.recap_sums import SUMS
from digitizer.store.rounds import rounds_of
from digitizer.store.tables import TallyRecord
from digitizer.store.tallies import is_latest, tally_of


@dataclass(frozen=True, slots=True)
class CountedTally:
    """A tally that counts, of which contest, and when it was made."""

    tps: Tps
    contest: Contest
    tally: Tally
    made_at: datetime


def counted_tallies(
    session: Session, contest: str, wilayah: str = "", *, after: str = "", limit: int
) -> tuple[CountedTally, ...]:
    """The tallies of an office in an area that count, by TPS, those after a code.

    Raises:
        NotFound: there is no such contest.
    """
    by_id = {item.id: item for item in rounds_of(session, get_contest(session, contest))}
    query = (
        sql.select(SUMS.c.wilayah, SUMS.c.contest)
        .where(
            SUMS.c.contest.in_(list(by_id)),
            SUMS.c.in_force,
            SUMS.c.counted == 1,
            sql.func.length(SUMS.c.wilayah) == LEVEL_DIGITS["tps"],
            begins_with(SUMS.c.wilayah, wilayah),
            SUMS.c.wilayah > after,
        )
        .order_by(SUMS.c.wilayah)
        .limit(limit)
    )
    places = {row.wilayah: row.contest for row in session.connection().execute(query)}
    stations = tps_of(session, tuple(places))
    rows = session.exec(
        select(TallyRecord).where(
            col(TallyRecord.tps).in_(list(places)),
            col(TallyRecord.contest).in_(list(by_id)),
            is_latest(),
        )
    )
    kept = {(row.contest, row.tps): row for row in rows}
    return tuple(
        CountedTally(stations[tps], by_id[counting], tally_of(row), row.made_at)
        for tps, counting in places.items()
        for row in (kept[counting, tps],)
    )
