"""The same photo of the same TPS and sender once for each contest that they name.

Until now whoever named another round of a photo that they had sent was told that it had arrived,
and kept the first round.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import Column, CreateTable, Table

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

UNIQUE = "uq_upload_photo_account_tps"
SENT = ("photo", "account")


def upgrade() -> None:
    bind = op.get_bind()
    op.drop_index("ix_upload_once_without_tps", "upload")
    if bind.dialect.name == "sqlite":
        _made_anew(bind)
    else:
        op.drop_constraint(UNIQUE, "upload", type_="unique")
    op.create_index("ix_upload_once", "upload", [*SENT, "tps", "contest"], unique=True)
    _once("without_contest", [*SENT, "tps"], "contest IS NULL")
    _once("without_tps", [*SENT, "contest"], "tps IS NULL")
    _once("without_both", [*SENT], "tps IS NULL AND contest IS NULL")


def _once(name: str, columns: list[str], where: str) -> None:
    here = sa.text(where)
    called = f"ix_upload_once_{name}"
    op.create_index(
        called, "upload", columns, unique=True, sqlite_where=here, postgresql_where=here
    )  # fmt: skip


def _made_anew(bind: sa.Connection) -> None:
    """Make the table anew without the constraint; SQLite drops none."""
    # Others refer to it: whether all still refer to rows is asked at the end of the transaction.
    op.execute("PRAGMA defer_foreign_keys = ON")
    made = Table("upload", sa.MetaData(), autoload_with=bind)
    made.constraints.remove(next(item for item in made.constraints if item.name == UNIQUE))
    op.execute("CREATE TABLE upload_before AS SELECT * FROM upload")
    op.drop_table("upload")
    bind.execute(CreateTable(made))
    for index in made.indexes:
        index.create(bind)
    listed = ", ".join(column.name for column in made.columns if isinstance(column, Column))
    op.execute(f"INSERT INTO upload ({listed}) SELECT {listed} FROM upload_before")
    op.drop_table("upload_before")


def downgrade() -> None:
    raise NotImplementedError("a photo of two rounds fits no older store; restore a backup")
