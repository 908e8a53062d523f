"""Form files of this installation, and drafts of new ones."""

from datetime import datetime

from sqlalchemy import JSON, Text
from sqlmodel import Field, SQLModel

from digitizer.store.columns import Json, UtcDateTime, random_id


class FormFileRow(SQLModel, table=True):
    """A form file as somebody saved it. Never changed: what it said stays known for ever.

    The one with the highest `number` of a form is in force.
    """

    __tablename__ = "form_file"

    sha256: str = Field(primary_key=True)
    form: str = Field(index=True)
    number: int
    text: str = Field(sa_type=Text)
    account: str
    at: datetime = Field(sa_type=UtcDateTime)


class FormDraftRow(SQLModel, table=True):
    """A form somebody is drawing up; `body` is its file as JSON, right or not yet right.

    `revision` rises with every change, so that of two windows one is told of the other.
    """

    __tablename__ = "form_draft"

    id: str = Field(primary_key=True, default_factory=random_id)
    body: Json = Field(sa_type=JSON)
    revision: int
    account: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class FormDraftPageRow(SQLModel, table=True):
    """The blank under one page of a draft.

    `picture` is a PNG in base64: rows of a backup are lines of JSON.
    """

    __tablename__ = "form_draft_page"

    draft: str = Field(primary_key=True, foreign_key="form_draft.id")
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    picture: str = Field(sa_type=Text)
