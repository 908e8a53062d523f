"""Tallies of the list of a sample, as they were when it was announced.

A list says what was counted then. What was taken back since, because a photo was moved, is drawn
and keyed all the same; the history has every tally that was ever made.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sql
from sqlmodel import Session, col, select

from digitizer.domain.election import Contest
from digitizer.domain.tally import Tally
from digitizer.errors import NotFound
from digitizer.store.events import batched
from digitizer.store.sample_tables import SampleRow, SampleStationRow
from digitizer.store.tables import EventRow, TallyRecord
from digitizer.store.tallies import tally_of

AT_ONCE: Final = 500
FEW: Final = {"yield_per": AT_ONCE}

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


def unproven(session: Session, sample: str, rounds: Sequence[Contest]) -> str | None:
    """A TPS of the list of a sample of which no tally was ever made as the list has it, if any.

    Args:
        session: where it is.
        sample: whose list.
        rounds: of its office, the first one first; later ones may have been unknown to the list.
    """
    listed = col(SampleStationRow.sample) == sample
    of = SampleStationRow
    # Past the models, since a list of the country has 800,000.
    columns: tuple[Any, ...] = (of.tps, of.contest, of.version, of.numbers, of.votes)
    left: dict[str, Any] = {
        row.tps: row for row in session.execute(sql.select(*columns).where(listed))
    }
    names = {item.id for item in rounds}
    least = set(rounds[0].vote_fields)
    most = {name for item in rounds for name in item.vote_fields}
    for code, row in left.items():
        if row.contest not in names or not least <= row.votes.keys() <= most:
            return code
    same = (
        (col(TallyRecord.contest) == col(SampleStationRow.contest))
        & (col(TallyRecord.tps) == col(SampleStationRow.tps))
        & (col(TallyRecord.version) == col(SampleStationRow.version))
    )
    kept: Any = select(TallyRecord.tps, TallyRecord.body).join(SampleStationRow, same)
    for tps, body in session.execute(kept.where(listed), execution_options=FEW):
        if tps in left and _is_of(body, left[tps]):
            del left[tps]
    # The others were taken back since, or are of a node that made this version too.
    payload: Any = col(EventRow.payload)
    for some in batched(sorted(left), AT_ONCE):
        made: Any = select(EventRow.payload).where(
            col(EventRow.kind) == "tally_made", payload["tps"].as_string().in_(some)
        )
        for (said,) in session.execute(made, execution_options=FEW):
            station = left.get(said["tps"])
            if station is None or (said["contest"], said["version"]) != station[1:3]:
                continue
            if _is_of(said, station):
                del left[station.tps]
        if not left.keys().isdisjoint(some):
            break
    return min(left, default=None)


def _is_of(body: Mapping[str, Any], station: Any) -> bool:  # noqa: ANN401  # with its columns
    return len(body["as_written"]) == station.numbers and _says(body["values"], station)


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
