"""Who may sign in, from where, and by which invitation. None of it is a fact of the count."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from digitizer.store.columns import UtcDateTime, random_id


class AccountRow(SQLModel, table=True):
    """Somebody who may sign in."""

    __tablename__ = "account"

    id: str = Field(primary_key=True, default_factory=random_id)
    username: str = Field(unique=True)
    role: str
    label: str
    tps: str | None = Field(default=None, foreign_key="tps.code")
    password_hash: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LoginSessionRow(SQLModel, table=True):
    """A login, from which address and browser. Only the sha256 of its token is kept."""

    __tablename__ = "login_session"

    token_sha256: str = Field(primary_key=True)
    account: str = Field(foreign_key="account.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    address: str = ""
    agent: str = ""


class InviteRow(SQLModel, table=True):
    """An invitation of one phone to one TPS. Of its token, and of the random word by which the
    browser that used it is known again, only the sha256 is kept.
    """

    __tablename__ = "invite"

    token_sha256: str = Field(primary_key=True)
    tps: str = Field(foreign_key="tps.code", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    account: str | None = Field(default=None, foreign_key="account.id")
    nonce_sha256: str | None = None


class LoginFailureRow(SQLModel, table=True):
    """An attempt to sign in that failed; no fact of the count, and kept for 30 days."""

    __tablename__ = "login_failure"

    id: str = Field(primary_key=True, default_factory=random_id)
    username: str = Field(index=True)
    address: str = Field(index=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
