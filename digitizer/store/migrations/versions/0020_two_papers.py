"""The plano and the SALINAN of a TPS are two readings of one tally.

Until now whichever was confirmed last stood alone: the other one's numbers were gone, also where
the two contradict each other, and what was open of the one was answered by confirming the other.
The sums are removed where more than one paper of a TPS was verified, so that the states of its
forms and the recap are made anew when the installation is opened next (`store.reopening`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

VERIFICATION = sa.table(
    "verification", sa.column("contest"), sa.column("tps"), sa.column("form")
)  # fmt: skip


def upgrade() -> None:
    form = VERIFICATION.c.form
    several = (
        sa.select(VERIFICATION.c.tps)
        .group_by(VERIFICATION.c.contest, VERIFICATION.c.tps)
        .having(sa.func.min(form) < sa.func.max(form))
        .limit(1)
    )
    if op.get_bind().execute(several).first() is not None:
        op.execute(sa.delete(sa.table("recap_sum")))


def downgrade() -> None:
    """A dispute that was found stays one: nothing before 0020 would have seen it."""
