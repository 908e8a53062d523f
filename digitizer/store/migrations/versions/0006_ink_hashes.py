"""Ink hashes of readings, the bands that find them, and the pairs that were found alike.

Readings made before have no ink hash; a photo gets one when it is read again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ink_hash",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reading", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ink_hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["reading"], ["reading.id"], name=op.f("fk_ink_hash_reading")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ink_hash")),
        sa.UniqueConstraint("reading", name=op.f("uq_ink_hash_reading")),
    )
    op.create_table(
        "ink_band",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ink", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["ink"], ["ink_hash.number"], name=op.f("fk_ink_band_ink")),
        sa.PrimaryKeyConstraint("key", "ink", name=op.f("pk_ink_band")),
    )
    op.create_table(
        "ink_pair",
        sa.Column("one", sa.String(), nullable=False),
        sa.Column("other", sa.String(), nullable=False),
        sa.Column("bits", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["one"], ["reading.id"], name=op.f("fk_ink_pair_one")),
        sa.ForeignKeyConstraint(["other"], ["reading.id"], name=op.f("fk_ink_pair_other")),
        sa.PrimaryKeyConstraint("one", "other", name=op.f("pk_ink_pair")),
    )
    op.create_index(op.f("ix_ink_pair_other"), "ink_pair", ["other"])


def downgrade() -> None:
    op.drop_table("ink_pair")
    op.drop_table("ink_band")
    op.drop_table("ink_hash")
