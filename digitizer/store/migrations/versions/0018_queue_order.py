"""Indexes in the very order of the queue, and tallies by when they were made."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TURN = ("state", sa.text("weight DESC"), "oldest_at", "tps", "form", "contest")
DOUBTED = sa.text("reasons <> ''")


def upgrade() -> None:
    op.execute("UPDATE sheet SET reasons = '' WHERE reasons = '  '")
    op.drop_index("ix_sheet_turn", "sheet")
    op.create_index("ix_sheet_turn", "sheet", [*TURN])
    op.create_index(
        "ix_sheet_doubt", "sheet", [*TURN, "reasons"],
        sqlite_where=DOUBTED, postgresql_where=DOUBTED,
    )
    op.create_index(op.f("ix_tally_made_at"), "tally", ["made_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_tally_made_at"), "tally")
    op.drop_index("ix_sheet_doubt", "sheet")
    op.drop_index("ix_sheet_turn", "sheet")
    op.create_index("ix_sheet_turn", "sheet", ["state", "weight"])
