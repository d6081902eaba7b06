"""Health: which jobs have not ended within their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from store.jobs import JobRow


def late(rows: Iterable[JobRow], names: Iterable[str], now: datetime) -> list[str]:
    """A line for every job of `names` that has not ended within its time; a first run has that time, too."""
    return list(overdue(rows, names, now).values())


def overdue(
    rows: Iterable[JobRow], names: Iterable[str], now: datetime, began: datetime | None = None
) -> dict[str, str]:
    """The jobs of `names` that have not ended within their time, each with a line that says so.

    Args:
        rows: what is known of jobs.
        names: the jobs that are to run.
        now: the current time.
        began: when the program began: until their time is over since then, jobs may still come to it.
    """
    known = {row.name: row for row in rows}
    lines = {}
    for name in names:
        row = known.get(name)
        if row is None or row.started is None:
            if began is None:
                lines[name] = f"job {name} has never run; is the bot running?"
            continue
        since = row.finished or row.started
        if (now - (max(since, began) if began else since)).total_seconds() > row.limit_seconds:
            ended = row.finished or "no time"
            lines[name] = f"job {name} last ended at {ended}; it must every {row.limit_seconds:.0f} seconds"
    return lines
