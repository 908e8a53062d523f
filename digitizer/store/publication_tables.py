"""From when on everybody may see the recap, and the heads of the history that were shown there."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from digitizer.store.columns import UtcDateTime


class PublicationRow(SQLModel, table=True):
    """What an admin set; the highest `number` counts. `since` is None where it was taken back."""

    __tablename__ = "publication"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    actor: str
    at: datetime = Field(sa_type=UtcDateTime)


class PublishedHeadRow(SQLModel, table=True):
    """The head of the history that the recap showed in the hour that began at `hour`.

    `chains` is what it is the hash of: node, number and hash of the last event of each chain.
    """

    __tablename__ = "published_head"

    hour: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    head: str
    chains: list[list[str | int]] = Field(sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)
