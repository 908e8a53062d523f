"""Ordering a later round of an office: a re-vote (PSU), often months after the election began.

An order only ever adds. What was counted in an earlier round stays in the history; from the order
on it no longer counts for the TPS that vote again, whether or not their new forms are in.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from digitizer.domain.election import NATIONAL, Contest, Election
from digitizer.errors import Conflict, SettingsError
from digitizer.store.election_file import shared_forms
from digitizer.store.elections import add_contest, contests, get_election, list_tps
from digitizer.store.events import append_event, lock_chain
from digitizer.store.order_file import OrderedRound, OrderFile
from digitizer.store.recap_keeping import move_to_round
from digitizer.store.recomparing import recompare
from digitizer.store.rounds import rounds_of
from digitizer.store.tables import ContestTpsRow


@dataclass(frozen=True, slots=True)
class Order:
    """One round as it was ordered.

    Attributes:
        tps: codes of the TPS that vote again, in order.
        is_new: whether this order added it, and no earlier one.
    """

    contest: Contest
    tps: tuple[str, ...]
    is_new: bool


def order_rounds(session: Session, file: OrderFile, actor: str, now: datetime) -> tuple[Order, ...]:
    """Add the later rounds of a file, all or none; those ordered before change nothing.

    Raises:
        Conflict: the store holds no such election, or a contest of this id that differs.
        SettingsError: the order does not fit the election; every fault is told.
    """
    lock_chain(session)
    election = get_election(session)
    if election is None or election.id != file.election:
        held = "no election" if election is None else f"election {election.id}"
        raise Conflict(
            f"{file.name} is for election {file.election}, and the store holds {held}",
            "set the election up first, or use its data folder",
        )
    orders: list[Order] = []
    faults: list[str] = []
    for item in file.rounds:
        known = (*contests(session), *(order.contest for order in orders if order.is_new))
        try:
            orders.append(_order(session, item, known, election, now))
        except ValueError as error:
            faults.append(f"{file.name}, contest {item.id}: {error}")
    if faults:
        raise SettingsError("\n".join(faults), "correct the file and load it again")
    for order in orders:
        if order.is_new:
            _keep(session, order, actor, now)
    return tuple(orders)


def tps_voting(session: Session, contest: Contest) -> tuple[str, ...]:
    """Codes of the TPS that vote in a contest, in order."""
    if contest.limited:
        query = select(ContestTpsRow.tps).where(col(ContestTpsRow.contest) == contest.id)
        return tuple(session.exec(query.order_by(col(ContestTpsRow.tps))))
    return tuple(station.code for station in list_tps(session, _prefix(contest.area)))


def _order(
    session: Session,
    item: OrderedRound,
    known: Sequence[Contest],
    election: Election,
    now: datetime,
) -> Order:
    """The round that a file orders, beside what is known.

    Raises:
        ValueError: it does not fit.
        Conflict: it was ordered before, and otherwise.
    """
    by_id = {contest.id: contest for contest in known}
    repeated = by_id.get(item.repeats)
    if repeated is None:
        raise ValueError(f"repeats: there is no contest {item.repeats!r}")
    kept = by_id.get(item.id)
    rounds = [other for other in known if other.office_id == repeated.office_id]
    if kept is not None:
        rounds = [other for other in rounds if other.round < kept.round]
    earlier = max(rounds, key=lambda other: other.round, default=repeated)
    contest = _contest(item, earlier, election, now)
    tps = _tps(session, item, contest.area)
    if kept is not None:
        _check_same(session, item, kept, contest, tps)
        return Order(kept, tps, is_new=False)
    if item.round != earlier.round + 1:
        raise ValueError(
            f"round: found {item.round}, needed {earlier.round + 1}, "
            f"since the latest round of this office is {earlier.round} ({earlier.id})"
        )
    for cause in shared_forms((*known, contest)):
        raise ValueError(f"form_ids: {cause}")
    return Order(contest, tps, is_new=True)


def _contest(item: OrderedRound, earlier: Contest, election: Election, now: datetime) -> Contest:
    """The contest that is ordered; what the file leaves out is as in the round before."""
    return replace(
        earlier,
        id=item.id,
        round=item.round,
        title=item.title or earlier.title,
        candidates=item.candidates or earlier.candidates,
        form_ids=item.form_ids or earlier.form_ids,
        repeats=earlier.office_id,
        since=now if item.since is None else begin_of(item.since, election.zone),
        limited=bool(item.codes),
    )


def begin_of(day: date, zone: str) -> datetime:
    """The first moment of a day in a time zone, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def _tps(session: Session, item: OrderedRound, area: str) -> tuple[str, ...]:
    """The TPS that an order names, each once, in order."""
    every = [station.code for station in list_tps(session, _prefix(area))]
    if not item.codes:
        return tuple(every)
    faults = list(_faults_of(item.codes, every, area))
    if faults:
        raise ValueError("; ".join(faults))
    return tuple(code for code in every if code.startswith(item.codes))


def _faults_of(codes: Sequence[str], every: Sequence[str], area: str) -> Iterator[str]:
    for code, times in Counter(codes).items():
        if times > 1:
            yield f"tps: {code} is given {times} times"
        if len(code) not in (2, 4, 6, 10, 13) or not (code.isascii() and code.isdigit()):
            yield f"tps: {code!r} is no code of 2, 4, 6, 10 or 13 digits"
        elif not any(station.startswith(code) for station in every):
            yield f"tps: {code} is no TPS of area {area}, nor a wilayah with one"


def _check_same(
    session: Session, item: OrderedRound, kept: Contest, contest: Contest, tps: Sequence[str]
) -> None:
    """Whether what was ordered before is what the file says.

    Raises:
        Conflict: it is not.
    """
    # The moment of an order is not in its file.
    since = kept.since if item.since is None else contest.since
    wanted = asdict(replace(contest, since=since)) | {"tps": tuple(tps)}
    found = asdict(kept) | {"tps": tps_voting(session, kept)}
    differing = [key for key in wanted if wanted[key] != found[key]]
    if differing:
        raise Conflict(
            f"there is a contest {kept.id} already, and the file differs from it in "
            + ", ".join(differing),
            "an order is never changed; give the next round an id of its own",
        )


def _keep(session: Session, order: Order, actor: str, now: datetime) -> None:
    contest = order.contest
    position = len(contests(session))
    add_contest(session, contest, position)
    if contest.limited:
        session.add_all(ContestTpsRow(contest=contest.id, tps=code) for code in order.tps)
        session.flush()
    fact = asdict(contest)
    fact["since"] = (contest.since or now).isoformat()
    fact |= {"position": position, "tps": list(order.tps)}
    append_event(session, "round_ordered", fact, actor, now)
    move_to_round(session, contest, order.tps)
    recompare(session, rounds_of(session, contest))


def _prefix(area: str) -> str:
    return "" if area == NATIONAL else area
