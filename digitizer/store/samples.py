"""Samples of verified stations, announced and then drawn by a public lot.

    announce(...)   fixes the list of verified tallies, and how many are drawn
    draw(...)       draws them by a seed that was thrown afterwards

What becomes of those that were drawn: `store.sample_keying`, and what follows from that:
`store.certificates`. Nothing of it changes a tally.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from digitizer.domain.election import Contest
from digitizer.domain.sampling import lot, population_text
from digitizer.errors import Conflict, DigitizerError, NotFound
from digitizer.store.elections import get_contest
from digitizer.store.events import append_event, lock_chain
from digitizer.store.listed_tallies import tally_listed, write_list
from digitizer.store.recaps import recap_of
from digitizer.store.rounds import counting_contest, rounds_of
from digitizer.store.sample_tables import (
    SampleDrawRow,
    SampleItemRow,
    SampleRow,
    SampleStationRow,
)
from digitizer.store.tables import TallyRecord
from digitizer.store.tallies import Counted, counting, stream_counting
from digitizer.store.withdrawals import GRACE, SECONDS

LEAST_SEED: Final = 16
MOST_SEED: Final = 200


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample, as far as it has come.

    Attributes:
        contest: the first round of its office.
        number: how many samples of this office were known where it was announced, and itself.
        population, population_sha256: of the list (`domain.sampling.population_hash`).
        seed, drawn_at: None until it was drawn.
        node: the installation that announced it; it alone draws it and keys it.
    """

    id: str
    contest: str
    number: int
    size: int
    population: int
    population_sha256: str
    at: datetime
    seed: str | None
    drawn_at: datetime | None
    node: str


def announce(session: Session, contest: str, size: int, *, account: str, now: datetime) -> Sample:
    """Fix the verified tallies of an office as a list, and how many of them are drawn.

    Raises:
        NotFound: there is no such contest.
        Conflict: fewer are verified than are to be drawn, or an announced sample was not drawn yet.
    """
    here = lock_chain(session)
    rounds = rounds_of(session, get_contest(session, contest))
    first = rounds[0]
    earlier = samples_of(session, first.id)
    if any(item.seed is None and item.node == here for item in earlier):
        raise Conflict("a sample of this office is announced and not drawn", "draw it first")
    row = SampleRow(
        contest=first.id,
        number=len(earlier) + 1,
        size=size,
        population=0,
        population_sha256="",
        account=account,
        at=now,
        node=here,
    )
    # Gone through once: how many they are is known when they are written. What is refused then
    # leaves nothing behind.
    with session.begin_nested():
        session.add(row)
        session.flush()
        row.population, row.population_sha256 = write_list(
            session, row.id, _verified(session, rounds, now), vote_fields(rounds)
        )
        if not 0 < size <= row.population:
            raise Conflict(
                f"{size} stations are to be drawn of {row.population} verified ones",
                f"give a number from 1 to {row.population}"
                if row.population
                else "verify some first",
            )
    payload = {
        "sample": row.id,
        "contest": first.id,
        "number": row.number,
        "size": size,
        "population": row.population,
        "population_sha256": row.population_sha256,
    }
    append_event(session, "sample_announced", payload, account, now)
    return get_sample(session, row.id)


def draw(session: Session, sample: str, seed: str, *, account: str, now: datetime) -> Sample:
    """Draw an announced sample by a seed that nobody could know when it was announced.

    Raises:
        NotFound: there is no such sample.
        Conflict: it was drawn already, or announced on another installation.
        DigitizerError: the seed is too short or too long to be one.
    """
    found = own_sample(session, sample)
    if found.seed is not None:
        raise Conflict("this sample was drawn already", "announce another one")
    if not LEAST_SEED <= len(seed) <= MOST_SEED or not seed.isprintable():
        raise DigitizerError(
            f"the seed has {len(seed)} characters, needed {LEAST_SEED} to {MOST_SEED}",
            "throw a die twenty times in public and write down what it shows",
            code="bad_request",
        )
    codes = select(SampleStationRow.tps).where(col(SampleStationRow.sample) == sample)
    drawn = lot(seed, session.exec(codes), found.size)
    session.add(SampleDrawRow(sample=sample, seed=seed, account=account, at=now))
    stations = []
    for position, code in enumerate(drawn, start=1):
        station = session.get_one(SampleStationRow, (sample, code))
        stations.append([code, station.contest, station.version])
        tally = tally_listed(session, sample, code)
        session.add(
            SampleItemRow(
                sample=sample,
                tps=code,
                position=position,
                contest=station.contest,
                version=station.version,
                form=tally.form,
                tally={
                    "as_written": dict(tally.as_written),
                    "photos": list(tally.photos),
                    "verifications": list(tally.verifications),
                },
            )
        )
    session.flush()
    payload = {"sample": sample, "seed": seed, "stations": stations}
    append_event(session, "sample_drawn", payload, account, now)
    return get_sample(session, sample)


