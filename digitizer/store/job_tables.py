"""The line of photos that wait to be read, and the workers that read them. No fact of the count."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from digitizer.store.columns import UtcDateTime


class WorkerRow(SQLModel, table=True):
    """A process that reads photos. `sign` is its last sign of life; it is gone once it stopped."""

    __tablename__ = "worker"

    id: str = Field(primary_key=True)
    machine: str
    version: str
    started: datetime = Field(sa_type=UtcDateTime)
    sign: datetime = Field(sa_type=UtcDateTime)


class JobRow(SQLModel, table=True):
    """An upload whose photo is to be read. It goes in the transaction that keeps the reading.

    Attributes:
        place: in the line, a moment; the earliest is next.
        due: not before this; at once where it is empty.
        worker: who has it at hand.
        lost: workers that died with it at hand.
        failed: how often it ended by an error.
        again: read the photo though it was found unreadable before, or read with another file of
            its form.
        reason: why it was lost or failed last, in English.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_line", "worker", "place", "upload"),
        Index(
            "ix_job_lost", "lost", postgresql_where=text("lost > 0"), sqlite_where=text("lost > 0")
        ),
    )

    upload: str = Field(primary_key=True, foreign_key="upload.id")
    place: datetime = Field(sa_type=UtcDateTime)
    due: datetime | None = Field(default=None, sa_type=UtcDateTime)
    worker: str | None = None
    lost: int = 0
    failed: int = 0
    again: bool = False
    reason: str = ""
