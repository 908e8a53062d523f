"""The recap kept current, corrections of a D.HASIL, publication and the heads that were shown."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

LEVELS = (("provinsi", 2, 0), ("kabkota", 4, 2), ("kecamatan", 6, 4), ("desa", 10, 6))
MISSING = sa.text("counted < expected AND length(wilayah) = 10")


def upgrade() -> None:
    op.create_table(
        "wilayah",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("parent", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_wilayah")),
    )
    op.create_index(op.f("ix_wilayah_parent"), "wilayah", ["parent"])
    for level, digits, above in LEVELS:
        op.execute(
            f"INSERT INTO wilayah (code, parent, name) SELECT substr(code, 1, {digits}), "
            f"min(substr(code, 1, {above})), min({level}) FROM tps GROUP BY substr(code, 1, {digits})"
        )
    # Its rows are counted when the installation is opened, by what counts them at any time.
    op.create_table(
        "recap_sum",
        sa.Column("contest", sa.String(), nullable=False),
        sa.Column("wilayah", sa.String(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("with_gaps", sa.Integer(), nullable=False),
        sa.Column("disputed", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["contest"], ["contest.id"], name=op.f("fk_recap_sum_contest")),
        sa.PrimaryKeyConstraint("contest", "wilayah", "in_force", name=op.f("pk_recap_sum")),
    )
    op.create_index("ix_recap_sum_parent", "recap_sum", ["contest", "parent", "wilayah"])
    op.create_index(
        "ix_recap_sum_missing",
        "recap_sum",
        ["contest", "wilayah"],
        sqlite_where=MISSING,
        postgresql_where=MISSING,
    )
    op.create_table(
        "correction",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("contest", sa.String(), nullable=False),
        sa.Column("tps", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("photo", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contest"], ["contest.id"], name=op.f("fk_correction_contest")),
        sa.ForeignKeyConstraint(["tps"], ["tps.code"], name=op.f("fk_correction_tps")),
        sa.ForeignKeyConstraint(["photo"], ["photo.sha256"], name=op.f("fk_correction_photo")),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_correction_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
        sa.UniqueConstraint(
            "contest", "tps", "level", "version", name=op.f("uq_correction_contest_tps_level_version")
        ),
    )
    op.create_table(
        "correction_withdrawal",
        sa.Column("correction", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["correction"], ["correction.id"], name=op.f("fk_correction_withdrawal_correction")
        ),
        sa.ForeignKeyConstraint(
            ["account"], ["account.id"], name=op.f("fk_correction_withdrawal_account")
        ),
        sa.PrimaryKeyConstraint("correction", name=op.f("pk_correction_withdrawal")),
    )
    op.create_table(
        "publication",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_publication")),
    )
    op.create_table(
        "published_head",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("chains", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hour", name=op.f("pk_published_head")),
    )


def downgrade() -> None:
    for table in (
        "published_head",
        "publication",
        "correction_withdrawal",
        "correction",
        "recap_sum",
        "wilayah",
    ):
        op.drop_table(table)
