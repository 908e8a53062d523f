"""Official results as they were imported, and what holding ours against them came to."""

from datetime import datetime

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from digitizer.store.columns import Json, UtcDateTime, random_id


class OfficialImportRow(SQLModel, table=True):
    """One import; see `domain.official.OfficialImport`. Never changed.

    The highest `number` of a contest is compared with, of two nodes' the later one.
    """

    __tablename__ = "official_import"

    id: str = Field(primary_key=True, default_factory=random_id)
    contest: str = Field(foreign_key="contest.id", index=True)
    number: int
    source: str
    format: str
    sha256: str
    numbers_sha256: str
    tps: int
    unpublished: int
    numbers: int
    fields: list[str] = Field(sa_type=JSON)
    not_compared: Json = Field(sa_type=JSON)
    paslon: Json = Field(sa_type=JSON)
    actor: str
    at: datetime = Field(sa_type=UtcDateTime)


class OfficialTpsRow(SQLModel, table=True):
    """What an import says of one TPS, which the election need not list. Never changed."""

    __tablename__ = "official_tps"

    official_import: str = Field(primary_key=True, foreign_key="official_import.id")
    tps: str = Field(primary_key=True)
    numbers: Json = Field(sa_type=JSON)
    psu: str | None = None
    ts: str | None = None


class ComparisonRow(SQLModel, table=True):
    """The comparison of one contest over one place, "" for everywhere, 13 digits for a TPS.

    It follows from the latest import, tallies, disputes, corrections and rounds, and is replaced
    whenever they change. `numbers` is `domain.comparison_sum.NumberSum` by field id. A TPS has one
    `outcome` and the `size` of its largest difference; one of which neither side has a number has
    no row.
    """

    __tablename__ = "comparison"
    __table_args__ = (
        Index("ix_comparison_parent", "contest", "parent", "wilayah"),
        Index("ix_comparison_largest", "contest", "outcome", "size", "wilayah"),
    )

    contest: str = Field(primary_key=True, foreign_key="contest.id")
    wilayah: str = Field(primary_key=True)
    parent: str | None = None
    outcome: str | None = None
    size: int = 0
    expected: int = 0
    equal: int = 0
    differing: int = 0
    incomplete: int = 0
    only_ours: int = 0
    only_theirs: int = 0
    unlisted: int = 0
    explained: int = 0
    numbers: Json = Field(sa_type=JSON)
