"""Jobs: when each last ran, so that the health check can say whether all run within their time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from store.database import insert_once
from store.tables import jobs

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True)
class JobRow:
    """The latest run of a job. `finished` and `error` are those of the last run that came to an end."""

    name: str
    started: datetime | None
    finished: datetime | None
    error: str | None
    limit_seconds: float


def started(conn: Connection, name: str, now: datetime, limit_seconds: float) -> None:
    """A run begins; it is healthy while the last end lies no further back than `limit_seconds`."""
    values = {"started": now, "limit_seconds": limit_seconds}
    known = jobs.c.name == name
    if insert_once(conn, jobs, {"name": name, **values}, unless=known) is None:
        conn.execute(update(jobs).where(known).values(**values))


def finished(conn: Connection, name: str, now: datetime, error: str | None = None) -> None:
    """The run ended, well or with an error."""
    conn.execute(update(jobs).where(jobs.c.name == name).values(finished=now, error=error))


def all_jobs(conn: Connection) -> tuple[JobRow, ...]:
    """Every job that ever ran, by name."""
    rows = conn.execute(select(jobs).order_by(jobs.c.name))
    return tuple(JobRow(row.name, row.started, row.finished, row.error, row.limit_seconds) for row in rows)
