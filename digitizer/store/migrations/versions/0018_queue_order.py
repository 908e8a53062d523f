"""Indexes in the very order of the queue; tallies by when they were made; what was not read."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TURN = ("state", sa.text("weight DESC"), "oldest_at", "tps", "form", "contest")
DOUBTED = sa.text("reasons <> ''")
SINGLE = ("state", "at", "tps", "form", "upload", "contest")
UNREAD = sa.text("problem IS NOT NULL")


def upgrade() -> None:
    op.execute("UPDATE sheet SET reasons = '' WHERE reasons = '  '")
    op.drop_index("ix_sheet_turn", "sheet")
    op.create_index("ix_sheet_turn", "sheet", [*TURN])
    op.create_index(
        "ix_sheet_doubt", "sheet", [*TURN, "reasons"],
        sqlite_where=DOUBTED, postgresql_where=DOUBTED,
    )
    op.create_index(op.f("ix_tally_made_at"), "tally", ["made_at"])
    op.drop_index("ix_single_upload_turn", "single_upload")
    op.create_index("ix_single_upload_turn", "single_upload", [*SINGLE])
    op.create_index(
        "ix_reading_problem", "reading", ["at"], sqlite_where=UNREAD, postgresql_where=UNREAD
    )


def downgrade() -> None:
    op.drop_index("ix_reading_problem", "reading")
    op.drop_index("ix_single_upload_turn", "single_upload")
    op.create_index("ix_single_upload_turn", "single_upload", ["state", "at"])
    op.drop_index(op.f("ix_tally_made_at"), "tally")
    op.drop_index("ix_sheet_doubt", "sheet")
    op.drop_index("ix_sheet_turn", "sheet")
    op.create_index("ix_sheet_turn", "sheet", ["state", "weight"])
