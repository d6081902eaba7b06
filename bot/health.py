"""Health: which jobs have not ended within their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from store.jobs import JobRow


def late(rows: Iterable[JobRow], names: Iterable[str], now: datetime) -> list[str]:
    """A line for every job of `names` that has not ended within its time; a first run has that time, too."""
    known = {row.name: row for row in rows}
    lines = []
    for name in names:
        row = known.get(name)
        if row is None or row.started is None:
            lines.append(f"job {name} has never run; is the bot running?")
        elif (now - (row.finished or row.started)).total_seconds() > row.limit_seconds:
            ended = row.finished or "no time"
            lines.append(f"job {name} last ended at {ended}; it must every {row.limit_seconds:.0f} seconds")
    return lines
