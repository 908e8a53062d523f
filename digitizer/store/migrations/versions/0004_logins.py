"""Accounts that are closed, where logins come from, attempts that failed, invitations, removals."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("account") as table:
        table.add_column(sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("login_session") as table:
        table.add_column(sa.Column("address", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("agent", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "invite",
        sa.Column("token_sha256", sa.String(), nullable=False),
        sa.Column("tps", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["tps"], ["tps.code"], name=op.f("fk_invite_tps")),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_invite_account")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_invite")),
    )
    op.create_index(op.f("ix_invite_tps"), "invite", ["tps"])
    op.create_table(
        "removal",
        sa.Column("photo", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["photo"], ["photo.sha256"], name=op.f("fk_removal_photo")),
        sa.PrimaryKeyConstraint("photo", name=op.f("pk_removal")),
    )
    op.create_table(
        "login_failure",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_failure")),
    )
    for column in ("username", "address", "at"):
        op.create_index(op.f(f"ix_login_failure_{column}"), "login_failure", [column])


def downgrade() -> None:
    op.drop_table("login_failure")
    op.drop_table("removal")
    op.drop_table("invite")
    with op.batch_alter_table("login_session") as table:
        table.drop_column("agent")
        table.drop_column("address")
    with op.batch_alter_table("account") as table:
        table.drop_column("disabled_at")
