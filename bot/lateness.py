"""A job in trouble is told to the owner: once when it began, and once when it is over.

Two troubles are told of, each by itself: a job has not ended in its time, or it has ended with errors alone for as
long. What was told is remembered in the store, so that a restart neither repeats nor forgets it. A program that has
just begun gives every job its time before it says anything: neither that it is in trouble, nor that it is well.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from bot.health import failing, overdue
from store import channels, jobs, marks, outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from store.database import Connection, Database
    from store.jobs import JobRow

_logger: Final = logging.getLogger(__name__)


class _Found(Protocol):
    """Finds the jobs that are in a trouble, each with a line that says so."""

    def __call__(
        self, rows: Sequence[JobRow], names: Sequence[str], now: datetime, began: datetime | None = None
    ) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What may be wrong with a job.

    Attributes:
        name: of what is remembered and logged.
        found: the jobs that are in it.
        over: whether a job that is not in it is surely well.
        begins: says what is wrong; the job's name stands before it.
        ends: says that it is over.
        was: says what it was; when it was told stands behind it.
    """

    name: str
    found: _Found
    over: Callable[[JobRow], bool]
    begins: str
    ends: str
    was: str


@dataclass(frozen=True, slots=True)
class _Change:
    """A trouble of a job that is to be told; `line` says what it is, and None that it is over.

    `error` is the one with which the job ended last, if it did.
    """

    job: str
    trouble: _Trouble
    line: str | None
    error: str | None = None


_TROUBLES: Final = (
    _Trouble(
        name="late",
        found=overdue,
        over=lambda row: row.finished is not None,
        begins="has not ended in its time",
        ends="runs in time again",
        was="it was late at",
    ),
    _Trouble(
        name="failing",
        found=failing,
        over=lambda row: row.finished is not None and row.failing_since is None,
        begins="fails each time",
        ends="ends well again",
        was="it failed at",
    ),
)


def tell_late(database: Database, names: Sequence[str], now: datetime, began: datetime) -> tuple[str, ...]:
    """Tell the owner of every job that is in trouble and was not told of, and of every one that was and is well again.

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
        for change in changes:
            _tell(conn, change, now)
    for change in changes:
        _log(change)
    return tuple(dict.fromkeys(change.job for change in changes))


def _changes(conn: Connection, names: Sequence[str], now: datetime, began: datetime) -> list[_Change]:
    rows = jobs.all_jobs(conn)
    errors = {row.name: row.error for row in rows}
    changes = []
    for trouble in _TROUBLES:
        begun = trouble.found(rows, names, now, began)
        well = {row.name for row in rows if trouble.over(row)} - trouble.found(rows, names, now).keys()
        for name in names:
            told = marks.get(conn, _mark(trouble, name))
            if name in begun and not told:
                changes.append(_Change(name, trouble, begun[name], errors.get(name)))
            elif name in well and told:
                changes.append(_Change(name, trouble, None))
    return changes


def _mark(trouble: _Trouble, name: str) -> str:
    """Names what says since when the owner knows of a job's trouble."""
    return f"{trouble.name}:{name}"


def _tell(conn: Connection, change: _Change, now: datetime) -> None:
    trouble, name = change.trouble, change.job
    mark = _mark(trouble, name)
    if change.line:
        marks.put(conn, mark, now.isoformat())
        moment, headline = now.isoformat(), f"Job {name} {trouble.begins}"
        lines = [change.line, *([f"last error: {change.error}"] if change.error else [])]
    else:
        told = marks.get(conn, mark)
        marks.drop(conn, mark)
        moment, headline, lines = f"{told}:well", f"Job {name} {trouble.ends}", [f"{trouble.was} {told}"]
    payload = {"headline": headline, "lines": lines}
    key = f"notice:{trouble.name}:{name}:{moment}"
    for owner in channels.by_role(conn, "owner"):
        outbox.queue(conn, owner.id, key=key, kind="notice", payload=payload, now=now)


def _log(change: _Change) -> None:
    facts = {"event": "job", "job": change.job, change.trouble.name: bool(change.line)}
    if change.line:
        error = f"; last error: {change.error}" if change.error else ""
        _logger.error("%s%s", change.line, error, extra={"facts": facts})
    else:
        _logger.info("job %s %s", change.job, change.trouble.ends, extra={"facts": facts})
