"""Quiet hours: until when a channel wants no messages."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def quiet_until(now: datetime, timezone: str, start: str | None, end: str | None) -> datetime | None:
    """The end of the quiet hours that `now` falls into; None where it falls into none.

    Hours go by the clocks of the time zone, so they move with its summer time. A start after the end lasts over
    midnight; a start that is the end means no quiet hours. An hour that the clocks leave out begins and ends when it
    would have without the change (PEP 495, fold 0).

    Args:
        now: the moment, aware.
        timezone: an IANA name.
        start: `HH:MM`, or None for no quiet hours.
        end: `HH:MM`, or None for no quiet hours.

    Raises:
        ValueError: there is no such time of day.
        ZoneInfoNotFoundError: there is no such time zone.
    """
    if not start or not end or start == end:
        return None
    zone = ZoneInfo(timezone)
    begins, ends = time.fromisoformat(start), time.fromisoformat(end)
    today = now.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        last = day if begins < ends else day + timedelta(days=1)
        first_moment = datetime.combine(day, begins, zone).astimezone(now.tzinfo)
        last_moment = datetime.combine(last, ends, zone).astimezone(now.tzinfo)
        if first_moment <= now < last_moment:
            return last_moment
    return None
