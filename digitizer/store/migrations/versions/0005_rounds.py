"""Later rounds of a contest, the TPS that vote in them, and TPS whose DPT is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Plain statements: SQLite cannot make a table anew to which others refer.
    op.execute(
        "ALTER TABLE contest ADD COLUMN repeats VARCHAR "
        "CONSTRAINT fk_contest_repeats REFERENCES contest (id)"
    )
    op.add_column("contest", sa.Column("since", sa.DateTime(timezone=True), nullable=True))
    keep_forms("form", "contest")
    op.create_table(
        "contest_tps",
        sa.Column("contest", sa.String(), nullable=False),
        sa.Column("tps", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["contest"], ["contest.id"], name=op.f("fk_contest_tps_contest")),
        sa.ForeignKeyConstraint(["tps"], ["tps.code"], name=op.f("fk_contest_tps_tps")),
        sa.PrimaryKeyConstraint("contest", "tps", name=op.f("pk_contest_tps")),
    )
    replace_registered(nullable=True)


def downgrade() -> None:
    replace_registered(nullable=False)
    op.drop_table("contest_tps")
    keep_forms("form")
    op.drop_column("contest", "since")
    op.execute("ALTER TABLE contest DROP COLUMN repeats")


def keep_forms(*key: str) -> None:
    """Make the table of forms anew with another key, with all that is in it."""
    columns = [sa.column("form"), sa.column("contest"), sa.column("position")]
    rows = op.get_bind().execute(sa.select(*columns).select_from(sa.table("contest_form"))).all()
    op.drop_table("contest_form")
    table = op.create_table(
        "contest_form",
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("contest", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["contest"], ["contest.id"], name=op.f("fk_contest_form_contest")),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_contest_form")),
    )
    op.bulk_insert(table, [dict(row._mapping) for row in rows])


def replace_registered(*, nullable: bool) -> None:
    """Let the DPT of a TPS be unknown; back only where it is known of every TPS."""
    default = None if nullable else "0"
    op.add_column(
        "tps", sa.Column("voters", sa.Integer(), nullable=nullable, server_default=default)
    )
    op.execute("UPDATE tps SET voters = registered")
    op.execute("ALTER TABLE tps DROP COLUMN registered")
    op.execute("ALTER TABLE tps RENAME COLUMN voters TO registered")
