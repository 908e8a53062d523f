"""Ink hashes are compared whichever file of its form a page was read with.

Until now only those of one file were. So a photo that was read again with the next file of its form
was like no other any more, and no longer doubtful for it, nor for boxes that were marked on the
reading before. Forms of which any photo was read more than once are settled again by the next
worker. What two photos that were read with different files have in common is found when either is
read again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

READING = sa.table("reading", *map(sa.column, ("id", "photo", "form", "form_version", "page")))
INK_HASH = sa.table("ink_hash", sa.column("reading"), sa.column("kind"))
SHEET = sa.table("sheet", sa.column("form"), sa.column("policy"))
METHOD = "1 "


def upgrade() -> None:
    _named_by(READING.c.form)
    read_again = (
        sa.select(READING.c.photo)
        .where(READING.c.form.is_not(None))
        .group_by(READING.c.photo)
        .having(sa.func.count() > 1)
    )
    forms = sa.select(READING.c.form).where(READING.c.photo.in_(read_again))
    op.execute(sa.update(SHEET).where(SHEET.c.form.in_(forms)).values(policy=""))


def _named_by(form: sa.ColumnClause[str]) -> None:
    """Make the kind of every hash of the method, this column, and the page."""
    page = sa.cast(READING.c.page, sa.String())
    kind = sa.select(sa.literal(METHOD).concat(form).concat(" ").concat(page))
    of_reading = kind.where(READING.c.id == INK_HASH.c.reading).scalar_subquery()
    op.execute(sa.update(INK_HASH).values(kind=of_reading))


def downgrade() -> None:
    _named_by(READING.c.form_version)
