"""Form files of the installation, and drafts of new ones."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "form_file",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_form_file")),
    )
    op.create_index(op.f("ix_form_file_form"), "form_file", ["form"])
    op.create_table(
        "form_draft",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_draft")),
    )
    op.create_table(
        "form_draft_page",
        sa.Column("draft", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("picture", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft"], ["form_draft.id"], name=op.f("fk_form_draft_page_draft_form_draft")
        ),
        sa.PrimaryKeyConstraint("draft", "position", name=op.f("pk_form_draft_page")),
    )


def downgrade() -> None:
    op.drop_table("form_draft_page")
    op.drop_table("form_draft")
    op.drop_index(op.f("ix_form_file_form"), "form_file")
    op.drop_table("form_file")
