"""The election, its contests and its polling stations."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime

import rfc8785
from sqlmodel import Session, col, func, select

from digitizer.domain.election import LEVEL_DIGITS, LEVELS, Contest, Election, Tps
from digitizer.errors import Conflict, NotFound
from digitizer.store.election_file import ElectionFile, read_election_file
from digitizer.store.events import append_event, lock_chain
from digitizer.store.tables import ContestFormRow, ContestRow, ElectionRow, TpsRow

__all__ = [
    "ElectionFile",
    "Wilayah",
    "contest_for_form",
    "contests",
    "get_contest",
    "get_election",
    "init_election",
    "list_tps",
    "list_wilayah",
    "read_election_file",
    "tps",
]


@dataclass(frozen=True, slots=True)
class Wilayah:
    """An area that has TPS: its code, its name and its level (see `domain.election.LEVELS`)."""

    code: str
    name: str
    level: str


def init_election(session: Session, file: ElectionFile, actor: str, now: datetime) -> Election:
    """Set the election up; the same file again changes nothing.

    Raises:
        Conflict: the store holds an election that differs.
    """
    lock_chain(session)
    if (kept := get_election(session)) is not None:
        if ElectionFile(kept, contests(session), list_tps(session)) != _sorted(file):
            raise Conflict(
                f"the store holds election {kept.id}, and the file differs from it",
                "use another data folder, or the file it was set up with",
            )
        return kept
    election = file.election
    session.add(ElectionRow(**asdict(election), created_at=now))
    session.flush()
    for place, contest in enumerate(file.contests):
        values = asdict(contest)
        forms = values.pop("form_ids")
        values["candidates"] = list(contest.candidates)
        session.add(ContestRow(**values, position=place))
        session.flush()
        for number, form in enumerate(forms):
            session.add(ContestFormRow(form=form, contest=contest.id, position=number))
    session.add_all(TpsRow(**asdict(station)) for station in file.tps)
    session.flush()
    payload = {
        "election": asdict(election),
        "contests": [contest.id for contest in file.contests],
        "tps": len(file.tps),
        "sha256": _sha256(_sorted(file)),
    }
    append_event(session, "election_created", payload, actor, now)
    return election


def get_election(session: Session) -> Election | None:
    """The election of this store, or None before `init_election`."""
    row = session.exec(select(ElectionRow)).one_or_none()
    return Election(row.id, row.title, row.zone, row.simulated) if row is not None else None


def contests(session: Session) -> tuple[Contest, ...]:
    """Every contest, in the order of the election file."""
    rows = session.exec(select(ContestRow).order_by(col(ContestRow.position)))
    return tuple(_contest(session, row) for row in rows.all())


def get_contest(session: Session, contest: str) -> Contest:
    """One contest by id.

    Raises:
        NotFound: there is none with this id.
    """
    row = session.get(ContestRow, contest)
    if row is None:
        raise NotFound(f"there is no contest {contest!r}", "choose one of the election")
    return _contest(session, row)


def contest_for_form(session: Session, form_id: str) -> Contest | None:
    """The contest that is written on this form, or None."""
    row = session.get(ContestFormRow, form_id)
    return get_contest(session, row.contest) if row is not None else None


def tps(session: Session, code: str) -> Tps | None:
    """One polling station by its 13-digit code, or None."""
    row = session.get(TpsRow, code)
    return _station(row) if row is not None else None


def list_tps(session: Session, wilayah: str = "") -> tuple[Tps, ...]:
    """Polling stations whose code begins with `wilayah`, by code."""
    query = select(TpsRow).where(col(TpsRow.code).startswith(wilayah, autoescape=True))
    return tuple(_station(row) for row in session.exec(query.order_by(col(TpsRow.code))))


def list_wilayah(session: Session, parent: str = "") -> tuple[Wilayah, ...]:
    """The areas one level below `parent` ("" for the provinces), by code.

    Raises:
        NotFound: `parent` is no code of a wilayah that has a level below it.
    """
    level = level_below(parent)
    code = func.substr(TpsRow.code, 1, LEVEL_DIGITS[level])
    name = {
        "provinsi": TpsRow.provinsi,
        "kabkota": TpsRow.kabkota,
        "kecamatan": TpsRow.kecamatan,
        "desa": TpsRow.desa,
        "tps": TpsRow.name,
    }[level]
    query = (
        select(code, func.min(name))
        .where(col(TpsRow.code).startswith(parent, autoescape=True))
        .group_by(code)
        .order_by(code)
    )
    return tuple(Wilayah(area, called, level) for area, called in session.exec(query))


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


def _contest(session: Session, row: ContestRow) -> Contest:
    forms = session.exec(
        select(ContestFormRow.form)
        .where(col(ContestFormRow.contest) == row.id)
        .order_by(col(ContestFormRow.position))
    )
    return Contest(
        id=row.id,
        election=row.election,
        round=row.round,
        office=row.office,
        title=row.title,
        area=row.area,
        candidates=tuple(row.candidates),
        form_ids=tuple(forms),
    )


def _station(row: TpsRow) -> Tps:
    return Tps(
        row.code, row.name, row.desa, row.kecamatan, row.kabkota, row.provinsi, row.registered
    )


def _sorted(file: ElectionFile) -> ElectionFile:
    stations = tuple(sorted(file.tps, key=lambda station: station.code))
    return ElectionFile(file.election, file.contests, stations)


def _sha256(file: ElectionFile) -> str:
    return hashlib.sha256(rfc8785.dumps(asdict(file))).hexdigest()
