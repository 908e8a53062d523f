"""What is kept once is enough, and sheets lie as they are handed out.

The numbers of a tally stand in the tally alone, and ink hashes are compared without an index.
"""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("tally_value")
    op.drop_table("ink_band")
    op.drop_index("ix_sheet_state", "sheet")
    op.create_index("ix_sheet_turn", "sheet", ["state", "weight"])


def downgrade() -> None:
    _numbers_one_by_one()
    _bands()
    op.drop_index("ix_sheet_turn", "sheet")
    op.create_index("ix_sheet_state", "sheet", ["state"])


def _numbers_one_by_one() -> None:
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


def _bands() -> None:
    op.create_table(
        "ink_band",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ink", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["ink"], ["ink_hash.number"], name=op.f("fk_ink_band_ink")),
        sa.PrimaryKeyConstraint("key", "ink", name=op.f("pk_ink_band")),
    )
    connection = op.get_bind()
    kept = connection.execute(sa.text("SELECT number, kind, ink_hash FROM ink_hash"))
    for number, kind, ink_hash in kept.all():
        named = int.from_bytes(hashlib.sha256(kind.encode()).digest()[:5]) << 20
        keys = [
            {"key": named | band << 16 | int(ink_hash[4 * band : 4 * band + 4], 16), "ink": number}
            for band in range(16)
        ]
        connection.execute(sa.text("INSERT INTO ink_band VALUES (:key, :ink)"), keys)
