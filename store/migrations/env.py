"""How alembic reaches the database: always through the connection, and in the transaction, of `Database.upgrade`."""

from __future__ import annotations

from typing import Literal

from alembic import context
from sqlalchemy import TypeDecorator

from store.tables import metadata


def render_plainly(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write plain types into a new migration: a finished one must not change when the program's types do."""
    return f"sa.{item.impl!r}" if kind == "type" and isinstance(item, TypeDecorator) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter a table in place: alembic copies it
    render_item=render_plainly,
)

with context.begin_transaction():
    context.run_migrations()
