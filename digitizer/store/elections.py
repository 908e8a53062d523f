"""The election, its contests and its polling stations."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sql
from sqlmodel import Session, col, exists, select

from digitizer.domain.election import LEVEL_DIGITS, LEVELS, Contest, Election, Tps
from digitizer.domain.event import sha256_of
from digitizer.errors import Conflict, NotFound
from digitizer.store.columns import asked_for, begins_with, by_code_point
from digitizer.store.election_file import ElectionFile, differences, read_election_file
from digitizer.store.events import append_event, batched, list_events, lock_chain
from digitizer.store.recap_sums import add_expected, add_wilayah
from digitizer.store.recap_tables import WilayahRow
from digitizer.store.tables import (
    ContestFormRow,
    ContestRow,
    ContestTpsRow,
    ElectionRow,
    TpsRow,
)

SHOWN: Final = 20
"""So many differences are told."""

LISTED: Final = 1000
"""So many TPS are named by one event."""

__all__ = [
    "ElectionFile",
    "Wilayah",
    "add_contest",
    "contests",
    "election_seal",
    "get_contest",
    "get_election",
    "init_election",
    "list_tps",
    "list_wilayah",
    "read_election_file",
    "tps",
    "tps_of",
    "wilayah_names",
]


@dataclass(frozen=True, slots=True)
class Wilayah:
    """An area that has TPS: its code, its name and its level (see `domain.election.LEVELS`)."""

    code: str
    name: str
    level: str


def init_election(session: Session, file: ElectionFile, actor: str, now: datetime) -> Election:
    """Set the election up; the same file again changes nothing, whatever was ordered since.

    Raises:
        Conflict: the store holds an election that differs; it says in what.
    """
    lock_chain(session)
    if (kept := get_election(session)) is not None:
        first = tuple(item for item in contests(session) if item.repeats is None)
        found = list(differences(ElectionFile(kept, first, list_tps(session)), file))
        if found:
            more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
            raise Conflict(
                "\n".join(
                    [f"the store holds election {kept.id}, and the file differs from it:",
                     *found[:SHOWN], *more]
                ),
                "use another data folder, or the file it was set up with; "
                "a later round is added with `digitizer election order`",
            )  # fmt: skip
        return kept
    election = file.election
    session.add(ElectionRow(**asdict(election), created_at=now))
    session.flush()
    session.connection().execute(sql.insert(TpsRow), [asdict(station) for station in file.tps])
    add_wilayah(session)
    for place, contest in enumerate(file.contests):
        add_contest(session, contest, place)
        add_expected(session, contest, (station.code for station in file.tps))
    payload = {
        "election": asdict(election),
        "contests": [asdict(contest) for contest in file.contests],
        "tps": len(file.tps),
        "sha256": sha256_of(
            {
                "election": asdict(election),
                "contests": [asdict(contest) for contest in file.contests],
                "tps": [asdict(station) for station in sorted(file.tps, key=_code)],
            }
        ),
    }
    append_event(session, "election_created", payload, actor, now)
    for listed in batched(sorted(file.tps, key=_code), LISTED):
        stations = [asdict(station) for station in listed]
        append_event(session, "tps_listed", {"tps": stations}, actor, now)
    return election


def add_contest(session: Session, contest: Contest, position: int) -> None:
    """Keep a contest and the forms on which it is written."""
    values = asdict(contest)
    forms = values.pop("form_ids")
    values.pop("limited")
    values["candidates"] = list(contest.candidates)
    session.add(ContestRow(**values, position=position))
    session.flush()
    for number, form in enumerate(forms):
        session.add(ContestFormRow(form=form, contest=contest.id, position=number))
    session.flush()


def get_election(session: Session) -> Election | None:
    """The election of this store, or None before `init_election`."""
    row = session.exec(select(ElectionRow)).one_or_none()
    return Election(row.id, row.title, row.zone, row.simulated) if row is not None else None


def election_seal(session: Session) -> str:
    """The SHA-256, in hex, of what the election was set up with, as its event tells; "" without.

    Installations with the same seal run the same election.
    """
    event = next(iter(list_events(session, kind="election_created", limit=1)), None)
    return "" if event is None else str(event.payload["sha256"])


def contests(session: Session) -> tuple[Contest, ...]:
    """Every contest, in the order of the election file; those ordered later come last."""
    return _contests(session.exec(_contest_rows()))


def get_contest(session: Session, contest: str) -> Contest:
    """One contest by id.

    Raises:
        NotFound: there is none with this id.
    """
    found = _contests(session.exec(_contest_rows_by_id(), params={"contest": contest}))
    if not found:
        raise NotFound(f"there is no contest {contest!r}", "choose one of the election")
    return found[0]


def tps(session: Session, code: str) -> Tps | None:
    """One polling station by its 13-digit code, or None."""
    row = session.get(TpsRow, code)
    return _station(row) if row is not None else None


def tps_of(session: Session, codes: Sequence[str]) -> Mapping[str, Tps]:
    """Polling stations by their codes; one that is not there is left out."""
    query = select(TpsRow).where(col(TpsRow.code).in_(codes))
    return {row.code: _station(row) for row in session.exec(query)}


def list_tps(session: Session, wilayah: str = "") -> tuple[Tps, ...]:
    """Polling stations whose code begins with `wilayah`, by code."""
    query = select(TpsRow).where(begins_with(col(TpsRow.code), wilayah))
    return tuple(_station(row) for row in session.exec(query.order_by(col(TpsRow.code))))


def list_wilayah(session: Session, parent: str = "") -> tuple[Wilayah, ...]:
    """The areas one level below `parent` ("" for the provinces), by code.

    Raises:
        NotFound: `parent` is no code of a wilayah that has a level below it.
    """
    level = level_below(parent)
    if level == "tps":
        stations = list_tps(session, parent)
        return tuple(Wilayah(item.code, item.name, level) for item in stations)
    query = select(WilayahRow).where(col(WilayahRow.parent) == parent)
    rows = session.exec(query.order_by(col(WilayahRow.code)))
    return tuple(Wilayah(row.code, row.name, level) for row in rows)


def wilayah_names(session: Session, codes: Sequence[str]) -> Mapping[str, str]:
    """The names of places above the TPS, by code; one that has no TPS is left out."""
    query = select(WilayahRow.code, WilayahRow.name).where(col(WilayahRow.code).in_(codes))
    return dict(session.exec(query).all())


def level_below(wilayah: str) -> str:
    """The level of the areas that `wilayah` is made of.

    Raises:
        NotFound: it is no code of a wilayah, or a TPS, which has nothing below it.
    """
    above = [0, *(LEVEL_DIGITS[level] for level in LEVELS)]
    if len(wilayah) not in above[:-1] or (wilayah and not wilayah.isdigit()):
        raise NotFound(
            f"{wilayah!r} is no wilayah with others below it", "give 0, 2, 4, 6 or 10 digits"
        )
    return LEVELS[above.index(len(wilayah))]


_OfForm = tuple[ContestRow, str | None, bool]
"""A contest, one of its forms, and whether it is limited to some TPS."""


@cache
def _contest_rows() -> Any:  # noqa: ANN401  # columns of three tables
    """Each contest once for every form it has, in their orders."""
    limited = exists().where(col(ContestTpsRow.contest) == col(ContestRow.id))
    written = col(ContestFormRow.contest) == col(ContestRow.id)
    return (
        sql.select(ContestRow, col(ContestFormRow.form), limited)
        .join(ContestFormRow, written, isouter=True)
        .order_by(
            col(ContestRow.position), by_code_point(col(ContestRow.id)),
            col(ContestFormRow.position),
        )
    )  # fmt: skip


@cache
def _contest_rows_by_id() -> Any:  # noqa: ANN401  # as above
    return _contest_rows().where(col(ContestRow.id) == asked_for("contest"))


def _contests(rows: Iterable[_OfForm]) -> tuple[Contest, ...]:
    return tuple(_contest(written) for _, written in groupby(rows, key=lambda found: found[0].id))


def _contest(written: Iterable[_OfForm]) -> Contest:
    """A contest from its rows, one a form."""
    rows = list(written)
    row, _, limited = rows[0]
    return Contest(
        id=row.id,
        election=row.election,
        round=row.round,
        office=row.office,
        title=row.title,
        area=row.area,
        candidates=tuple(row.candidates),
        form_ids=tuple(form for _, form, _ in rows if form is not None),
        repeats=row.repeats,
        since=row.since,
        limited=limited,
    )


def _station(row: TpsRow) -> Tps:
    return Tps(
        row.code, row.name, row.desa, row.kecamatan, row.kabkota, row.provinsi, row.registered
    )


def _code(station: Tps) -> str:
    return station.code
