"""A job that has not ended in its time is told to the owner: once, and once when it runs in time again.

What was told is remembered in the store, so that a restart neither repeats nor forgets it. A program that has just
begun gives every job its time before it says anything: neither that it is late, nor that it is well.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from bot.health import overdue
from store import channels, jobs, marks, outbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from store.database import Connection, Database
    from store.jobs import JobRow

_logger: Final = logging.getLogger(__name__)


def tell_late(database: Database, names: Sequence[str], now: datetime, began: datetime) -> tuple[str, ...]:
    """Tell the owner of every job that is late and was not told of, and of every one that was and is well again.

    Args:
        database: where jobs leave their traces, and the outbox is.
        names: the jobs that are to run.
        now: the current time.
        began: when the program began.

    Returns:
        The jobs of which something was told.

    Raises:
        StoreError: the store could not be written to; nothing was told, and the next call tells it.
    """
    with database.reading() as conn:
        if not _changes(conn, names, now, began):
            return ()
    with database.transaction() as conn:
        changes = _changes(conn, names, now, began)
        for name, line in changes.items():
            told = _told(conn, name)
            if line:
                marks.put(conn, _mark(name), now.isoformat())
                _tell(conn, f"{name}:{now.isoformat()}", f"Job {name} has not ended in its time", line, now)
            else:
                marks.drop(conn, _mark(name))
                _tell(conn, f"{name}:{told}:well", f"Job {name} runs in time again", f"it was late at {told}", now)
    for name, line in changes.items():
        facts = {"event": "job", "job": name, "late": bool(line)}
        if line:
            _logger.error("%s", line, extra={"facts": facts})
        else:
            _logger.info("job %s runs in time again", name, extra={"facts": facts})
    return tuple(changes)


def _changes(conn: Connection, names: Sequence[str], now: datetime, began: datetime) -> dict[str, str | None]:
    """The jobs of which something is to be told: a line for one that is late, None for one that is well again."""
    rows = jobs.all_jobs(conn)
    late, well = overdue(rows, names, now, began), _in_time(rows, names, now)
    found: dict[str, str | None] = {}
    for name in names:
        told = _told(conn, name)
        if name in late and not told:
            found[name] = late[name]
        elif name in well and told:
            found[name] = None
    return found


def _in_time(rows: Sequence[JobRow], names: Sequence[str], now: datetime) -> set[str]:
    """The jobs that did end within their time, as far as it is known."""
    ended = {row.name for row in rows if row.finished}
    return {name for name in names if name in ended} - overdue(rows, names, now).keys()


def _mark(name: str) -> str:
    return f"late:{name}"


def _told(conn: Connection, name: str) -> str | None:
    """Since when the owner knows that a job is late; None where they do not."""
    return marks.get(conn, _mark(name))


def _tell(conn: Connection, key: str, headline: str, line: str, now: datetime) -> None:
    payload = {"headline": headline, "lines": [line]}
    for owner in channels.by_role(conn, "owner"):
        outbox.queue(conn, owner.id, key=f"notice:late:{key}", kind="notice", payload=payload, now=now)
