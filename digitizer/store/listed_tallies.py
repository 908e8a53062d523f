"""Tallies of the list of a sample, as they were when it was announced.

A list says what was counted then. What was taken back since, because a photo was moved, is drawn
and keyed all the same; the history has every tally that was ever made.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sql
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from digitizer.domain.election import Contest
from digitizer.domain.sampling import population_line
from digitizer.domain.tally import Tally
from digitizer.errors import NotFound
from digitizer.store.columns import Json
from digitizer.store.events import batched
from digitizer.store.recap_sums import batches
from digitizer.store.sample_tables import SampleRow, SampleStationRow
from digitizer.store.tables import EventRow, TallyRecord
from digitizer.store.tallies import Counted, tally_of

AT_ONCE: Final = 500
FEW: Final = {"yield_per": AT_ONCE}

KEPT = ("values", "as_written", "verifications", "photos", "checks", "beside", "decided")


def write_list(
    session: Session, sample: str, tallies: Iterable[Counted], fields: Sequence[str]
) -> tuple[int, str]:
    """Write the list of a sample; gives how many are on it, and its SHA-256 (`population_hash`).

    Args:
        session: where it goes.
        sample: whose list.
        tallies: that are listed, by the codes of their TPS, as `population_text` has them.
        fields: of the votes.
    """
    population, fingerprint = 0, hashlib.sha256()
    rows: Iterator[dict[str, Any]] = (
        {
            "sample": sample,
            "tps": item.tps,
            "contest": item.contest,
            "version": item.version,
            "numbers": len(item.as_written),
            "votes": {name: item.values.get(name) for name in fields},
        }
        for item in tallies
    )
    for some in batches(rows):
        session.connection().execute(sql.insert(SampleStationRow), some)
        lines = (population_line(row["tps"], row["contest"], row["version"]) for row in some)
        fingerprint.update("".join(lines).encode())
        population += len(some)
    return population, fingerprint.hexdigest()


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
    kept: Any = select(TallyRecord.tps, TallyRecord.body).join(SampleStationRow, _same())
    for tps, body in session.execute(kept.where(listed), execution_options=FEW):
        if tps in left and _is_of(body, left[tps]):
            del left[tps]
    # The others were taken back since, or are of a node that made this version too.
    for some in batched(sorted(left), AT_ONCE):
        for said in _made_at(session, some):
            station = left.get(said["tps"])
            if station is None or (said["contest"], said["version"]) != station[1:3]:
                continue
            if _is_of(said, station):
                del left[station.tps]
        if not left.keys().isdisjoint(some):
            break
    return min(left, default=None)


def most_boxes(session: Session, sample: str, fields: Sequence[str]) -> int:
    """How many boxes any of these numbers has in a tally of the list of a sample; 0 without any.

    It never changes but by a merge: what was taken back since is asked of the history, and what
    was made since is not of the list.
    """
    announced = session.get_one(SampleRow, sample).at
    of, listed = SampleStationRow, col(SampleStationRow.sample) == sample
    same = _same() & (col(TallyRecord.made_at) <= announced)
    body: Any = col(TallyRecord.body)
    lengths = (sql.func.length(body["as_written", name].as_string()) for name in fields)
    kept: Any = sql.select(*(sql.func.max(length) for length in lengths)).select_from(of)
    found = session.execute(kept.join(TallyRecord, same).where(listed)).one()
    most = max((boxes or 0 for boxes in found), default=0)
    columns: tuple[Any, ...] = (of.tps, of.contest, of.version)
    gone = sql.select(*columns).where(listed, ~sql.exists().where(same))
    left = {row.tps: (row.contest, row.version) for row in session.execute(gone)}
    for some in batched(sorted(left), AT_ONCE):
        for said in _made_at(session, some, col(EventRow.at_utc) <= announced):
            if (said["contest"], said["version"]) == left[said["tps"]]:
                most = max(most, *(len(said["as_written"].get(name, "")) for name in fields))
    return most


def _same() -> ColumnElement[bool]:
    """Whether a row of `tally` is of the place and version of one of the list."""
    return (
        (col(TallyRecord.contest) == col(SampleStationRow.contest))
        & (col(TallyRecord.tps) == col(SampleStationRow.tps))
        & (col(TallyRecord.version) == col(SampleStationRow.version))
    )


def _made_at(session: Session, codes: Sequence[str], *where: ColumnElement[bool]) -> Iterator[Json]:
    """What the history tells of every tally of these TPS."""
    payload: Any = col(EventRow.payload)
    made: Any = select(EventRow.payload).where(
        col(EventRow.kind) == "tally_made", payload["tps"].as_string().in_(codes), *where
    )
    for (said,) in session.execute(made, execution_options=FEW):
        yield said


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
