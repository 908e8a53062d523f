"""Places by name and the recap of each: kept current, and rebuilt from the facts by a recount."""

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from digitizer.store.columns import Json

DESA_MISSING = "counted < expected AND length(wilayah) = 10"


class WilayahRow(SQLModel, table=True):
    """A place above the TPS. `parent` is the code of the place around it, "" for a province."""

    __tablename__ = "wilayah"

    code: str = Field(primary_key=True)
    parent: str = Field(index=True)
    name: str


class RecapSumRow(SQLModel, table=True):
    """The sums of one contest over one place, "" for everywhere, 13 digits for a TPS.

    Of a contest whose TPS vote again there are two: over those in which it still counts
    (`in_force`) and over the others. `totals` and `differences` are `domain.recap_sum.Sums` as
    JSON; `revision` is another one whenever any number of the row is.
    """

    __tablename__ = "recap_sum"
    __table_args__ = (
        Index("ix_recap_sum_parent", "contest", "parent", "wilayah"),
        Index(
            "ix_recap_sum_missing",
            "contest",
            "wilayah",
            sqlite_where=text(DESA_MISSING),
            postgresql_where=text(DESA_MISSING),
        ),
    )

    contest: str = Field(primary_key=True, foreign_key="contest.id")
    wilayah: str = Field(primary_key=True)
    in_force: bool = Field(primary_key=True)
    parent: str | None = None
    expected: int = 0
    counted: int = 0
    with_gaps: int = 0
    disputed: int = 0
    corrected: int = 0
    totals: Json = Field(sa_type=JSON)
    differences: Json = Field(sa_type=JSON)
    revision: str
