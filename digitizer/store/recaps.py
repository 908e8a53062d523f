"""The recap: totals with coverage, from one TPS up to the whole election."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sql
from sqlalchemy import ColumnElement, SQLColumnExpression
from sqlmodel import Session, col

from digitizer.domain.election import LEVEL_DIGITS, Contest, Tps
from digitizer.domain.tally import Recap, Tally
from digitizer.domain.verification import Verification
from digitizer.errors import NotFound
from digitizer.store.elections import get_contest, level_below, list_wilayah
from digitizer.store.elections import tps as find_tps
from digitizer.store.readings import StoredReading, readings_for
from digitizer.store.rounds import counting_contest, rounds_at, rounds_of, voting
from digitizer.store.sheets import Sheet, sheets_of
from digitizer.store.tables import SheetRow, TallyRecord, TallyValueRow, TpsRow
from digitizer.store.tallies import dated_tallies, is_disputed, is_latest
from digitizer.store.verifications import history


@dataclass(frozen=True, slots=True)
class RecapRow:
    """The recap of one area; `level` as in `domain.election.LEVELS`.

    Attributes:
        contest: of a TPS, the round that counts there; None for a wider area.
    """

    code: str
    name: str
    level: str
    recap: Recap
    contest: Contest | None


@dataclass(frozen=True, slots=True)
class TpsDetail:
    """Everything known of one contest at one TPS.

    Attributes:
        tallies: oldest version first.
        made_at: when each tally was made, in the same order.
        verifications: oldest first.
        sheets, readings: of every form of the contest.
        rounds: in which this TPS votes for the office, the first one first; the last one counts.
    """

    contest: Contest
    rounds: tuple[Contest, ...]
    tps: Tps
    tallies: tuple[Tally, ...]
    made_at: tuple[datetime, ...]
    verifications: tuple[Verification, ...]
    sheets: tuple[Sheet, ...]
    readings: tuple[StoredReading, ...]


def recap_of(session: Session, contest: str, wilayah: str = "", *, alone: bool = False) -> Recap:
    """Totals of the office of a contest over an area ("" for all of it).

    At every TPS the last round counts in which it votes; with `alone` only this round does.

    Raises:
        NotFound: there is no such contest.
    """
    rounds = _rounds(session, contest, alone=alone)
    recaps = _recaps(session, rounds, contest, wilayah, len(wilayah))
    return recaps.get(wilayah) or Recap(contest, wilayah, MappingProxyType({}), 0, 0, 0, 0)


def children(
    session: Session, contest: str, wilayah: str = "", *, alone: bool = False
) -> tuple[RecapRow, ...]:
    """The recaps one level below an area, by code; "" gives the provinces. See `recap_of`.

    Raises:
        NotFound: there is no such contest.
    """
    rounds = _rounds(session, contest, alone=alone)
    level = level_below(wilayah)
    recaps = _recaps(session, rounds, contest, wilayah, LEVEL_DIGITS[level])
    voted: dict[str, str] = {}
    if level == "tps":
        code = col(TpsRow.code)
        query: Any = sql.select(code, counting_contest(rounds, code))
        voted = dict(session.exec(query.where(code.startswith(wilayah, autoescape=True))).all())
    by_id = {item.id: item for item in rounds}
    return tuple(
        RecapRow(
            area.code,
            area.name,
            area.level,
            recaps[area.code],
            by_id.get(voted.get(area.code, "")),
        )
        for area in list_wilayah(session, wilayah)
        if area.code in recaps
    )


def tps_detail(session: Session, contest: str, tps: str) -> TpsDetail:
    """One contest at one TPS, with every reading and verification.

    Raises:
        NotFound: there is no such contest or TPS.
    """
    found = get_contest(session, contest)
    station = find_tps(session, tps)
    if station is None:
        raise NotFound(f"the election has no TPS {tps!r}", "give a 13-digit code of its list")
    dated = dated_tallies(session, contest, tps)
    return TpsDetail(
        contest=found,
        rounds=rounds_at(session, found, tps),
        tps=station,
        tallies=tuple(tally for tally, _ in dated),
        made_at=tuple(at for _, at in dated),
        verifications=history(session, contest, tps),
        sheets=sheets_of(session, contest, tps),
        readings=tuple(
            reading
            for form in found.form_ids
            for reading in readings_for(session, contest, tps, form)
        ),
    )


def _rounds(session: Session, contest: str, *, alone: bool) -> tuple[Contest, ...]:
    found = get_contest(session, contest)
    return (found,) if alone else rounds_of(session, found)


def _recaps(
    session: Session, rounds: Sequence[Contest], name: str, wilayah: str, digits: int
) -> Mapping[str, Recap]:
    """The recap of every area of `digits` digits within `wilayah`, added up by the database."""

    # Any, since Session.exec has no type for columns chosen at run time.
    def by_area(code: SQLColumnExpression[str], *columns: Any) -> Any:  # noqa: ANN401
        # A literal, since PostgreSQL takes two parameters of one value for two expressions.
        area = sql.func.substr(code, 1, sql.literal_column(str(digits)))
        within = code.startswith(wilayah, autoescape=True) & voting(rounds[0], code)
        return sql.select(area, *columns).where(within).group_by(area)

    def in_force(row: type[TallyRecord | SheetRow]) -> ColumnElement[bool]:
        return col(row.contest).in_([item.id for item in rounds]) & (
            col(row.contest) == counting_contest(rounds, col(row.tps))
        )

    def again(code: SQLColumnExpression[str]) -> ColumnElement[Any]:
        later = sql.or_(sql.false(), *(voting(item, code) for item in rounds[1:]))
        return sql.func.sum(sql.case((later, 1), else_=0))

    counts = sql.func.count()
    counting = sql.and_(in_force(TallyRecord), is_latest(), ~is_disputed())
    same_tally = sql.and_(
        col(TallyValueRow.contest) == col(TallyRecord.contest),
        col(TallyValueRow.tps) == col(TallyRecord.tps),
        col(TallyValueRow.version) == col(TallyRecord.version),
    )
    gap = sql.exists().where(same_tally, col(TallyValueRow.value).is_(None))
    gaps = sql.func.sum(sql.case((gap, 1), else_=0))
    tallies = by_area(col(TallyRecord.tps), counts, gaps, again(col(TallyRecord.tps)))
    sums = by_area(
        col(TallyRecord.tps), col(TallyValueRow.field), sql.func.sum(TallyValueRow.value)
    )
    sums = sums.join_from(TallyRecord, TallyValueRow, same_tally)
    sums = sums.where(counting).group_by(TallyValueRow.field)
    stations = sql.func.count(sql.distinct(col(SheetRow.tps)))
    disputes = by_area(col(SheetRow.tps), stations).where(
        in_force(SheetRow), col(SheetRow.state) == "disputed"
    )
    every = by_area(col(TpsRow.code), counts, again(col(TpsRow.code)))
    counted = {row[0]: row[1:] for row in session.exec(tallies.where(counting)).all()}
    disputed = dict(session.exec(disputes).all())
    totals: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for area, field, total in session.exec(sums).all():
        totals[area][field] = int(total or 0)
    recaps = {}
    for area, expected, revotes in session.exec(every).all():
        made, with_gaps, revotes_made = counted.get(area, (0, 0, 0))
        recaps[area] = Recap(
            contest=name,
            wilayah=area,
            totals=MappingProxyType(totals[area]),
            counted=made,
            expected=expected,
            with_gaps=int(with_gaps),
            disputed=disputed.get(area, 0),
            revotes=int(revotes),
            revotes_counted=int(revotes_made),
        )
    return recaps
