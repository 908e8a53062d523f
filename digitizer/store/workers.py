"""Workers: the processes that read photos, each with its last sign of life."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sql
from sqlmodel import Session, col, delete, func, select

from digitizer.store.job_tables import JobRow, WorkerRow
from digitizer.store.line import give_back, take_back

SILENCE: Final = timedelta(seconds=60)
"""A worker that gave no sign for so long is taken for dead: six signs were missed."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker as the others see it.

    Attributes:
        machine: name of its machine.
        version: of the program.
        sign: when it last gave a sign of life.
        at_hand: photos that it reads now.
        silent: whether it is taken for dead.
    """

    id: str
    machine: str
    version: str
    started: datetime
    sign: datetime
    at_hand: int
    silent: bool


def clock(session: Session) -> datetime:
    """The time of the database, which workers on machines whose clocks differ have in common."""
    if session.get_bind().dialect.name == "postgresql":
        asked = session.connection().execute(sql.text("SELECT clock_timestamp()"))
        moment: datetime = asked.scalar_one()
        return moment.astimezone(UTC)
    return datetime.now(UTC)


def begin_work(session: Session, worker: str, machine: str, version: str) -> int:
    """Enter a worker that starts; what a dead process of its name had at hand goes back first.

    Gives how many jobs those were.
    """
    back = take_back(session, worker, "the worker died and was started again")
    _enter(session, worker, machine, version)
    return back


def give_sign(session: Session, worker: str, machine: str, version: str) -> None:
    """Say that a worker lives; one that was taken for dead meanwhile enters again.

    Nobody takes it for dead until this transaction ends.
    """
    mine = col(WorkerRow.id) == worker
    row = session.exec(select(WorkerRow).where(mine).with_for_update()).one_or_none()
    if row is None:
        _enter(session, worker, machine, version)
        return
    row.sign = clock(session)
    session.add(row)
    session.flush()


def end_work(session: Session, worker: str) -> int:
    """A worker stops; gives how many jobs it gave back."""
    session.exec(delete(WorkerRow).where(col(WorkerRow.id) == worker))
    return give_back(session, worker)


def dead_workers(session: Session, seen: Collection[str]) -> tuple[str, ...]:
    """Workers that are `seen` to be dead, or were silent for too long."""
    return tuple(session.exec(select(WorkerRow.id).where(_dead(session, seen))).all())


def bury(session: Session, workers: Collection[str], seen: Collection[str]) -> int:
    """Put the jobs of dead workers back in the line; gives how many those are.

    One that has given a sign meanwhile lives, unless it is among those `seen` to be dead: the
    kernel has let go of their locks.
    """
    named = col(WorkerRow.id).in_(workers) & _dead(session, seen)
    back = 0
    for row in session.exec(select(WorkerRow).where(named).with_for_update()).all():
        back += take_back(session, row.id, f"worker {row.id} gave no sign of life any more")
        session.delete(row)
    session.flush()
    return back


def list_workers(session: Session) -> tuple[Worker, ...]:
    """Every worker that has not stopped, by machine and id."""
    held: Mapping[str | None, int] = dict(
        session.exec(
            select(JobRow.worker, func.count())
            .where(col(JobRow.worker).is_not(None))
            .group_by(col(JobRow.worker))
        ).all()
    )
    late = clock(session) - SILENCE
    rows = session.exec(select(WorkerRow).order_by(col(WorkerRow.machine), col(WorkerRow.id)))
    return tuple(
        Worker(
            row.id, row.machine, row.version, row.started, row.sign,
            held.get(row.id, 0), row.sign < late,
        )
        for row in rows
    )  # fmt: skip


def _enter(session: Session, worker: str, machine: str, version: str) -> None:
    now = clock(session)
    row = session.get(WorkerRow, worker)
    if row is None:
        row = WorkerRow(id=worker, machine=machine, version=version, started=now, sign=now)
    row.machine, row.version, row.started, row.sign = machine, version, now, now
    session.add(row)
    session.flush()


def _dead(session: Session, seen: Collection[str]) -> sql.ColumnElement[bool]:
    late = col(WorkerRow.sign) < clock(session) - SILENCE
    return late | col(WorkerRow.id).in_(seen)
