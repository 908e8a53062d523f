"""Comparing with official results from nothing: after an import, and after an order of a round."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import sqlalchemy as sql
from sqlmodel import Session

from digitizer.domain.comparison import TpsComparison, compare_tps, sum_of_tps
from digitizer.domain.comparison_sum import ComparisonSum
from digitizer.domain.election import Contest
from digitizer.store.comparison_facts import sides_in
from digitizer.store.comparison_keeping import NO_TPS, ROWS, columns, columns_of_tps, place
from digitizer.store.events import lock_chain
from digitizer.store.official import latest_import
from digitizer.store.recap_sums import batches, parent_of, places_around

Progress = Callable[[int], object]


def recompare(
    session: Session, rounds: Iterable[Contest], progress: Progress = lambda _: None
) -> None:
    """Compare every TPS of these contests anew, each with its latest import if it has any.

    `progress` is told how many rows are written.
    """
    lock_chain(session)
    session.flush()
    connection = session.connection()
    for contest in rounds:
        if (imported := latest_import(session, contest)) is None:
            continue
        connection.execute(sql.delete(ROWS).where(ROWS.c.contest == contest.id))
        compared = (
            compare_tps(sides, imported.fields) for sides in sides_in(session, contest, imported)
        )
        written = 0
        for batch in batches(_rows(contest.id, compared)):
            connection.execute(sql.insert(ROWS), batch)
            written += len(batch)
            progress(written)


def _rows(contest: str, compared: Iterable[TpsComparison]) -> Iterator[dict[str, Any]]:
    """A row of every TPS and of every place around them; the TPS come in the order of codes.

    Only the places around one TPS are in memory at a time.
    """
    sums: dict[str, ComparisonSum] = {"": ComparisonSum()}

    def closed(code: str) -> dict[str, Any]:
        whole = sums.pop(code)
        if (parent := parent_of(code)) is not None:
            sums[parent] += whole
        return {**place(contest, code), **NO_TPS, **columns(whole)}

    for item in compared:
        around = places_around(item.tps)
        for code in [code for code in reversed(sums) if code not in around]:
            yield closed(code)
        for code in around:
            sums.setdefault(code, ComparisonSum())
        sums[around[-1]] += sum_of_tps(item)
        if item.outcome != "neither":
            yield {**place(contest, item.tps), **columns_of_tps(item)}
    for code in list(reversed(sums)):
        yield closed(code)
