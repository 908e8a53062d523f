"""The facts that a recap is made of: the tally of a TPS that counts, disputes, corrections."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import sqlalchemy as sql
from sqlalchemy import ColumnElement, Select
from sqlmodel import Session, col, select

from digitizer.domain.recap_sum import RecapSum, sum_of_tps
from digitizer.domain.tally import lacks_votes
from digitizer.store.columns import Json
from digitizer.store.corrected import all_corrected_numbers, corrected_numbers
from digitizer.store.correction_tables import CorrectionRow
from digitizer.store.official_tables import OfficialImportRow
from digitizer.store.tables import NodeDisputeRow, SheetRow, TallyRecord

DISPUTED: Final = "disputed"


def sums_of_tps(session: Session, contest: str) -> Iterator[tuple[str, RecapSum]]:
    """What each TPS adds to a contest, by code."""
    corrections = all_corrected_numbers(session, contest)
    by_readers = select(SheetRow.tps).where(
        col(SheetRow.contest) == contest, col(SheetRow.state) == DISPUTED
    )
    by_nodes = select(NodeDisputeRow.tps).where(col(NodeDisputeRow.contest) == contest)
    disputed = {*session.exec(by_readers), *session.exec(by_nodes)}
    yield from ((tps, sum_of_tps(None, disputed=True)) for tps in sorted(disputed))
    for tps, body in _latest_of_all(session, contest):
        if tps not in disputed and (values := _counting(body)) is not None:
            yield tps, sum_of_tps(values, corrections=corrections.get(tps, {}))


def _latest_of_all(session: Session, contest: str) -> Iterator[tuple[str, Json]]:
    """The body of the latest tally of every TPS, a few thousand in memory at once."""
    query = (
        sql.select(col(TallyRecord.tps), col(TallyRecord.body))
        .where(col(TallyRecord.contest) == contest)
        .order_by(col(TallyRecord.tps), col(TallyRecord.version), col(TallyRecord.node).desc())
        .execution_options(yield_per=10_000)
    )
    for tps, versions in groupby(session.connection().execute(query), key=itemgetter(0)):
        *_, (_, latest) = versions
        yield tps, latest


def facts_now(
    session: Session, contest: str, tps: str
) -> tuple[Mapping[str, int | None] | None, bool, Mapping[str, int], bool]:
    """The numbers of the latest tally of a TPS (None where it has not all votes), whether anybody
    differs, what is corrected, and whether anything is compared with official results.
    """
    asked = {"contest": contest, "tps": tps}
    body, disputed, corrected, compared = session.connection().execute(_FACTS, asked).one()
    values = None if body is None else _counting(body)
    numbers = corrected_numbers(session, contest, tps) if corrected else {}
    return values, disputed, numbers, compared


def _counting(body: Json) -> Mapping[str, int | None] | None:
    """The numbers of a tally, None of one that does not count."""
    values: Mapping[str, int | None] = body["values"]
    return None if lacks_votes(values, body["as_written"]) else values


def _facts() -> Select[tuple[Any, bool, bool, bool]]:
    """The latest tally, whether anybody differs, whether there are corrections, and whether
    official results were imported at all.
    """
    contest, tps = (sql.bindparam(name, type_=sql.String()) for name in ("contest", "tps"))

    def here(
        row: type[TallyRecord | SheetRow | NodeDisputeRow | CorrectionRow],
    ) -> ColumnElement[bool]:
        return (col(row.contest) == contest) & (col(row.tps) == tps)

    latest = (
        sql.select(col(TallyRecord.body))
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
