"""What Alembic runs: the migrations, on the connection it was given."""

from typing import Literal

from alembic import context
from sqlmodel import SQLModel

import digitizer.store  # noqa: F401  # fills the metadata


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave tables of others, which may share the database, to them."""
    return kind != "table" or name in SQLModel.metadata.tables


def run() -> None:
    """Run the migrations inside the caller's transaction."""
    batch: Literal[True] = True
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=SQLModel.metadata,
        include_name=is_ours,
        render_as_batch=batch,
    )
    context.run_migrations()


run()
