"""The review desk: its lots, who has which form open, what was handed on, and what comes first.

Sheets settled before have no weight and no reasons; they get theirs when they are settled again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ONE_READING = "uq_verification_contest_tps_form_version_reviewer"


def upgrade() -> None:
    op.create_table(
        "lot",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lot")),
    )
    op.create_table(
        "lease",
        sa.Column("contest", sa.String(), nullable=False),
        sa.Column("tps", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contest"], ["contest.id"], name=op.f("fk_lease_contest")),
        sa.ForeignKeyConstraint(["tps"], ["tps.code"], name=op.f("fk_lease_tps")),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_lease_account")),
        sa.PrimaryKeyConstraint("contest", "tps", "form", name=op.f("pk_lease")),
    )
    op.create_table(
        "escalation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("contest", sa.String(), nullable=False),
        sa.Column("tps", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contest"], ["contest.id"], name=op.f("fk_escalation_contest")),
        sa.ForeignKeyConstraint(["tps"], ["tps.code"], name=op.f("fk_escalation_tps")),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_escalation_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation")),
    )
    with op.batch_alter_table("escalation") as table:
        table.create_index(op.f("ix_escalation_contest_tps"), ["contest", "tps"])
    op.create_table(
        "withdrawal",
        sa.Column("verification", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["verification"], ["verification.id"], name=op.f("fk_withdrawal_verification")
        ),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_withdrawal_account")),
        sa.PrimaryKeyConstraint("verification", name=op.f("pk_withdrawal")),
    )
    op.create_table(
        "seeded_check",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("showing", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("contest", sa.String(), nullable=False),
        sa.Column("tps", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("shown", sa.String(), nullable=False),
        sa.Column("truth", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("caught", sa.Boolean(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_seeded_check_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seeded_check")),
    )
    with op.batch_alter_table("seeded_check") as table:
        table.create_index(op.f("ix_seeded_check_account"), ["account"])
        table.create_index(op.f("ix_seeded_check_showing"), ["showing"])
    op.create_table(
        "glyph_mark",
        sa.Column("reading", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("box", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("glyph", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reading"], ["reading.id"], name=op.f("fk_glyph_mark_reading")),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_glyph_mark_account")),
        sa.PrimaryKeyConstraint("reading", "field", "box", name=op.f("pk_glyph_mark")),
    )
    # Whoever took a reading back may read the same version again.
    with op.batch_alter_table("verification") as table:
        table.drop_constraint(ONE_READING, type_="unique")
    with op.batch_alter_table("sheet") as table:
        table.add_column(sa.Column("weight", sa.Float(), nullable=False, server_default="0"))
        table.add_column(sa.Column("reasons", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("sheet") as table:
        table.drop_column("reasons")
        table.drop_column("weight")
    with op.batch_alter_table("verification") as table:
        table.create_unique_constraint(
            ONE_READING, ["contest", "tps", "form", "version", "reviewer"]
        )
    op.drop_table("glyph_mark")
    op.drop_table("seeded_check")
    op.drop_table("withdrawal")
    op.drop_table("escalation")
    op.drop_table("lease")
    op.drop_table("lot")
