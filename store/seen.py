"""Seen: what a look at a period could see, so that the next look finds what was stored late.

A report carries the moment at which it was polled, and is stored a little later: one polled just before the end of a
period may be stored just after somebody looked at it. Rows are numbered as they are stored, so a row beyond those that
the last look could see is new, whatever its moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, or_, select

from store.tables import events, reports

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest rows that could be seen; None where nobody looked before, so that moments alone count."""

    report: int | None = None
    event: int | None = None


NOTHING: Final = Seen()


def all_seen(conn: Connection) -> Seen:
    """Everything that can be seen now."""
    return Seen(
        conn.execute(select(func.coalesce(func.max(reports.c.row), 0))).scalar_one(),
        conn.execute(select(func.coalesce(func.max(events.c.row), 0))).scalar_one(),
    )


def since(
    moment: ColumnElement[datetime | None], row: ColumnElement[int | None], start: datetime, seen: int | None
) -> ColumnElement[bool]:
    """The rows from a moment on, and those that were stored only after somebody looked at what lies before it."""
    return moment >= start if seen is None else or_(moment >= start, row > seen)
