"""What several nodes may each have done: tallies of one version, readings of one photo, and more."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import Column, CreateTable, Table

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

HERE = "(SELECT id FROM node WHERE here)"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # Tables that others refer to are made anew: whether all still refer to rows is asked at
        # the end of the transaction.
        op.execute("PRAGMA defer_foreign_keys = ON")
    _tallies_by_node()
    _without_unique("reading", ("photo", "model", "form_version"))
    _without_unique("correction", ("contest", "tps", "level", "version"))
    _without_unique("official_import", ("contest", "number"))
    op.create_index("ix_reading_photo", "reading", ["photo"])
    op.create_index("ix_correction_contest_tps", "correction", ["contest", "tps"])
    op.create_index(op.f("ix_official_import_contest"), "official_import", ["contest"])
    for table in ("verification", "sample"):
        op.add_column(table, sa.Column("node", sa.String(), nullable=False, server_default=""))
        op.execute(f"UPDATE {table} SET node = {HERE}")
    op.create_table(
        "node_dispute",
        sa.Column("contest", sa.String(), nullable=False),
        sa.Column("tps", sa.String(), nullable=False),
        sa.Column("verifications", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["contest"], ["contest.id"], name=op.f("fk_node_dispute_contest")),
        sa.ForeignKeyConstraint(["tps"], ["tps.code"], name=op.f("fk_node_dispute_tps")),
        sa.PrimaryKeyConstraint("contest", "tps", name=op.f("pk_node_dispute")),
    )
    op.create_table(
        "chain_signature",
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["node"], ["node.id"], name=op.f("fk_chain_signature_node")),
        sa.PrimaryKeyConstraint("node", name=op.f("pk_chain_signature")),
    )


def _tallies_by_node() -> None:
    """Make the node part of the key of a tally."""
    place = [
        ("contest", sa.String()),
        ("tps", sa.String()),
        ("version", sa.Integer()),
        ("node", sa.String()),
    ]
    op.execute("CREATE TABLE tally_before AS SELECT * FROM tally")
    op.drop_table("tally")
    op.create_table(
        "tally",
        *(sa.Column(name, kind, autoincrement=False, nullable=False) for name, kind in place),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contest"], ["contest.id"], name=op.f("fk_tally_contest")),
        sa.ForeignKeyConstraint(["tps"], ["tps.code"], name=op.f("fk_tally_tps")),
        sa.PrimaryKeyConstraint(*(name for name, _ in place), name=op.f("pk_tally")),
    )
    listed = "contest, tps, version, form, origin, body, made_at"
    op.execute(f"INSERT INTO tally (node, {listed}) SELECT {HERE}, {listed} FROM tally_before")
    op.drop_table("tally_before")


def _without_unique(table: str, columns: Sequence[str]) -> None:
    """Let several rows of a table be alike in these columns."""
    bind = op.get_bind()
    name = f"uq_{table}_{'_'.join(columns)}"
    if bind.dialect.name != "sqlite":
        op.drop_constraint(name, table, type_="unique")
        return
    made = Table(table, sa.MetaData(), autoload_with=bind)
    unique = next(item for item in made.constraints if item.name == name)
    made.constraints.remove(unique)
    op.execute(f"CREATE TABLE {table}_before AS SELECT * FROM {table}")
    op.drop_table(table)
    bind.execute(CreateTable(made))
    for index in made.indexes:
        index.create(bind)
    listed = ", ".join(column.name for column in made.columns if isinstance(column, Column))
    op.execute(f"INSERT INTO {table} ({listed}) SELECT {listed} FROM {table}_before")
    op.drop_table(f"{table}_before")


def downgrade() -> None:
    raise NotImplementedError("what several nodes did fits no older store; restore a backup")
