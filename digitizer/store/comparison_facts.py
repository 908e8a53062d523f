"""Both sides of every TPS, by code: our tally that counts, and their numbers."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import sqlalchemy as sql
from sqlalchemy import ColumnElement, SQLColumnExpression
from sqlmodel import Session, col

from digitizer.domain.comparison import NO_NUMBERS, Sides
from digitizer.domain.election import Contest
from digitizer.domain.official import OfficialImport
from digitizer.domain.tally import lacks_votes
from digitizer.store.columns import begins_with
from digitizer.store.corrected import all_corrected_numbers, corrected_numbers
from digitizer.store.official_tables import OfficialTpsRow
from digitizer.store.rounds import counting_contest, rounds_of, voting
from digitizer.store.tables import TallyRecord, TpsRow
from digitizer.store.tallies import is_disputed, is_latest

AT_ONCE: Final = 2_000
"""So many rows are fetched at a time, however many there are."""

Within = Callable[[SQLColumnExpression[str]], ColumnElement[bool]]
"""Which TPS are asked for, given the column of their codes."""

Corrections = Callable[[str, str], Mapping[str, int]]
"""The corrected numbers in force, by contest and TPS."""


def sides_in(
    session: Session, contest: Contest, imported: OfficialImport, wilayah: str = ""
) -> Iterator[Sides]:
    """Both sides of every TPS of an area that votes in a contest, and of those not in the list.

    Ours is the tally that counts at the TPS, of whichever round of the office; a few thousand are
    in memory at a time.
    """
    corrections = {
        item.id: all_corrected_numbers(session, item.id) for item in rounds_of(session, contest)
    }

    def corrected(counting: str, tps: str) -> Mapping[str, int]:
        return corrections[counting].get(tps, NO_NUMBERS)

    return _sides(session, contest, imported, lambda code: begins_with(code, wilayah), corrected)


def sides_at(
    session: Session, contest: Contest, imported: OfficialImport, codes: Sequence[str]
) -> Mapping[str, Sides]:
    """Both sides of some TPS, by code."""

    def corrected(counting: str, tps: str) -> Mapping[str, int]:
        return corrected_numbers(session, counting, tps)

    found = _sides(session, contest, imported, lambda code: code.in_(codes), corrected)
    return {item.tps: item for item in found}


def _sides(
    session: Session,
    contest: Contest,
    imported: OfficialImport,
    within: Within,
    corrected: Corrections,
) -> Iterator[Sides]:
    listed = _listed(session, contest, within)
    ours = _ours(session, contest, within)
    theirs = _theirs(session, imported, within)
    for tps, (is_listed, tally, numbers) in _aligned(listed, ours, theirs):
        counting, values = tally or ("", None)
        yield Sides(
            tps=tps,
            ours=values,
            theirs=numbers or NO_NUMBERS,
            corrected=corrected(counting, tps) if values is not None else NO_NUMBERS,
            listed=is_listed is not None,
        )


def _listed(session: Session, contest: Contest, within: Within) -> Iterator[tuple[str, Any]]:
    code = col(TpsRow.code)
    query = sql.select(code).where(voting(contest, code), within(code)).order_by(code)
    for (tps,) in _streamed(session, query):
        yield tps, True


def _ours(session: Session, contest: Contest, within: Within) -> Iterator[tuple[str, Any]]:
    """The numbers that count, with the id of the round that they are of."""
    rounds = rounds_of(session, contest)
    code = col(TallyRecord.tps)
    query = (
        sql.select(col(TallyRecord.contest), code, col(TallyRecord.body))
        .where(
            col(TallyRecord.contest).in_([item.id for item in rounds]),
            counting_contest(rounds, code) == col(TallyRecord.contest),
            voting(contest, code),
            within(code),
            is_latest(),
            ~is_disputed(),
        )
        .order_by(code)
    )
    for counting, tps, body in _streamed(session, query):
        if not lacks_votes(body["values"], body["as_written"]):
            yield tps, (counting, body["values"])


def _theirs(
    session: Session, imported: OfficialImport, within: Within
) -> Iterator[tuple[str, Any]]:
    code = col(OfficialTpsRow.tps)
    query = (
        sql.select(code, col(OfficialTpsRow.numbers))
        .where(col(OfficialTpsRow.official_import) == imported.id, within(code))
        .order_by(code)
    )
    yield from _streamed(session, query)


def _streamed(session: Session, query: Any) -> Iterator[Any]:  # noqa: ANN401  # any columns
    yield from session.connection().execute(query.execution_options(yield_per=AT_ONCE))


def _aligned(*streams: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, list[Any]]]:
    """Streams in the order of their keys side by side: by key the value of each, None without."""
    marked = (_marked(place, stream) for place, stream in enumerate(streams))
    merged = heapq.merge(*marked, key=itemgetter(0))
    for key, items in groupby(merged, key=itemgetter(0)):
        values: list[Any] = [None] * len(streams)
        for _, place, value in items:
            values[place] = value
        yield key, values


def _marked(place: int, stream: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, int, Any]]:
    for key, value in stream:
        yield key, place, value