def get_sample(session: Session, sample: str) -> Sample:
    """One sample.

    Raises:
        NotFound: there is none with this id.
    """
    row = session.get(SampleRow, sample)
    if row is None:
        raise NotFound(f"there is no sample {sample!r}", "open it from the certificates")
    return _sample(row, session.get(SampleDrawRow, sample))


def own_sample(session: Session, sample: str) -> Sample:
    """A sample that this installation announced, with the chain locked.

    Raises:
        NotFound: there is none with this id.
        Conflict: another installation announced it.
    """
    here = lock_chain(session)
    found = get_sample(session, sample)
    if found.node != here:
        raise Conflict(
            f"sample {sample} was announced on another installation",
            "draw it and key it there, and merge again",
        )
    return found


def samples_of(session: Session, contest: str) -> tuple[Sample, ...]:
    """Every sample of the office of a contest, the first one first.

    Raises:
        NotFound: there is no such contest.
    """
    first = rounds_of(session, get_contest(session, contest))[0]
    query = (
        select(SampleRow, SampleDrawRow)
        .join(SampleDrawRow, col(SampleDrawRow.sample) == col(SampleRow.id), isouter=True)
        .where(col(SampleRow.contest) == first.id)
        .order_by(col(SampleRow.number), col(SampleRow.at), col(SampleRow.id))
    )
    return tuple(_sample(row, drawn) for row, drawn in session.exec(query))


def listed(session: Session, sample: str) -> str:
    """The list of a sample, as its SHA-256 was announced.

    Raises:
        NotFound: there is no such sample.
    """
    get_sample(session, sample)
    query = select(SampleStationRow.tps, SampleStationRow.contest, SampleStationRow.version)
    return population_text(session.exec(query.where(col(SampleStationRow.sample) == sample)))


def vote_fields(rounds: Sequence[Contest]) -> tuple[str, ...]:
    """The fields of the votes of an office: as many as its round with the most candidates has."""
    return max((item.vote_fields for item in rounds), key=len)


def settled_before(now: datetime) -> datetime:
    """Until when a tally must have been made that nobody can take back any more."""
    return now - timedelta(seconds=SECONDS + GRACE)


def verified_count(session: Session, contest: str, now: datetime) -> int:
    """How many stations a sample that is announced now could draw from.

    Raises:
        NotFound: there is no such contest.
    """
    rounds = rounds_of(session, get_contest(session, contest))
    # All that count, as the recap knows, less the few that are too young to be drawn.
    young = counting(session, _in_force(rounds), col(TallyRecord.made_at) >= settled_before(now))
    return recap_of(session, contest).counted - len(young)


def _verified(session: Session, rounds: Sequence[Contest], now: datetime) -> Iterator[Counted]:
    """The tallies that can be listed, in the order of `population_text`: one a TPS, by its code."""
    lasting = _lasting(rounds, now)
    of_each = (stream_counting(session, item.id, *lasting) for item in rounds)
    return heapq.merge(*of_each, key=attrgetter("tps"))


def _lasting(rounds: Sequence[Contest], now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (_in_force(rounds), col(TallyRecord.made_at) < settled_before(now))


def _in_force(rounds: Sequence[Contest]) -> ColumnElement[bool]:
    """Whether the tally of a row is of the round that counts at its TPS."""
    return col(TallyRecord.contest) == counting_contest(rounds, col(TallyRecord.tps))


def _sample(row: SampleRow, drawn: SampleDrawRow | None) -> Sample:
    return Sample(
        id=row.id,
        contest=row.contest,
        number=row.number,
        size=row.size,
        population=row.population,
        population_sha256=row.population_sha256,
        at=row.at,
        seed=drawn.seed if drawn else None,
        drawn_at=drawn.at if drawn else None,
        node=row.node,
    )
