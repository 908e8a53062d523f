"""The tables. Rows of facts are only ever added; `sheet` and `single_upload` are caches."""

from datetime import datetime
from typing import Final

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from digitizer.store.columns import Json, UtcDateTime, random_id


class NodeRow(SQLModel, table=True):
    """An installation. `here` marks the one this database belongs to."""

    __tablename__ = "node"

    id: str = Field(primary_key=True)
    public_key: str = Field(unique=True)
    here: bool
    created_at: datetime = Field(sa_type=UtcDateTime)


class ChainSignatureRow(SQLModel, table=True):
    """How far another node signed its own chain, so that it can be handed on by whoever has it."""

    __tablename__ = "chain_signature"

    node: str = Field(primary_key=True, foreign_key="node.id")
    seq: int
    signature: str


class EventRow(SQLModel, table=True):
    """One sealed event; the database refuses to change or delete it."""

    __tablename__ = "event"

    node: str = Field(primary_key=True, foreign_key="node.id")
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at_utc: datetime = Field(sa_type=UtcDateTime)
    actor: str
    kind: str = Field(index=True)
    payload: Json = Field(sa_type=JSON)
    prev: str
    hash: str = Field(unique=True)


class ElectionRow(SQLModel, table=True):
    """The election of this store."""

    __tablename__ = "election"

    id: str = Field(primary_key=True)
    title: str
    zone: str
    simulated: bool
    created_at: datetime = Field(sa_type=UtcDateTime)


class ContestRow(SQLModel, table=True):
    """One office in one round; `position` is its place in the election file.

    A later round `repeats` the first one of its office; see `ContestTpsRow` for its TPS.
    """

    __tablename__ = "contest"

    id: str = Field(primary_key=True)
    election: str = Field(foreign_key="election.id")
    position: int
    round: int
    office: str
    title: str
    area: str
    candidates: list[str] = Field(sa_type=JSON)
    repeats: str | None = Field(default=None, foreign_key="contest.id")
    since: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ContestFormRow(SQLModel, table=True):
    """A form on which a contest is written; at one TPS a form is of one office alone."""

    __tablename__ = "contest_form"

    form: str = Field(primary_key=True)
    contest: str = Field(primary_key=True, foreign_key="contest.id")
    position: int


class ContestTpsRow(SQLModel, table=True):
    """A TPS that votes in a round; without any row all TPS of the area do."""

    __tablename__ = "contest_tps"

    contest: str = Field(primary_key=True, foreign_key="contest.id")
    tps: str = Field(primary_key=True, foreign_key="tps.code")


class TpsRow(SQLModel, table=True):
    """A polling station."""

    __tablename__ = "tps"

    code: str = Field(primary_key=True)
    name: str
    desa: str
    kecamatan: str
    kabkota: str
    provinsi: str
    registered: int | None = None


class PhotoRow(SQLModel, table=True):
    """The bytes of a photo, which lie in the photo store; `format` is what they begin like."""

    __tablename__ = "photo"

    sha256: str = Field(primary_key=True)
    bytes: int
    format: str


class RemovalRow(SQLModel, table=True):
    """An original whose bytes were removed; its sha256 and all that was read of it stay."""

    __tablename__ = "removal"

    photo: str = Field(primary_key=True, foreign_key="photo.sha256")
    at: datetime = Field(sa_type=UtcDateTime)


def _once(name: str, *columns: str, where: str) -> Index:
    """An index of uploads that only holds those of which `where` holds, each once."""
    here = text(where)
    called = f"ix_upload_once_{name}"
    return Index(called, *columns, unique=True, sqlite_where=here, postgresql_where=here)


class UploadRow(SQLModel, table=True):
    """Who sent which photo, for which TPS, as sent. Never changed."""

    __tablename__ = "upload"
    __table_args__ = (
        UniqueConstraint("account", "idempotency_key"),
        Index("ix_upload_once", "photo", "account", "tps", "contest", unique=True),
        # A unique index lets any number of NULLs stand; without a TPS or a contest the same holds
        # once.
        _once("without_contest", "photo", "account", "tps", where="contest IS NULL"),
        _once("without_tps", "photo", "account", "contest", where="tps IS NULL"),
        _once("without_both", "photo", "account", where="tps IS NULL AND contest IS NULL"),
    )

    id: str = Field(primary_key=True, default_factory=random_id)
    photo: str = Field(foreign_key="photo.sha256")
    account: str = Field(foreign_key="account.id", index=True)
    tps: str | None = Field(default=None, foreign_key="tps.code", index=True)
    contest: str | None = Field(default=None, foreign_key="contest.id")
    file_name: str
    idempotency_key: str | None = None
    at: datetime = Field(index=True, sa_type=UtcDateTime)


class AssignmentRow(SQLModel, table=True):
    """Where an upload belongs, as somebody said. The highest `number` of an upload counts."""

    __tablename__ = "assignment"

    upload: str = Field(primary_key=True, foreign_key="upload.id")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    tps: str | None = Field(default=None, foreign_key="tps.code", index=True)
    contest: str | None = Field(default=None, foreign_key="contest.id")
    account: str = Field(foreign_key="account.id")
    at: datetime = Field(sa_type=UtcDateTime)


