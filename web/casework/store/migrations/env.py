"""Alembic's entry: `schema.upgrade` gives it an open connection."""

from __future__ import annotations

from alembic import context

from web.casework.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.Base.metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
