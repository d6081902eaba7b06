"""Health: which jobs have not ended within their time, or not well."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from store.jobs import JobRow


def late(rows: Iterable[JobRow], names: Iterable[str], now: datetime) -> list[str]:
    """A line for every job of `names` that has not ended, or not well, within its time; a first run has that, too."""
    rows, names = tuple(rows), tuple(names)
    lines = failing(rows, names, now) | overdue(rows, names, now)
    return [lines[name] for name in names if name in lines]


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


def failing(
    rows: Iterable[JobRow], names: Iterable[str], now: datetime, began: datetime | None = None
) -> dict[str, str]:
    """The jobs of `names` that end, but have ended with errors alone for longer than their time, each with a line.

    The line does not say which error: health is told to whoever asks. The arguments are those of `overdue`.
    """
    known = {row.name: row for row in rows if row.failing_since}
    lines = {}
    for name in names:
        row = known.get(name)
        if row is None or row.failing_since is None:
            continue
        since = max(row.failing_since, began) if began else row.failing_since
        if (now - since).total_seconds() > row.limit_seconds:
            limit = f"{row.limit_seconds:.0f} seconds"
            lines[name] = f"job {name} has failed each time since {row.failing_since}; it must end well every {limit}"
    return lines
