"""Copying a whole store into an empty one of either kind: from SQLite to PostgreSQL when it grows, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, insert, select, text

from store.database import StoreError
from store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

    from store.database import Database

BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Copied:
    """How much was copied: rows by table, in the order in which they were."""

    rows: dict[str, int]

    @property
    def total(self) -> int:
        """All rows together."""
        return sum(self.rows.values())


def copy(source: Database, target: Database, told: Callable[[str, int], None] | None = None) -> Copied:
    """Copy everything, in one view of the source and one transaction of the target: all of it arrives, or nothing.

    The target is brought to the newest schema; the source must have it. What is copied is counted again afterwards.

    Args:
        source: the store to read; a bot may go on writing to it, but what it writes meanwhile is not copied.
        target: an empty store.
        told: is called after every table with its name and how many rows there were.

    Raises:
        StoreError: the target is not empty, or what arrived is not what was sent.
    """
    source.require_current()
    target.upgrade()
    rows: dict[str, int] = {}
    with source.reading() as reading, target.transaction() as writing:
        _refuse_filled(writing)
        for table in metadata.sorted_tables:
            rows[table.name] = _copy_table(reading, writing, table)
            if told:
                told(table.name, rows[table.name])
        if writing.dialect.name == "postgresql":
            _set_counters(writing)
    return Copied(rows)


def _refuse_filled(conn: Connection) -> None:
    filled = [table.name for table in metadata.sorted_tables if _count(conn, table)]
    if filled:
        raise StoreError(f"the target is not empty ({', '.join(filled)}); give an empty database")


def _copy_table(reading: Connection, writing: Connection, table: Table) -> int:
    """Copy one table in batches, so that memory does not grow with it."""
    keys = list(table.primary_key.columns)
    result = reading.execution_options(yield_per=BATCH).execute(select(table).order_by(*keys))
    for batch in result.partitions(BATCH):
        writing.execute(insert(table), [dict(row._mapping) for row in batch])  # noqa: SLF001 - the public name of a row's columns
    sent, arrived = _count(reading, table), _count(writing, table)
    if sent != arrived:
        raise StoreError(f"of {sent} rows of {table.name} {arrived} arrived; nothing was copied")
    return arrived


def _count(conn: Connection, table: Table) -> int:
    return conn.execute(select(func.count()).select_from(table)).scalar_one()


def _set_counters(conn: Connection) -> None:
    """Let new rows be numbered after those that were copied."""
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            counter = conn.execute(
                text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
            ).scalar_one_or_none()
            highest = conn.execute(select(func.max(column))).scalar_one()
            if counter and highest:
                conn.execute(
                    text("SELECT setval(CAST(:counter AS regclass), :highest)"),
                    {"counter": counter, "highest": highest},
                )
