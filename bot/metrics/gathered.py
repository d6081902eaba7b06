"""What is looked up in the store each time somebody reads the metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.health import failing, overdue
from store import gauges, jobs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from store.database import Connection


@dataclass(frozen=True, slots=True)
class Gathered:
    """How work keeps up at a moment; `waits` are seconds.

    Attributes:
        feeds: how many are listed, by health.
        due: how many should have been asked by now.
        due_waits: for how long the one that waits longest has been due.
        owed: by platform, how many messages are owed, and for how long the oldest has been.
        late: by job, whether it has not ended in its time.
        failing: by job, whether it has ended with errors alone for as long.
    """

    feeds: Mapping[str, int]
    due: int
    due_waits: float
    owed: Mapping[str, tuple[int, float]]
    late: Mapping[str, bool]
    failing: Mapping[str, bool]


def gather(conn: Connection, names: Iterable[str], now: datetime) -> Gathered:
    """Look it up; `names` are those of the jobs."""

    def waits(since: datetime | None) -> float:
        return max(0.0, (now - since).total_seconds()) if since else 0.0

    due, names = gauges.due(conn, now), tuple(names)
    rows = jobs.all_jobs(conn)
    late, ill = overdue(rows, names, now), failing(rows, names, now)
    return Gathered(
        feeds=gauges.feeds_by_health(conn),
        due=due.number,
        due_waits=waits(due.since),
        owed={one.platform: (one.messages, waits(one.since)) for one in gauges.owed(conn)},
        late={name: name in late for name in names},
        failing={name: name in ill for name in names},
    )
