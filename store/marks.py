"""Marks: short texts by name, for what the program has to remember of its dealings with others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from store.database import insert_once
from store.tables import marks

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def get(conn: Connection, name: str) -> str | None:
    """The mark of that name, or None."""
    found: str | None = conn.execute(select(marks.c.value).where(marks.c.name == name)).scalar_one_or_none()
    return found


def put(conn: Connection, name: str, value: str) -> None:
    """Set the mark of that name."""
    mine = marks.c.name == name
    if insert_once(conn, marks, {"name": name, "value": value}, unless=mine) is None:
        conn.execute(update(marks).where(mine).values(value=value))


def drop(conn: Connection, name: str) -> None:
    """Forget the mark of that name."""
    conn.execute(delete(marks).where(marks.c.name == name))
