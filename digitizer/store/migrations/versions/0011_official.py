"""Official results as they were imported, and what holding ours against them came to."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "official_import",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("contest", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("numbers_sha256", sa.String(), nullable=False),
        sa.Column("tps", sa.Integer(), nullable=False),
        sa.Column("unpublished", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("not_compared", sa.JSON(), nullable=False),
        sa.Column("paslon", sa.JSON(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contest"], ["contest.id"], name=op.f("fk_official_import_contest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_import")),
        sa.UniqueConstraint("contest", "number", name=op.f("uq_official_import_contest_number")),
    )
    op.create_table(
        "official_tps",
        sa.Column("official_import", sa.String(), nullable=False),
        sa.Column("tps", sa.String(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("psu", sa.String(), nullable=True),
        sa.Column("ts", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["official_import"],
            ["official_import.id"],
            name=op.f("fk_official_tps_official_import"),
        ),
        sa.PrimaryKeyConstraint("official_import", "tps", name=op.f("pk_official_tps")),
    )
    op.create_table(
        "comparison",
        sa.Column("contest", sa.String(), nullable=False),
        sa.Column("wilayah", sa.String(), nullable=False),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in (
                "size",
                "expected",
                "equal",
                "differing",
                "incomplete",
                "only_ours",
                "only_theirs",
                "unlisted",
                "explained",
            )
        ),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["contest"], ["contest.id"], name=op.f("fk_comparison_contest")),
        sa.PrimaryKeyConstraint("contest", "wilayah", name=op.f("pk_comparison")),
    )
    op.create_index("ix_comparison_parent", "comparison", ["contest", "parent", "wilayah"])
    op.create_index(
        "ix_comparison_largest", "comparison", ["contest", "outcome", "size", "wilayah"]
    )


def downgrade() -> None:
    for table in ("comparison", "official_tps", "official_import"):
        op.drop_table(table)
