"""Photos on their way, and what their senders say of what was read."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transfer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("tps", sa.String(), nullable=True),
        sa.Column("contest", sa.String(), nullable=True),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("upload", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_transfer_account")),
        sa.ForeignKeyConstraint(["tps"], ["tps.code"], name=op.f("fk_transfer_tps")),
        sa.ForeignKeyConstraint(["contest"], ["contest.id"], name=op.f("fk_transfer_contest")),
        sa.ForeignKeyConstraint(["upload"], ["upload.id"], name=op.f("fk_transfer_upload")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
    )
    for column in ("account", "tps", "at"):
        op.create_index(op.f(f"ix_transfer_{column}"), "transfer", [column])
    op.create_table(
        "remark",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("upload", sa.String(), nullable=False),
        sa.Column("reading", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["upload"], ["upload.id"], name=op.f("fk_remark_upload")),
        sa.ForeignKeyConstraint(["reading"], ["reading.id"], name=op.f("fk_remark_reading")),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_remark_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remark")),
    )
    op.create_index(op.f("ix_remark_upload"), "remark", ["upload"])


def downgrade() -> None:
    op.drop_table("remark")
    op.drop_table("transfer")
