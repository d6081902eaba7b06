"""One statement for many rows.

SQLAlchemy makes a statement fit for the database each time, and for each row looks up every value by name; for short
statements, of which polling executes two for a feed, that takes four times as long as the database does. Here it is
asked for the text once and for how each value is written, and the driver gets the rows.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Update
    from sqlalchemy.engine import Connection, Dialect

    _Row = tuple[object, ...] | dict[str, object]


def execute_many(conn: Connection, statement: Update, names: tuple[str, ...], rows: Iterable[Sequence[Any]]) -> int:
    """Execute a statement for each row; how many rows of the table it found.

    Args:
        conn: an open write transaction.
        statement: it is kept, so there must be few.
        names: of its `bindparam`s.
        rows: a value for each of them.
    """
    text, made = _prepared(statement, names, conn.dialect)
    values = [made(row) for row in rows]
    return conn.exec_driver_sql(text, values).rowcount if values else 0


@lru_cache(maxsize=512)
def _prepared(
    statement: Update, names: tuple[str, ...], dialect: Dialect
) -> tuple[str, Callable[[Sequence[Any]], _Row]]:
    """A statement as the driver reads it, and what makes a row that it takes."""
    compiled: Any = statement.compile(dialect=dialect)
    written = {name: _writing(compiled.binds[name].type, dialect) for name in names}
    if not compiled.positional:
        every = [(name, at, written[name]) for at, name in enumerate(names)]
        return str(compiled), lambda row: {name: write(row[at]) for name, at, write in every}
    places = [(names.index(name), written[name]) for name in compiled.positiontup]
    return str(compiled), lambda row: tuple([write(row[at]) for at, write in places])


def _writing(kind: Any, dialect: Dialect) -> Callable[[Any], object]:
    """What makes a value fit for the driver."""
    processor: Callable[[Any], object] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return processor or _as_it_is


def _as_it_is(value: object) -> object:
    return value
