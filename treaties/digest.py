"""Digests: which period is due for a channel, and what is in it.

A period ends at the channel's local time of day; the newest ended period is due, so that after an outage one digest
comes, not three.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEK = 7


def due_period(
    now: datetime, zone: str, every: str, at: str, since: datetime | None
) -> tuple[datetime, datetime] | None:
    """The newest period that has ended by `now`, as [start, end), or None when digests are off.

    Args:
        now: aware.
        zone: IANA name of the channel's time zone.
        every: `daily`, `weekly` (weeks end on Monday) or `off`.
        at: local time of day, `HH:MM`. A time that a change of clocks skips is taken as the moment after the gap.
        since: the end of the last digest sent; the period then starts there, so that nothing falls between.
    """
    if every == "off":
        return None
    local = now.astimezone(ZoneInfo(zone))
    hour, minute = (int(part) for part in at.split(":"))
    day = local.date()
    if _moment(day, hour, minute, zone) > now:
        day -= timedelta(days=1)
    if every == "weekly":
        day -= timedelta(days=day.weekday())
        if _moment(day, hour, minute, zone) > now:
            day -= timedelta(days=WEEK)
    end = _moment(day, hour, minute, zone)
    start = _moment(day - timedelta(days=WEEK if every == "weekly" else 1), hour, minute, zone)
    return (since if since and since < end else start), end


def _moment(day: date, hour: int, minute: int, zone: str) -> datetime:
    return datetime.combine(day, time(hour, minute), ZoneInfo(zone))
