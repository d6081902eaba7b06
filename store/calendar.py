"""The calendar of dates of effect: what was last given out, so that a change is a new version of the same entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import insert, select, update

from store.tables import calendar_entries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy.engine import Connection

Status = Literal["confirmed", "tentative", "cancelled"]
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """The day on which a state's exit from a treaty takes effect.

    Attributes:
        state: code of the state.
        treaty: id of the treaty.
        day: the day.
        status: tentative where only the earliest day is known; cancelled where the exit was taken back.
        sequence: how often it changed since it was first given out (RFC 5545, 3.8.7.4).
        changed_at: when it last did.
    """

    state: str
    treaty: str
    day: date
    status: Status
    sequence: int
    changed_at: datetime


def entries(conn: Connection, wanted: Mapping[Key, tuple[date, Status]], now: datetime) -> tuple[Entry, ...]:
    """Bring the entries up to date and give them out, those of exits that were taken back as cancelled.

    Args:
        conn: an open write transaction.
        wanted: day and status of each case whose exit takes effect, or did, by state and treaty.
        now: the current time.
    """
    known = {(row.state, row.treaty): Entry(*row) for row in conn.execute(select(calendar_entries))}
    for key, (day, status) in wanted.items():
        _keep(conn, key, known.get(key), day, status, now)
    for key, entry in known.items():
        if key not in wanted and entry.status != "cancelled":
            _keep(conn, key, entry, entry.day, "cancelled", now)
    order = (calendar_entries.c.day, calendar_entries.c.state, calendar_entries.c.treaty)
    rows = conn.execute(select(calendar_entries).order_by(*order))
    return tuple(Entry(*row) for row in rows)


def _keep(  # noqa: PLR0913, PLR0917 - an entry has that many parts
    conn: Connection, key: Key, known: Entry | None, day: date, status: Status, now: datetime
) -> None:
    state, treaty = key
    if known is None:
        values = {"state": state, "treaty": treaty, "day": day, "status": status, "sequence": 0, "changed_at": now}
        conn.execute(insert(calendar_entries).values(**values))
    elif (known.day, known.status) != (day, status):
        mine = (calendar_entries.c.state == state) & (calendar_entries.c.treaty == treaty)
        values = {"day": day, "status": status, "sequence": known.sequence + 1, "changed_at": now}
        conn.execute(update(calendar_entries).where(mine).values(**values))
