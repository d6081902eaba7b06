"""Jobs: when each last ran, so that the health check can say whether all run within their time, and end well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import literal, select, update

from store import marks
from store.database import insert_once
from store.tables import jobs
from store.tables import marks as marked

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.engine import Connection

_FAILING: Final = "failing since:"
"""Begins the mark of a job that fails, which says since when."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """The latest run of a job. `finished` and `error` are those of the last run that came to an end.

    `failing_since` is when the first of the runs ended that failed one after the other up to that one, whichever
    program they ran in; None where that one ended well.
    """

    name: str
    started: datetime | None
    finished: datetime | None
    error: str | None
    limit_seconds: float
    failing_since: datetime | None = None


def started(conn: Connection, name: str, now: datetime, limit_seconds: float) -> None:
    """A run begins; it is healthy while the last end lies no further back than `limit_seconds`."""
    values = {"started": now, "limit_seconds": limit_seconds}
    known = jobs.c.name == name
    if insert_once(conn, jobs, {"name": name, **values}, unless=known) is None:
        conn.execute(update(jobs).where(known).values(**values))


def finished(conn: Connection, name: str, now: datetime, error: str | None = None) -> None:
    """The run ended, well or with an error."""
    conn.execute(update(jobs).where(jobs.c.name == name).values(finished=now, error=error))
    mark = _FAILING + name
    if error is None:
        marks.drop(conn, mark)
    elif marks.get(conn, mark) is None:
        marks.put(conn, mark, now.isoformat())


def all_jobs(conn: Connection) -> tuple[JobRow, ...]:
    """Every job that ever ran, by name."""
    mine = marked.c.name == literal(_FAILING).concat(jobs.c.name)
    since = marked.c.value.label("failing_since")
    rows = conn.execute(select(jobs, since).select_from(jobs.outerjoin(marked, mine)).order_by(jobs.c.name))
    return tuple(_job(row) for row in rows)


def _job(row: Row[Any]) -> JobRow:
    since = datetime.fromisoformat(row.failing_since) if row.failing_since else None
    return JobRow(row.name, row.started, row.finished, row.error, row.limit_seconds, since)
