"""The election, its contests and its polling stations."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from digitizer.domain.election import Contest, Election, Tps


@dataclass(frozen=True, slots=True)
class ElectionFile:
    """An election as its file describes it."""

    election: Election
    contests: tuple[Contest, ...]
    tps: tuple[Tps, ...]


@dataclass(frozen=True, slots=True)
class Wilayah:
    """An area that has TPS: its code, its name and its level (see `domain.election.LEVELS`)."""

    code: str
    name: str
    level: str


def read_election_file(path: Path) -> ElectionFile:
    """Read an election from a TOML file and the CSV of TPS it names.

    Raises:
        SettingsError: with every fault found: file, key or line, and cause.
    """
    raise NotImplementedError


def init_election(session: Session, file: ElectionFile, actor: str, now: datetime) -> Election:
    """Set the election up; the same file again changes nothing.

    Raises:
        Conflict: the store holds an election that differs.
    """
    raise NotImplementedError


def get_election(session: Session) -> Election | None:
    """The election of this store, or None before `init_election`."""
    raise NotImplementedError


def contests(session: Session) -> tuple[Contest, ...]:
    """Every contest, in the order of the election file."""
    raise NotImplementedError


def get_contest(session: Session, contest: str) -> Contest:
    """One contest by id.

    Raises:
        NotFound: there is none with this id.
    """
    raise NotImplementedError


def contest_for_form(session: Session, form_id: str) -> Contest | None:
    """The contest that is written on this form, or None."""
    raise NotImplementedError


def tps(session: Session, code: str) -> Tps | None:
    """One polling station by its 13-digit code, or None."""
    raise NotImplementedError


def list_tps(session: Session, wilayah: str = "") -> tuple[Tps, ...]:
    """Polling stations whose code begins with `wilayah`, by code."""
    raise NotImplementedError


def list_wilayah(session: Session, parent: str = "") -> tuple[Wilayah, ...]:
    """The areas one level below `parent` ("" for the provinces), by code."""
    raise NotImplementedError
