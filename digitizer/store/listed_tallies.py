"""Tallies of the list of a sample, as they were when it was announced.

A list says what was counted then. What was taken back since, because a photo was moved, is drawn
and keyed all the same; the history has every tally that was ever made.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlmodel import Session, col, select

from digitizer.domain.tally import Tally
from digitizer.errors import NotFound
from digitizer.store.sample_tables import SampleRow, SampleStationRow
from digitizer.store.tables import EventRow, TallyRecord
from digitizer.store.tallies import tally_of

KEPT = ("values", "as_written", "verifications", "photos", "checks", "beside", "decided")


def tally_listed(session: Session, sample: str, tps: str) -> Tally:
    """The tally of one station of the list of a sample.

    Of two nodes' tallies of one version it is the one that the list has the votes of.

    Raises:
        NotFound: neither the tables nor the history have such a tally.
    """
    station = session.get_one(SampleStationRow, (sample, tps))
    announced = session.get_one(SampleRow, sample).at
    rows = session.exec(
        select(TallyRecord)
        .where(
            col(TallyRecord.contest) == station.contest,
            col(TallyRecord.tps) == tps,
            col(TallyRecord.version) == station.version,
        )
        .order_by(col(TallyRecord.node))
    )
    kept = next((row for row in rows if _says(row.body["values"], station)), None)
    # One made later may be of the same version, where the earlier one was taken back.
    if kept is not None and (kept.made_at <= announced or not _ever_taken_back(session, station)):
        return tally_of(kept)
    told = [row for row in _told(session, station) if _says(row.body["values"], station)]
    if not told:
        raise NotFound(
            f"the history has no tally of TPS {tps} with the votes of the list of sample {sample}",
            "announce another sample",
        )
    before = [row for row in told if row.made_at <= announced]
    return tally_of(before[-1] if before else told[0])


def _says(values: Mapping[str, int | None], station: SampleStationRow) -> bool:
    return all(values.get(name) == votes for name, votes in station.votes.items())


def _ever_taken_back(session: Session, station: SampleStationRow) -> bool:
    """Whether a tally of a station was; few ever are, so these events are soon gone through."""
    payload: Any = col(EventRow.payload)
    query = select(EventRow.seq).where(
        col(EventRow.kind) == "tally_withdrawn",
        payload["tps"].as_string() == station.tps,
        payload["contest"].as_string() == station.contest,
    )
    return session.exec(query.limit(1)).first() is not None


def _told(session: Session, station: SampleStationRow) -> Iterator[TallyRecord]:
    """What the history tells of the tallies of a station's version, in order."""
    payload: Any = col(EventRow.payload)
    events = session.exec(
        select(EventRow)
        .where(
            col(EventRow.kind) == "tally_made",
            payload["tps"].as_string() == station.tps,
            payload["contest"].as_string() == station.contest,
            payload["version"].as_integer() == station.version,
        )
        .order_by(col(EventRow.at_utc), col(EventRow.node), col(EventRow.seq))
    )
    for event in events:
        said = event.payload
        yield TallyRecord(
            contest=station.contest,
            tps=station.tps,
            version=station.version,
            node=event.node,
            form=said["form"],
            origin=said["origin"],
            body={key: said[key] for key in KEPT if key in said},
            made_at=event.at_utc,
        )
