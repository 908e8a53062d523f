"""Photos on their way, and what witnesses say of what was read."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from digitizer.store.columns import Json, UtcDateTime, random_id


class TransferRow(SQLModel, table=True):
    """A photo that was announced and arrives in pieces. No fact: forgotten after two weeks."""

    __tablename__ = "transfer"

    id: str = Field(primary_key=True)
    account: str = Field(foreign_key="account.id", index=True)
    key: str
    length: int
    sha256: str | None = None
    tps: str | None = Field(default=None, foreign_key="tps.code", index=True)
    contest: str | None = Field(default=None, foreign_key="contest.id")
    file_name: str
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    upload: str | None = Field(default=None, foreign_key="upload.id")


class RemarkRow(SQLModel, table=True):
    """What the sender of a photo says of what was read on it; it changes no number.

    `fields` holds a note, which may be empty, for each number that is said to be wrong.
    """

    __tablename__ = "remark"

    id: str = Field(primary_key=True, default_factory=random_id)
    upload: str = Field(foreign_key="upload.id", index=True)
    reading: str = Field(foreign_key="reading.id")
    account: str = Field(foreign_key="account.id")
    agrees: bool
    fields: Json = Field(sa_type=JSON)
    note: str
    at: datetime = Field(sa_type=UtcDateTime)
