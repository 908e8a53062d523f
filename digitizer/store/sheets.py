"""Sheets: the settled state of one form of one TPS, and the queue of all work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import Session

from digitizer.domain.election import Tps
from digitizer.domain.triage import Verdict

State = Literal[
    "disputed",
    "doubtful",
    "new_photo",
    "needs_reader",
    "clear",
    "unassigned",
    "unreadable",
    "waiting",
    "verified",
]
"""In the order of the queue. Sheets: disputed, doubtful, new_photo (a photo came after the
verification), needs_reader (another person must read it), clear, verified. Single uploads:
unassigned (no TPS, or no contest has its form), unreadable, waiting (not read yet)."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A cache of what `settle` made of the readings; it can be rebuilt from the facts.

    Attributes:
        readings: ids of the readings it was settled from, for `Verification.readings`.
        photos: sha256 of their photos.
        values: JSON values as the reading job settled them.
        version: of the latest tally of the TPS and contest, 0 when there is none.
    """

    contest: str
    tps: str
    form: str
    state: State
    verdict: Verdict
    readings: tuple[str, ...]
    photos: tuple[str, ...]
    values: Mapping[str, object]
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue: a sheet, or an upload that belongs to no sheet (yet).

    Attributes:
        upload, photo: of a single upload, None for a sheet.
        verdict: of a sheet, or `Unreadable`; None while waiting.
        note: why an upload is unassigned, in English.
        at: since when it waits (a sheet: its oldest photo).
    """

    state: State
    at: datetime
    contest: str | None
    tps: Tps | None
    form: str | None
    upload: str | None
    photo: str | None
    file_name: str
    verdict: Verdict | None
    note: str


def save_sheet(
    session: Session,
    contest: str,
    tps: str,
    form: str,
    verdict: Verdict,
    values_json: Mapping[str, object],
    now: datetime,
) -> Sheet:
    """Keep the settled state of a form, in place of the state before."""
    raise NotImplementedError


def drop_sheet(session: Session, contest: str, tps: str, form: str) -> None:
    """Forget the cached state of a form to which no photo belongs any more."""
    raise NotImplementedError


def sheet(session: Session, contest: str, tps: str, form: str) -> Sheet | None:
    """The settled state of one form, or None when no photo of it was settled."""
    raise NotImplementedError


def uploaders(session: Session, contest: str, tps: str, form: str) -> frozenset[str]:
    """Ids of the accounts that sent a photo of this form; none of them may review it."""
    raise NotImplementedError


def queue(
    session: Session, *, state: State | None = None, limit: int = 50, offset: int = 0
) -> tuple[QueueRow, ...]:
    """Everything that was uploaded, in the order of `State` and oldest first."""
    raise NotImplementedError


def queue_counts(session: Session) -> Mapping[State, int]:
    """How many rows the queue has of each state; every state is a key."""
    raise NotImplementedError


def next_sheet(session: Session, reviewer: str) -> Sheet | None:
    """The first sheet this account may review: no photo of it is theirs, nor an earlier reading."""
    raise NotImplementedError
