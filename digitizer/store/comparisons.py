"""The comparison with official results: of a place, of the places below it, and TPS by TPS."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sql
from sqlmodel import Session, col, select

from digitizer.domain.comparison import DifferenceRow, Sides, TpsComparison, compare_tps
from digitizer.domain.comparison_sum import ComparisonSum, Outcome
from digitizer.domain.election import LEVEL_DIGITS, Contest, Election, Tps
from digitizer.domain.official import OfficialImport
from digitizer.store.columns import begins_with
from digitizer.store.comparison_facts import sides_at, sides_in
from digitizer.store.comparison_keeping import ROWS, sum_of_comparison
from digitizer.store.elections import level_below, wilayah_names
from digitizer.store.official import latest_import
from digitizer.store.official_tables import ComparisonRow
from digitizer.store.recap_sums import batches
from digitizer.store.rounds import counting_contest, rounds_of, voting
from digitizer.store.tables import TpsRow


@dataclass(frozen=True, slots=True)
class PlaceComparison:
    """The comparison of one place; `level` as in `domain.election.LEVELS`.

    Attributes:
        name: of the place; of one that the election does not list, its code.
        outcome: of a TPS.
    """

    code: str
    name: str
    level: str
    sums: ComparisonSum
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class ListedComparison:
    """One TPS of a list of differences; `tps` is None where the election does not list it."""

    compared: TpsComparison
    tps: Tps | None
    contest: Contest


def comparison_of(session: Session, contest: Contest, wilayah: str = "") -> ComparisonSum:
    """The comparison of an area ("" for all of it) with the latest import of a contest.

    Nothing is compared, and nothing expected, where there is no import or no TPS.
    """
    query = sql.select(ROWS).where(ROWS.c.contest == contest.id, ROWS.c.wilayah == wilayah)
    row = session.connection().execute(query).one_or_none()
    return sum_of_comparison(row) if row is not None else ComparisonSum()


def comparisons_below(
    session: Session,
    contest: Contest,
    wilayah: str = "",
    *,
    after: str = "",
    limit: int | None = None,
) -> tuple[PlaceComparison, ...]:
    """The comparisons one level below an area, by code; "" gives the provinces.

    Args:
        session: where they are.
        contest: that is compared.
        wilayah: code of the area.
        after: the code after which they begin.
        limit: how many there are at most.

    Raises:
        NotFound: it is no code of an area that has others below it.
    """
    level = level_below(wilayah)
    query = (
        sql.select(ROWS)
        .where(ROWS.c.contest == contest.id, ROWS.c.parent == wilayah, ROWS.c.wilayah > after)
        .order_by(ROWS.c.wilayah)
        .limit(limit)
    )
    rows = {row.wilayah: row for row in session.connection().execute(query)}
    voting_here = _voting_in(session, contest, wilayah, after) if level == "tps" else ()
    codes = sorted({*rows, *(voting_here if latest_import(session, contest) else ())})[:limit]
    names = _names(session, codes, level)
    return tuple(_place(code, names.get(code, code), level, rows.get(code)) for code in codes)


def listed_comparisons(
    session: Session,
    contest: Contest,
    imported: OfficialImport,
    outcome: Outcome,
    wilayah: str = "",
    *,
    start: int,
    count: int,
) -> tuple[ListedComparison, ...]:
    """Some TPS of an area with one outcome, those with the largest differences first."""
    size, code = col(ComparisonRow.size), col(ComparisonRow.wilayah)
    query = select(ComparisonRow.wilayah).where(
        col(ComparisonRow.contest) == contest.id,
        col(ComparisonRow.outcome) == outcome,
        begins_with(code, wilayah),
    )
    # Each order is that of an index, read from one end or the other: hundreds of thousands of TPS
    # are not sorted for twenty.
    if outcome == "differing":
        query = query.order_by(size.desc(), code.desc())
    else:
        query = query.order_by(size, code)
    codes = session.exec(query.offset(start).limit(count)).all()
    sides = sides_at(session, contest, imported, codes)
    return tuple(_listed(session, contest, imported, codes, sides))


def all_comparisons(
    session: Session, contest: Contest, imported: OfficialImport
) -> Iterator[TpsComparison]:
    """Every TPS of a contest that is not equal, by code, a few thousand in memory at a time."""
    for sides in sides_in(session, contest, imported):
        compared = compare_tps(sides, imported.fields)
        if compared.differences:
            yield compared


def difference_rows(
    session: Session, election: Election, contest: Contest, imported: OfficialImport
) -> Iterator[DifferenceRow]:
    """Every number of a contest that differs or that one side lacks, by TPS and field."""
    for some in batches(all_comparisons(session, contest, imported)):
        codes = [item.tps for item in some]
        counting = counting_at(session, contest, codes)
        stations = _stations(session, codes)
        for item in some:
            station = stations.get(item.tps) or Tps(item.tps, "", "", "", "", "", None)
            for difference in item.differences:
                yield DifferenceRow(election, counting.get(item.tps, contest), station, difference)


def counting_at(session: Session, contest: Contest, codes: Sequence[str]) -> Mapping[str, Contest]:
    """The round of the office of a contest that counts at each of these TPS."""
    rounds = rounds_of(session, contest)
    by_id = {item.id: item for item in rounds}
    code = col(TpsRow.code)
    query: Any = sql.select(code, counting_contest(rounds, code)).where(code.in_(codes))
    return {tps: by_id[last] for tps, last in session.exec(query) if last is not None}


def _listed(
    session: Session,
    contest: Contest,
    imported: OfficialImport,
    codes: Sequence[str],
    sides: Mapping[str, Sides],
) -> Iterator[ListedComparison]:
    counting, stations = counting_at(session, contest, codes), _stations(session, codes)
    for code in codes:
        yield ListedComparison(
            compare_tps(sides[code], imported.fields),
            stations.get(code),
            counting.get(code, contest),
        )


def _stations(session: Session, codes: Sequence[str]) -> Mapping[str, Tps]:
    rows = session.exec(select(TpsRow).where(col(TpsRow.code).in_(codes)))
    return {row.code: Tps(**row.model_dump()) for row in rows}


def _voting_in(session: Session, contest: Contest, wilayah: str, after: str) -> Sequence[str]:
    code = col(TpsRow.code)
    query = select(TpsRow.code).where(
        begins_with(code, wilayah), code > after, voting(contest, code)
    )
    return session.exec(query).all()


def _names(session: Session, codes: Sequence[str], level: str) -> Mapping[str, str]:
    if level != "tps":
        return wilayah_names(session, codes)
    query = select(TpsRow.code, TpsRow.name).where(col(TpsRow.code).in_(codes))
    return dict(session.exec(query).all())


def _place(code: str, name: str, level: str, row: Any) -> PlaceComparison:  # noqa: ANN401  # or None
    # A TPS of which neither side has a number has no row.
    sums = sum_of_comparison(row) if row is not None else ComparisonSum(expected=1)
    outcome: Any = row.outcome if row is not None else "neither"
    is_tps = len(code) == LEVEL_DIGITS["tps"]
    return PlaceComparison(code, name, level, sums, outcome if is_tps else None)
