"""What the review desk keeps: lots, leases, what was handed on or taken back, checks, marks."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from digitizer.store.columns import UtcDateTime, random_id


class LotRow(SQLModel, table=True):
    """The seed of what is drawn by lot, such as the forms that arrive empty."""

    __tablename__ = "lot"

    name: str = Field(primary_key=True)
    seed: str
    at: datetime = Field(sa_type=UtcDateTime)


class LeaseRow(SQLModel, table=True):
    """Who has a form open, and until when; who opened and left it is told in the history."""

    __tablename__ = "lease"

    contest: str = Field(primary_key=True, foreign_key="contest.id")
    tps: str = Field(primary_key=True, foreign_key="tps.code")
    form: str = Field(primary_key=True)
    account: str = Field(foreign_key="account.id")
    until: datetime = Field(sa_type=UtcDateTime)


class EscalationRow(SQLModel, table=True):
    """A form that a reviewer handed on to a supervisor. `version`: of the tally it waits for."""

    __tablename__ = "escalation"
    __table_args__ = (Index("ix_escalation_contest_tps", "contest", "tps"),)

    id: str = Field(primary_key=True, default_factory=random_id)
    contest: str = Field(foreign_key="contest.id")
    tps: str = Field(foreign_key="tps.code")
    form: str
    version: int
    account: str = Field(foreign_key="account.id")
    reason: str
    at: datetime = Field(sa_type=UtcDateTime)


class SeededCheckRow(SQLModel, table=True):
    """What somebody made of a verified form shown once more with one number changed."""

    __tablename__ = "seeded_check"

    id: str = Field(primary_key=True, default_factory=random_id)
    showing: str = Field(index=True)
    account: str = Field(foreign_key="account.id", index=True)
    contest: str
    tps: str
    form: str
    version: int
    field: str
    shown: str
    truth: str
    answer: str
    caught: bool
    seconds: float
    at: datetime = Field(sa_type=UtcDateTime)


class GlyphMarkRow(SQLModel, table=True):
    """A box that does not hold the digit it was read as, as somebody says who saw many of them."""

    __tablename__ = "glyph_mark"

    reading: str = Field(primary_key=True, foreign_key="reading.id")
    field: str = Field(primary_key=True)
    box: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    glyph: str
    account: str = Field(foreign_key="account.id")
    at: datetime = Field(sa_type=UtcDateTime)


class WithdrawalRow(SQLModel, table=True):
    """A verification that its reviewer took back at once; it counts no more."""

    __tablename__ = "withdrawal"

    verification: str = Field(primary_key=True, foreign_key="verification.id")
    account: str = Field(foreign_key="account.id")
    at: datetime = Field(sa_type=UtcDateTime)
