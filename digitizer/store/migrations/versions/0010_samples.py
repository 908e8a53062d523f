"""Samples of verified stations that are keyed once more."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sample",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("contest", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("population_sha256", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contest"], ["contest.id"], name=op.f("fk_sample_contest")),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_sample_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample")),
    )
    op.create_index(op.f("ix_sample_contest"), "sample", ["contest"])
    op.create_table(
        "sample_draw",
        sa.Column("sample", sa.String(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sample"], ["sample.id"], name=op.f("fk_sample_draw_sample")),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_sample_draw_account")),
        sa.PrimaryKeyConstraint("sample", name=op.f("pk_sample_draw")),
    )
    _of_stations(
        "sample_station",
        sa.Column("contest", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.Integer(), nullable=False),
        sa.Column("votes", sa.JSON(), nullable=False),
        other=("contest", "contest.id"),
    )
    _of_stations(
        "sample_item",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("contest", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("tally", sa.JSON(), nullable=False),
        other=("contest", "contest.id"),
    )
    for table in ("sample_keying", "sample_ruling"):
        _of_stations(
            table,
            sa.Column("as_written", sa.JSON(), nullable=False),
            sa.Column("account", sa.String(), nullable=False),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
            other=("account", "account.id"),
        )


def _of_stations(table: str, *columns: sa.Column, other: tuple[str, str]) -> None:
    op.create_table(
        table,
        sa.Column("sample", sa.String(), nullable=False),
        sa.Column("tps", sa.String(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["sample"], ["sample.id"], name=op.f(f"fk_{table}_sample")),
        sa.ForeignKeyConstraint(["tps"], ["tps.code"], name=op.f(f"fk_{table}_tps")),
        sa.ForeignKeyConstraint([other[0]], [other[1]], name=op.f(f"fk_{table}_{other[0]}")),
        sa.PrimaryKeyConstraint("sample", "tps", name=op.f(f"pk_{table}")),
    )


def downgrade() -> None:
    for table in ("sample_ruling", "sample_keying", "sample_item", "sample_station", "sample_draw"):
        op.drop_table(table)
    op.drop_table("sample")
