"""The history of the schema, for Alembic; `store.engine.migrate` runs it."""
