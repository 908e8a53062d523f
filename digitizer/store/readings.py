"""What the machine read on each photo, kept once and for ever."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from digitizer.domain.reading import PageReading
from digitizer.domain.triage import Unreadable


@dataclass(frozen=True, slots=True)
class StoredReading:
    """A reading, or the problem of an unreadable photo: exactly one of them is set.

    Attributes:
        blobs: sha256 of the pictures made with it: "public", "page", "header", "crop/<field>".
        seconds: how long it took.
    """

    id: str
    photo: str
    reading: PageReading | None
    problem: Unreadable | None
    blobs: Mapping[str, str]
    seconds: float
    at: datetime


def save_reading(
    session: Session,
    photo: str,
    reading: PageReading | None,
    problem: Unreadable | None,
    blobs: Mapping[str, str],
    seconds: float,
    now: datetime,
) -> str:
    """Keep what became of a photo and return the id of the reading.

    The same photo read by the same model with the same form version gives the first id and no
    second event, so that a job may run twice.

    Raises:
        NotFound: no photo with this sha256 was uploaded.
    """
    raise NotImplementedError


def reading_of(session: Session, photo: str) -> StoredReading | None:
    """What counts for a photo: its latest reading, else its problem, else None (not read yet)."""
    raise NotImplementedError


def get_reading(session: Session, reading_id: str) -> StoredReading:
    """One reading by id.

    Raises:
        NotFound: there is none with this id.
    """
    raise NotImplementedError


def readings_for(session: Session, contest: str, tps: str, form: str) -> tuple[StoredReading, ...]:
    """The readings that belong to one form of one TPS, one a photo, oldest upload first."""
    raise NotImplementedError
