"""The line of jobs and the workers, in tables of our own."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "worker",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("machine", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sign", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
    )
    op.create_table(
        "job",
        sa.Column("upload", sa.String(), nullable=False),
        sa.Column("place", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["upload"], ["upload.id"], name=op.f("fk_job_upload")),
        sa.PrimaryKeyConstraint("upload", name=op.f("pk_job")),
    )
    op.create_index("ix_job_line", "job", ["worker", "place", "upload"])
    few = sa.text("lost > 0")
    op.create_index("ix_job_lost", "job", ["lost"], postgresql_where=few, sqlite_where=few)
    # What waited in the tables of the job engine of before waits here now.
    op.execute(
        "INSERT INTO job (upload, place, lost, failed, again, reason)"
        " SELECT id, at, 0, 0, false, '' FROM upload"
        " WHERE NOT EXISTS (SELECT 1 FROM reading WHERE reading.photo = upload.photo)"
    )


def downgrade() -> None:
    for table in ("job", "worker"):
        op.drop_table(table)
