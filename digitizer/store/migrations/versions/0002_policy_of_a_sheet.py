"""The policy that a sheet was settled by; sheets settled before have none and are settled again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sheet") as table:
        table.add_column(sa.Column("policy", sa.String(), nullable=False, server_default=""))
        table.create_index(op.f("ix_sheet_policy"), ["policy"])


def downgrade() -> None:
    with op.batch_alter_table("sheet") as table:
        table.drop_index(op.f("ix_sheet_policy"))
        table.drop_column("policy")
