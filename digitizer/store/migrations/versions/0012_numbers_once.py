"""The numbers of a tally are kept once: in the tally, and in the sums of the recap."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("tally_value")


def downgrade() -> None:
    op.create_table(
        "tally_value",
        sa.Column("contest", sa.String(), nullable=False),
        sa.Column("tps", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contest", "tps", "version"],
            ["tally.contest", "tally.tps", "tally.version"],
            name=op.f("fk_tally_value_contest_tps_version"),
        ),
        sa.PrimaryKeyConstraint(
            "contest", "tps", "version", "field", name=op.f("pk_tally_value")
        ),
    )
    connection = op.get_bind()
    numbers = sa.text("INSERT INTO tally_value VALUES (:contest, :tps, :version, :field, :value)")
    tallies = connection.execute(sa.text("SELECT contest, tps, version, body FROM tally"))
    for contest, tps, version, body in tallies.all():
        key = {"contest": contest, "tps": tps, "version": version}
        values = (json.loads(body) if isinstance(body, str) else body)["values"]
        rows = [{**key, "field": field, "value": value} for field, value in values.items()]
        if rows:
            connection.execute(numbers, rows)
