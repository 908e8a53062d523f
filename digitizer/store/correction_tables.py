"""Corrections of a D.HASIL, and that one was taken back: facts, only ever added."""

from datetime import datetime

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from digitizer.store.columns import Json, UtcDateTime, random_id


class CorrectionRow(SQLModel, table=True):
    """What one document says of one TPS; see `domain.correction.Correction`."""

    __tablename__ = "correction"
    __table_args__ = (Index("ix_correction_contest_tps", "contest", "tps"),)

    id: str = Field(primary_key=True, default_factory=random_id)
    contest: str = Field(foreign_key="contest.id")
    tps: str = Field(foreign_key="tps.code")
    level: str
    version: int
    numbers: Json = Field(sa_type=JSON)
    photo: str = Field(foreign_key="photo.sha256")
    reason: str
    account: str = Field(foreign_key="account.id")
    at: datetime = Field(sa_type=UtcDateTime)


class CorrectionWithdrawalRow(SQLModel, table=True):
    """A correction that holds no longer, and why."""

    __tablename__ = "correction_withdrawal"

    correction: str = Field(primary_key=True, foreign_key="correction.id")
    account: str = Field(foreign_key="account.id")
    reason: str
    at: datetime = Field(sa_type=UtcDateTime)
