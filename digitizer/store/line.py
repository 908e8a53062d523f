"""The line of photos to be read: joined with an upload, left with its reading.

A job is at the hand of one worker at a time. When that worker gives no sign for `SILENCE` its jobs
go back to the line; should it come back all the same, reading twice leaves what reading once does.
What waits longest is next. A photo of many that were sent at once stands further back the more of
them stand before it, one a second, so that a folder of thousands keeps nobody waiting who sends one
photo, and is itself never passed by for ever.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sql
from sqlmodel import Session, col, delete, func, select, update

from digitizer.store.job_tables import JobRow
from digitizer.store.tables import ReadingRow, SingleUploadRow, UploadRow

STEP: Final = timedelta(seconds=1)
"""Between the places of photos that were sent together."""

TRIES: Final = 3
"""A photo that costs so many workers their lives, or ends so often by a fault of ours, is set
aside."""

FIRST_PAUSE: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(minutes=10)
"""The wait after a first error; it doubles with each until the longest."""


@dataclass(frozen=True, slots=True)
class Job:
    """A photo to be read, as a worker gets it.

    Attributes:
        lost: workers that died with it.
        failed: how often it ended by an error.
        again: read it though it was found unreadable before.
    """

    upload: str
    lost: int
    failed: int
    again: bool


@dataclass(frozen=True, slots=True)
class LineState:
    """The line at a moment.

    Attributes:
        waiting: jobs at nobody's hand, those included that wait after an error.
        at_hand: jobs at the hand of workers.
        failing: jobs that ended by an error and will be tried again.
        reason: of the latest of them, in English.
    """

    waiting: int
    at_hand: int
    failing: int
    reason: str


def join_line(session: Session, upload: str, now: datetime, *, behind: int = 0) -> None:
    """Add the job of an upload, in the transaction that accepts it.

    `behind` is how many photos that were sent together with it stand before it.
    """
    session.add(JobRow(upload=upload, place=now + behind * STEP))
    session.flush()


def join_again(session: Session, upload: str, now: datetime) -> bool:
    """Have the photo of an upload read once more; False when it waits to be read already.

    Then its job does so: also one that is at hand is done again where it began before.
    """
    if _ask_again(session, upload):
        return False
    session.add(JobRow(upload=upload, place=now, again=True))
    session.flush()
    return True


def in_line(session: Session, upload: str) -> bool:
    """Whether the photo of an upload waits to be read or is being read."""
    return session.get(JobRow, upload) is not None


def waiting_among(session: Session, uploads: Collection[str]) -> frozenset[str]:
    """Those of these uploads whose photo waits to be read or is being read."""
    return frozenset(session.exec(select(JobRow.upload).where(col(JobRow.upload).in_(uploads))))


def has_work(session: Session, now: datetime) -> bool:
    """Whether any job could be begun now."""
    return session.exec(select(JobRow.upload).where(_ready(now)).limit(1)).first() is not None


def take_jobs(session: Session, worker: str, free: int, now: datetime) -> tuple[Job, ...]:
    """Take the next jobs in hand, at most `free`; the caller commits.

    A job that was lost with a worker is not among them: see `take_suspect`.
    """
    query = (
        select(JobRow)
        .where(_ready(now), col(JobRow.lost) == 0)
        .order_by(col(JobRow.place), col(JobRow.upload))
        .limit(free)
        .with_for_update(skip_locked=True)
    )
    return _taken(session, worker, session.exec(query).all())


def has_suspect(session: Session, now: datetime) -> bool:
    """Whether a job waits that a worker died with."""
    query = select(JobRow.upload).where(_ready(now), col(JobRow.lost) > 0).limit(1)
    return session.exec(query).first() is not None


def take_suspect(session: Session, worker: str, now: datetime) -> tuple[Job, ...]:
    """Take one job in hand that a worker died with, for a worker that has nothing else at hand.

    So the blame falls on the photo that earns it, not on those that were read beside it.
    """
    query = (
        select(JobRow)
        .where(_ready(now), col(JobRow.lost) > 0)
        .order_by(col(JobRow.place), col(JobRow.upload))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return _taken(session, worker, session.exec(query).all())


def leave_line(session: Session, upload: str, *, again: bool = True) -> None:
    """The job is done, whoever did it; the caller commits it with what was done.

    One that was begun without being asked to read `again` goes back to the line where it is now.
    """
    done = col(JobRow.upload) == upload
    if not again:
        # In one statement, since whoever asks does not wait for it.
        done &= ~col(JobRow.again)
    if session.exec(delete(JobRow).where(done)).rowcount == 0:
        session.exec(update(JobRow).where(col(JobRow.upload) == upload).values(worker=None))


def begin_again(session: Session, upload: str, now: datetime) -> None:
    """A job was begun with what holds no longer: it goes back to the line to be done once more."""
    if _ask_again(session, upload, worker=None):
        return
    session.add(JobRow(upload=upload, place=now, again=True))
    session.flush()


def put_back(session: Session, job: Job, worker: str, reason: str, now: datetime) -> None:
    """A job ended by an error: it is tried again later, unless another worker has it by now."""
    pause = min(FIRST_PAUSE * (1 << min(job.failed, 16)), LONGEST_PAUSE)
    session.exec(
        update(JobRow)
        .where(col(JobRow.upload) == job.upload, col(JobRow.worker) == worker)
        .values(worker=None, due=now + pause, failed=job.failed + 1, reason=reason)
    )


def give_back(session: Session, worker: str, *, but: Collection[str] = ()) -> int:
    """A worker gives back what it does not do, all `but` these; gives how many.

    No photo is to blame for it.
    """
    mine = (col(JobRow.worker) == worker) & col(JobRow.upload).not_in(but)
    found = session.exec(update(JobRow).where(mine).values(worker=None))
    return found.rowcount


def take_back(session: Session, worker: str, reason: str) -> int:
    """The jobs of a dead worker go back to the line, each with a death to its name."""
    theirs = col(JobRow.worker) == worker
    lost = update(JobRow).where(theirs).values(worker=None, lost=JobRow.lost + 1, reason=reason)
    found = session.exec(lost)
    return found.rowcount


def renew(session: Session) -> None:
    """What waits after an error is tried again at once."""
    session.exec(update(JobRow).where(col(JobRow.failed) > 0).values(due=None, failed=0))


def unfinished(session: Session) -> int:
    """Jobs that are at hand or will soon be: all but those that failed `TRIES` times."""
    waits = col(JobRow.worker).is_not(None) | (col(JobRow.failed) < TRIES)
    return session.exec(select(func.count()).select_from(JobRow).where(waits)).one()


def line_length(session: Session) -> int:
    """How many photos wait or are being read."""
    return session.exec(select(func.count()).select_from(JobRow)).one()


def line_state(session: Session) -> LineState:
    """The line as it is now."""
    at_hand, failing = col(JobRow.worker).is_not(None), col(JobRow.failed) > 0
    counts: Any = select(
        func.count(), func.count().filter(at_hand), func.count().filter(failing)
    ).select_from(JobRow)
    whole, held, erring = session.exec(counts).one()
    latest = select(JobRow.reason).where(failing).order_by(col(JobRow.due).desc()).limit(1)
    return LineState(whole - held, held, erring, session.exec(latest).first() or "")


def rejoin(session: Session) -> int:
    """A job for every upload that has none, and is not read or not settled; gives how many.

    None is there but where uploads came in by another way than `join_line`, or the line was lost:
    a backup has none.
    """
    read = sql.exists().where(col(ReadingRow.photo) == col(UploadRow.photo))
    waits = sql.exists().where(
        col(SingleUploadRow.upload) == col(UploadRow.id), col(SingleUploadRow.state) == "waiting"
    )
    known = sql.exists().where(col(JobRow.upload) == col(UploadRow.id))
    lost = session.exec(select(UploadRow.id, UploadRow.at).where(~read | waits, ~known)).all()
    session.add_all(JobRow(upload=upload, place=at) for upload, at in lost)
    session.flush()
    return len(lost)


def _ask_again(session: Session, upload: str, **values: None) -> bool:
    """Have the job of an upload, if there is one, read its photo again; gives whether there is."""
    job = col(JobRow.upload) == upload
    return session.exec(update(JobRow).where(job).values(again=True, **values)).rowcount > 0


def _ready(now: datetime) -> sql.ColumnElement[bool]:
    due = col(JobRow.due).is_(None) | (col(JobRow.due) <= now)
    return col(JobRow.worker).is_(None) & due


def _taken(session: Session, worker: str, rows: Sequence[JobRow]) -> tuple[Job, ...]:
    jobs = tuple(Job(row.upload, row.lost, row.failed, row.again) for row in rows)
    for row in rows:
        row.worker = worker
        session.add(row)
    session.flush()
    return jobs
