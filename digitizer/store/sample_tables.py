"""Samples of verified stations that are keyed once more. Rows are only ever added."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from digitizer.store.columns import Json, UtcDateTime, random_id


class SampleRow(SQLModel, table=True):
    """A sample as `node` announced it: of which list, and how large. `number` counts in its office.

    Its node alone draws it and keys it.
    """

    __tablename__ = "sample"

    id: str = Field(primary_key=True, default_factory=random_id)
    contest: str = Field(foreign_key="contest.id", index=True)
    number: int
    size: int
    population: int
    population_sha256: str
    account: str = Field(foreign_key="account.id")
    at: datetime = Field(sa_type=UtcDateTime)
    node: str = Field(default="", sa_column_kwargs={"server_default": ""})


class SampleStationRow(SQLModel, table=True):
    """A tally of the list; `contest` is the round that counts there.

    `numbers` and `votes` are those of this version, since a later one may count afterwards.
    """

    __tablename__ = "sample_station"

    sample: str = Field(primary_key=True, foreign_key="sample.id")
    tps: str = Field(primary_key=True, foreign_key="tps.code")
    contest: str = Field(foreign_key="contest.id")
    version: int
    numbers: int
    votes: Json = Field(sa_type=JSON)


class SampleDrawRow(SQLModel, table=True):
    """The seed of a sample, thrown after it was announced."""

    __tablename__ = "sample_draw"

    sample: str = Field(primary_key=True, foreign_key="sample.id")
    seed: str
    account: str = Field(foreign_key="account.id")
    at: datetime = Field(sa_type=UtcDateTime)


class SampleItemRow(SQLModel, table=True):
    """A station that was drawn; `tally` is what is verified of it, as it was then."""

    __tablename__ = "sample_item"

    sample: str = Field(primary_key=True, foreign_key="sample.id")
    tps: str = Field(primary_key=True, foreign_key="tps.code")
    position: int
    contest: str = Field(foreign_key="contest.id")
    version: int
    form: str
    tally: Json = Field(sa_type=JSON)


class SampleKeyingRow(SQLModel, table=True):
    """What one person keyed from the ink of a drawn station, without seeing its tally."""

    __tablename__ = "sample_keying"

    sample: str = Field(primary_key=True, foreign_key="sample.id")
    tps: str = Field(primary_key=True, foreign_key="tps.code")
    as_written: Json = Field(sa_type=JSON)
    account: str = Field(foreign_key="account.id")
    at: datetime = Field(sa_type=UtcDateTime)


class SampleRulingRow(SQLModel, table=True):
    """What the ink says where keying and tally differ, as a supervisor sees it."""

    __tablename__ = "sample_ruling"

    sample: str = Field(primary_key=True, foreign_key="sample.id")
    tps: str = Field(primary_key=True, foreign_key="tps.code")
    as_written: Json = Field(sa_type=JSON)
    account: str = Field(foreign_key="account.id")
    at: datetime = Field(sa_type=UtcDateTime)
