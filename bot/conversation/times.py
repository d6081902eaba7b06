"""Times as people type them: times of day, hours from-to, lengths, moments; each in the languages that the bot speaks.

Pure: the clock and the time zone are arguments. What cannot be read is None, never a guess.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final
from zoneinfo import available_timezones

from bot.conversation.typed import time_words

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

LONGEST: Final = timedelta(days=366)
"""How long something may be snoozed or muted that is to come back."""

_CLOCK: Final = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?", re.IGNORECASE)
_SPAN: Final = re.compile(r"\s*(?:-|–|—|\s|to|bis|до|à|a)\s*")
_LENGTH: Final = re.compile(r"(\d{1,4})\s*([^\W\d_]+)")
_DAY: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_UNITS: Final = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_HOURS: Final = 24
_MINUTES: Final = 60
_NOON: Final = 12
_MORNING: Final = time(9)
_OFFSET: Final = re.compile(r"(?:utc|gmt)?\s*([+-])(\d{1,2})(?::?00)?", re.IGNORECASE)
_FURTHEST_EAST: Final = 14
_FURTHEST_WEST: Final = 12


def clock(text: str) -> str | None:
    """A time of day as `HH:MM`: 7, 07:30, 7.30, 9pm."""
    found = _CLOCK.fullmatch(text.strip())
    if not found:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if found[3].lower() == "pm" else 0)
    return f"{hour:02}:{minute:02}" if hour < _HOURS and minute < _MINUTES else None


def span(text: str) -> tuple[str, str] | None:
    """Two times of day: 22:00-07:00, 22–7, 22:00 7:00."""
    for gap in _SPAN.finditer(text.strip()):
        start, end = clock(text.strip()[: gap.start()]), clock(text.strip()[gap.end() :])
        if start and end:
            return start, end
    return None


def length(text: str) -> timedelta | None:
    """A length of time: 8h, 30 min, 2 days, 1 week; None where it is none, is zero, or is too long."""
    found = _LENGTH.fullmatch(text.strip().casefold())
    if not found:
        return None
    for name, unit in _UNITS.items():
        if any(_is_unit(found[2], beginning) for beginning in time_words(name)):
            total = int(found[1]) * unit
            return total if timedelta() < total <= LONGEST else None
    return None


def _is_unit(word: str, beginning: str) -> bool:
    """A unit of one letter stands alone, a longer one may have endings."""
    return word == beginning if len(beginning) == 1 else word.startswith(beginning)


def moment(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When something ends: `8h`, `until tomorrow 9:00`, `18:00`, `2025-10-05 9:00`; None unless it lies ahead."""
    words = [word for word in text.casefold().split() if word not in time_words("until")]
    if not words:
        return None
    lasting = length(" ".join(words))
    if lasting:
        return now + lasting
    here = now.astimezone(zone)
    day, rest = _day(words[0], here.date())
    hours = " ".join(words[1:] if day else words)
    named = clock(hours) if hours else None
    if rest or (hours and named is None) or not (day or named):
        return None
    at = time.fromisoformat(named) if named else _MORNING
    found = datetime.combine(day or here.date(), at, zone)
    if not day and found <= now:
        found = datetime.combine(here.date() + timedelta(days=1), at, zone)
    return found if now < found <= now + LONGEST else None


def _day(word: str, today: date) -> tuple[date | None, bool]:
    """The day that a word names, and whether it looks like one and is none."""
    if word in time_words("today"):
        return today, False
    if word in time_words("tomorrow"):
        return today + timedelta(days=1), False
    found = _DAY.fullmatch(word)
    if not found:
        return None, False
    try:
        return today.replace(*(int(part) for part in found.groups())), False
    except ValueError:
        return None, True


@cache
def zones() -> dict[str, str]:
    """Time zones by their names in small letters, and by those of their cities."""
    named: dict[str, str] = {}
    every = sorted(available_timezones())
    for name in every:
        named[name.casefold()] = name
    for name in every:
        if "/" in name and not name.startswith(("Etc/", "posix", "right")):
            named.setdefault(name.rsplit("/", 1)[1].replace("_", " ").casefold(), name)
    return named


def zone(text: str) -> str | None:
    """The time zone that a text names: Europe/Paris, paris, UTC+3."""
    words = " ".join(text.split()).casefold()
    found = zones().get(words) or zones().get(words.replace(" ", "_"))
    if found:
        return found
    offset = _OFFSET.fullmatch(words)
    if not offset:
        return None
    hours = int(offset[2])
    if hours > (_FURTHEST_EAST if offset[1] == "+" else _FURTHEST_WEST):
        return None
    # The names of these zones count westwards.
    return f"Etc/GMT{'-' if offset[1] == '+' else '+'}{hours}" if hours else "UTC"