class ReadingRow(SQLModel, table=True):
    """What a model read on a photo, or why it could not: `model` is then empty.

    A photo has one of each model and form version, but where two nodes read it before they met, or
    people went back to what had been read before something else.
    """

    __tablename__ = "reading"
    __table_args__ = (
        Index("ix_reading_photo", "photo"),
        Index(
            "ix_reading_problem",
            "at",
            sqlite_where=text("problem IS NOT NULL"),
            postgresql_where=text("problem IS NOT NULL"),
        ),
        CheckConstraint("(body IS NULL) <> (problem IS NULL)", name="reading_or_problem"),
    )

    id: str = Field(primary_key=True, default_factory=random_id)
    photo: str = Field(foreign_key="photo.sha256")
    model: str
    form_version: str
    form: str | None = Field(default=None, index=True)
    page: int | None = None
    body: Json | None = Field(default=None, sa_type=JSON(none_as_null=True))
    problem: Json | None = Field(default=None, sa_type=JSON(none_as_null=True))
    blobs: Json = Field(sa_type=JSON)
    seconds: float
    at: datetime = Field(index=True, sa_type=UtcDateTime)


_TURN: Final = ("state", text("weight DESC"), "oldest_at", "tps", "form", "contest")


class SheetRow(SQLModel, table=True):
    """The settled state of one form of one TPS; rebuilt from the facts whenever they change.

    `weight` is the doubt times the votes at stake; `reasons` holds the codes of its doubts, each
    between blanks.
    """

    __tablename__ = "sheet"
    # In the very order of the queue, with all that it asks of a line: a page of it, and the next
    # form, are read off, however many wait with the same weight.
    __table_args__ = (
        Index("ix_sheet_turn", *_TURN),
        Index(
            "ix_sheet_doubt",
            *(*_TURN, "reasons"),
            sqlite_where=text("reasons <> ''"),
            postgresql_where=text("reasons <> ''"),
        ),
    )

    contest: str = Field(primary_key=True, foreign_key="contest.id")
    tps: str = Field(primary_key=True, foreign_key="tps.code")
    form: str = Field(primary_key=True)
    state: str
    verdict: Json = Field(sa_type=JSON)
    readings: list[str] = Field(sa_type=JSON)
    photos: list[str] = Field(sa_type=JSON)
    body: Json = Field(sa_type=JSON)
    oldest_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime = Field(sa_type=UtcDateTime)
    policy: str = Field(default="", index=True, sa_column_kwargs={"server_default": ""})
    weight: float = Field(default=0.0, sa_column_kwargs={"server_default": "0"})
    reasons: str = Field(default="", sa_column_kwargs={"server_default": ""})


class SingleUploadRow(SQLModel, table=True):
    """An upload that is part of no sheet, and why; kept from the facts whenever they change.

    Attributes:
        state: `waiting` (not read yet), `unreadable`, or `unassigned` (of no TPS, or of no contest
            that has its form).
        contest: that its sender or a reviewer named.
        form: that its photo shows.
    """

    __tablename__ = "single_upload"
    __table_args__ = (
        Index("ix_single_upload_turn", "state", "at", "tps", "form", "upload", "contest"),
    )

    upload: str = Field(primary_key=True, foreign_key="upload.id")
    photo: str = Field(foreign_key="photo.sha256", index=True)
    state: str
    at: datetime = Field(sa_type=UtcDateTime)
    contest: str | None = Field(default=None, foreign_key="contest.id")
    tps: str | None = Field(default=None, foreign_key="tps.code")
    form: str | None = None


class VerificationRow(SQLModel, table=True):
    """One person's reading of one form, on `node`. `version`: of the tally it is meant for."""

    __tablename__ = "verification"
    __table_args__ = (
        Index("ix_verification_tps", "contest", "tps"),
        Index("ix_verification_reviewer", "reviewer", "at"),
    )

    id: str = Field(primary_key=True)
    contest: str = Field(foreign_key="contest.id")
    tps: str = Field(foreign_key="tps.code")
    form: str
    version: int
    reviewer: str = Field(foreign_key="account.id")
    outcome: str
    body: Json = Field(sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)
    node: str = Field(default="", sa_column_kwargs={"server_default": ""})


class TallyRecord(SQLModel, table=True):
    """One verified tally; later versions stand beside it.

    It follows from the verifications; one whose verification was taken back is gone, and the
    history tells both. Nodes that made one apart from each other may have made the same version.
    """

    __tablename__ = "tally"

    contest: str = Field(primary_key=True, foreign_key="contest.id")
    tps: str = Field(primary_key=True, foreign_key="tps.code")
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    node: str = Field(primary_key=True)
    form: str
    origin: str
    body: Json = Field(sa_type=JSON)
    made_at: datetime = Field(sa_type=UtcDateTime, index=True)


class NodeDisputeRow(SQLModel, table=True):
    """A place of which several nodes say different numbers, so that none counts.

    It follows from tallies and verifications (`domain.standing`); `verifications` are those
    between which a supervisor decides.
    """

    __tablename__ = "node_dispute"

    contest: str = Field(primary_key=True, foreign_key="contest.id")
    tps: str = Field(primary_key=True, foreign_key="tps.code")
    verifications: list[str] = Field(sa_type=JSON)
