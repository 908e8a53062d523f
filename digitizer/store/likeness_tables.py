"""What finds photos of the same paper among all that were read; see `digitizer.store.likeness`."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class InkHashRow(SQLModel, table=True):
    """The ink hash of a reading, in hex; only hashes of one `kind` may be compared.

    None is ever removed: what is in memory of the rows up to a number stays true.
    """

    __tablename__ = "ink_hash"

    number: int | None = Field(default=None, primary_key=True)
    reading: str = Field(foreign_key="reading.id", unique=True)
    kind: str
    ink_hash: str


class InkPairRow(SQLModel, table=True):
    """Two readings of different photos whose ink hashes differ in few bits; the lesser id first."""

    __tablename__ = "ink_pair"
    __table_args__ = (Index("ix_ink_pair_other", "other"),)

    one: str = Field(primary_key=True, foreign_key="reading.id")
    other: str = Field(primary_key=True, foreign_key="reading.id")
    bits: int
