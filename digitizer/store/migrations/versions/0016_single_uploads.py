"""Uploads that are part of no sheet are kept; an index on what each reviewer confirmed last.

So neither the queue nor the figures of reviewers look at all there is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "single_upload",
        sa.Column("upload", sa.String(), nullable=False),
        sa.Column("photo", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contest", sa.String(), nullable=True),
        sa.Column("tps", sa.String(), nullable=True),
        sa.Column("form", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["upload"], ["upload.id"], name=op.f("fk_single_upload_upload_upload")
        ),
        sa.ForeignKeyConstraint(
            ["photo"], ["photo.sha256"], name=op.f("fk_single_upload_photo_photo")
        ),
        sa.ForeignKeyConstraint(
            ["contest"], ["contest.id"], name=op.f("fk_single_upload_contest_contest")
        ),
        sa.ForeignKeyConstraint(["tps"], ["tps.code"], name=op.f("fk_single_upload_tps_tps")),
        sa.PrimaryKeyConstraint("upload", name=op.f("pk_single_upload")),
    )
    op.create_index("ix_single_upload_turn", "single_upload", ["state", "at"])
    op.create_index(op.f("ix_single_upload_photo"), "single_upload", ["photo"])
    op.create_index("ix_verification_reviewer", "verification", ["reviewer", "at"])
    op.execute(
        "INSERT INTO single_upload (upload, photo, state, at, contest, tps) "
        "SELECT id, photo, 'waiting', at, contest, tps FROM upload "
        "WHERE NOT EXISTS (SELECT 1 FROM reading WHERE reading.photo = upload.photo)"
    )
    # Each photo is settled once more, which finds out whether its uploads are part of a sheet.
    op.execute(
        "INSERT INTO job (upload, place, lost, failed, again, reason) "
        "SELECT upload.id, upload.at, 0, 0, false, '' FROM upload "
        "WHERE NOT EXISTS (SELECT 1 FROM job WHERE job.upload = upload.id)"
    )


def downgrade() -> None:
    op.drop_index("ix_verification_reviewer", "verification")
    op.drop_index(op.f("ix_single_upload_photo"), "single_upload")
    op.drop_index("ix_single_upload_turn", "single_upload")
    op.drop_table("single_upload")
