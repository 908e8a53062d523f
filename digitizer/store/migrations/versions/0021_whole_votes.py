"""The recap is counted once more: a TPS of whose votes there is no photo is not in.

Its sums, too, keep another number of each field since, which a recount writes when the installation
is opened next.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.delete(sa.table("recap_sum")))


def downgrade() -> None:
    """An older release would read these sums as its own: it counts anew as well."""
    op.execute(sa.delete(sa.table("recap_sum")))
