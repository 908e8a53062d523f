"""What a sample says of every verified number of its list: its certificate.

A list is as long as the election and never changes: what a certificate needs of it is reckoned once
in a process and kept. What does change is asked of the database whenever somebody looks.
"""

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator
from typing import Any, Final

import sqlalchemy as sql
from sqlmodel import Session, col, func, select

from digitizer.domain.certificate import (
    LEAST_BOXES,
    Certificate,
    Listed,
    Station,
    certify,
    sum_up,
)
from digitizer.store.elections import get_contest
from digitizer.store.listed_tallies import FEW, most_boxes
from digitizer.store.rounds import rounds_of
from digitizer.store.sample_keying import items
from digitizer.store.sample_tables import SampleKeyingRow, SampleRulingRow, SampleStationRow
from digitizer.store.samples import Sample, get_sample, samples_of, vote_fields
from digitizer.store.tables import EventRow, NodeRow

KEPT: Final = 32
"""So many lists are remembered; each takes some hundred kilobytes at most."""

_Key = tuple[object, ...]

_kept: OrderedDict[_Key, tuple[Listed, int]] = OrderedDict()
_kept_lock = threading.Lock()


def certificate_of(session: Session, sample: str) -> Certificate:
    """What a sample says so far; stations that are not settled count as wrong.

    Raises:
        NotFound: there is no such sample.
    """
    found = get_sample(session, sample)
    keyed = {item.tps: item.known for item in items(session, sample)}
    listed, boxes = _of_list(session, found, keyed)
    return certify(listed, keyed, boxes=boxes, nth=_nth(session, found))


def certificate_revision(session: Session, sample: Sample) -> str:
    """What is another whenever the certificate of a sample is, or how far its stations have come.

    Keyings and rulings are only ever added; those of another node come with events of its chain.
    """
    place = {"sample": sample.id}
    counts = (
        select(func.count()).where(table.sample == sql.bindparam("sample")).scalar_subquery()
        for table in (SampleKeyingRow, SampleRulingRow)
    )
    keyed, settled = session.connection().execute(sql.select(*counts), place).one()
    rests_on = _rests_on(session, sample)
    return repr((rests_on, _nth(session, sample), keyed, settled))


def _nth(session: Session, sample: Sample) -> int:
    """Which sample of its office it is.

    On one installation this is its number; of two that each announced a first one, the order.
    """
    order = [item.id for item in samples_of(session, sample.contest)]
    return order.index(sample.id) + 1


def _of_list(session: Session, sample: Sample, drawn: Collection[str]) -> tuple[Listed, int]:
    """What a certificate needs of the list of a sample, and how many boxes its votes have."""
    key = _rests_on(session, sample)
    # One goes through a list while the others who look at it wait: together they would take as long
    # for each of them. Whoever goes through it only reads, and so waits for nobody.
    with _kept_lock:
        if key not in _kept:
            fields = _fields(session, sample)
            listed = sum_up(_stations(session, sample.id), drawn, fields)
            boxes = max(LEAST_BOXES, most_boxes(session, sample.id, fields))
            _kept[key] = listed, boxes
            if len(_kept) > KEPT:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
        return _kept[key]


def _rests_on(session: Session, sample: Sample) -> _Key:
    """What is another whenever the list of a sample says anything else, with what was drawn of it.

    A later round may have more candidates, and a merge bring a draw, or another tally of a place:
    it brings events of other nodes with it, each in a chain that only grows.
    """
    last = (
        select(func.max(EventRow.seq))
        .where(col(EventRow.node) == col(NodeRow.id))
        .correlate(NodeRow)
        .scalar_subquery()
    )
    others = sql.select(col(NodeRow.id), last).where(~col(NodeRow.here)).order_by(col(NodeRow.id))
    ends = tuple((node, seq) for node, seq in session.connection().execute(others))
    return sample.id, sample.seed, _fields(session, sample), ends


def _fields(session: Session, sample: Sample) -> tuple[str, ...]:
    return vote_fields(rounds_of(session, get_contest(session, sample.contest)))


def _stations(session: Session, sample: str) -> Iterator[tuple[str, Station]]:
    columns: tuple[Any, ...] = (
        *(SampleStationRow.tps, SampleStationRow.numbers, SampleStationRow.votes),
    )
    query = sql.select(*columns).where(col(SampleStationRow.sample) == sample)
    for tps, numbers, votes in session.execute(query, execution_options=FEW):
        yield tps, Station(numbers, votes)
