"""Which backups were made of this database, so that every machine can tell how old the last is."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from digitizer.store.columns import UtcDateTime, random_id


class BackupRow(SQLModel, table=True):
    """One backup that is whole: what stood at `taken_at` is in it; `finished_at` is its end."""

    __tablename__ = "backup"

    id: str = Field(default_factory=random_id, primary_key=True)
    taken_at: datetime = Field(index=True, sa_type=UtcDateTime)
    finished_at: datetime = Field(sa_type=UtcDateTime)
    head: str
    blobs: int
    lacking: int
