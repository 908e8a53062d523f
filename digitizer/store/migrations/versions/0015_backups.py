"""When backups were made; indexes on when photos came in and were read."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "backup",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("blobs", sa.Integer(), nullable=False),
        sa.Column("lacking", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup")),
    )
    op.create_index(op.f("ix_backup_taken_at"), "backup", ["taken_at"])
    # What came in and was read in each hour, for the status page.
    for table in ("upload", "reading"):
        op.create_index(op.f(f"ix_{table}_at"), table, ["at"])


def downgrade() -> None:
    for table in ("upload", "reading"):
        op.drop_index(op.f(f"ix_{table}_at"), table)
    op.drop_index(op.f("ix_backup_taken_at"), "backup")
    op.drop_table("backup")
