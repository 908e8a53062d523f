"""The recap: totals with coverage, from one TPS up to the whole election."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sql
from sqlalchemy import SQLColumnExpression
from sqlmodel import Session, col

from digitizer.domain.election import LEVEL_DIGITS, Contest, Tps
from digitizer.domain.tally import Recap, Tally
from digitizer.domain.verification import Verification
from digitizer.errors import NotFound
from digitizer.store.elections import get_contest, level_below, list_wilayah
from digitizer.store.elections import tps as find_tps
from digitizer.store.readings import StoredReading, readings_for
from digitizer.store.sheets import Sheet, sheets_of
from digitizer.store.tables import SheetRow, TallyRecord, TallyValueRow, TpsRow
from digitizer.store.tallies import dated_tallies, is_disputed, is_latest
from digitizer.store.verifications import history

NATIONAL = "00"
"""Area of a contest that is held everywhere."""


@dataclass(frozen=True, slots=True)
class RecapRow:
    """The recap of one area; `level` as in `domain.election.LEVELS`."""

    code: str
    name: str
    level: str
    recap: Recap


@dataclass(frozen=True, slots=True)
class TpsDetail:
    """Everything known of one contest at one TPS.

    Attributes:
        tallies: oldest version first.
        made_at: when each tally was made, in the same order.
        verifications: oldest first.
        sheets, readings: of every form of the contest.
    """

    contest: Contest
    tps: Tps
    tallies: tuple[Tally, ...]
    made_at: tuple[datetime, ...]
    verifications: tuple[Verification, ...]
    sheets: tuple[Sheet, ...]
    readings: tuple[StoredReading, ...]


def recap_of(session: Session, contest: str, wilayah: str = "") -> Recap:
    """Totals of a contest over an area ("" for all of it).

    Raises:
        NotFound: there is no such contest.
    """
    recaps = _recaps(session, get_contest(session, contest), wilayah, len(wilayah))
    return recaps.get(wilayah) or Recap(contest, wilayah, MappingProxyType({}), 0, 0, 0, 0)


def children(session: Session, contest: str, wilayah: str = "") -> tuple[RecapRow, ...]:
    """The recaps one level below an area, by code; "" gives the provinces.

    Raises:
        NotFound: there is no such contest.
    """
    found = get_contest(session, contest)
    recaps = _recaps(session, found, wilayah, LEVEL_DIGITS[level_below(wilayah)])
    return tuple(
        RecapRow(area.code, area.name, area.level, recaps[area.code])
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


def _recaps(session: Session, contest: Contest, wilayah: str, digits: int) -> Mapping[str, Recap]:
    """The recap of every area of `digits` digits within `wilayah`, added up by the database."""

    # Any, since Session.exec has no type for columns chosen at run time.
    def by_area(code: SQLColumnExpression[str], *columns: Any) -> Any:  # noqa: ANN401
        # A literal, since PostgreSQL takes two parameters of one value for two expressions.
        area = sql.func.substr(code, 1, sql.literal_column(str(digits)))
        within = code.startswith(wilayah, autoescape=True)
        if contest.area != NATIONAL:
            within &= code.startswith(contest.area, autoescape=True)
        return sql.select(area, *columns).where(within).group_by(area)

    counts = sql.func.count()
    of_contest = col(TallyRecord.contest) == contest.id
    counting = sql.and_(of_contest, is_latest(), ~is_disputed())
    same_tally = sql.and_(
        col(TallyValueRow.contest) == col(TallyRecord.contest),
        col(TallyValueRow.tps) == col(TallyRecord.tps),
        col(TallyValueRow.version) == col(TallyRecord.version),
    )
    gap = sql.exists().where(same_tally, col(TallyValueRow.value).is_(None))
    tallies = by_area(col(TallyRecord.tps), counts, sql.func.sum(sql.case((gap, 1), else_=0)))
    sums = by_area(
        col(TallyRecord.tps), col(TallyValueRow.field), sql.func.sum(TallyValueRow.value)
    )
    sums = sums.join_from(TallyRecord, TallyValueRow, same_tally)
    sums = sums.where(counting).group_by(TallyValueRow.field)
    stations = sql.func.count(sql.distinct(col(SheetRow.tps)))
    disputes = by_area(col(SheetRow.tps), stations).where(
        col(SheetRow.contest) == contest.id, col(SheetRow.state) == "disputed"
    )
    expected = dict(session.exec(by_area(col(TpsRow.code), counts)).all())
    counted = {row[0]: row[1:] for row in session.exec(tallies.where(counting)).all()}
    disputed = dict(session.exec(disputes).all())
    totals: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for area, field, total in session.exec(sums).all():
        totals[area][field] = int(total or 0)
    recaps = {}
    for area, stations_here in expected.items():
        made, gaps = counted.get(area, (0, 0))
        recaps[area] = Recap(
            contest=contest.id,
            wilayah=area,
            totals=MappingProxyType(totals[area]),
            counted=made,
            expected=stations_here,
            with_gaps=int(gaps),
            disputed=disputed.get(area, 0),
        )
    return recaps
