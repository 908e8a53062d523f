"""By which browser an invitation was used, so that it can ask again when the answer was lost."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("invite", sa.Column("nonce_sha256", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("invite", "nonce_sha256")
