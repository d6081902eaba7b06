"""Dates as feeds write them: by the book, nearly so, or in the words of their own language.

The offset that stands in the text is kept, because the calendar day at the outlet's place is what "today" means in its
report. A time without a zone, or with one that nobody knows, is taken as UTC: some hours wrong is better than days. A
date that does not exist, or that means one day here and another there (05/06/2004) and has no weekday that tells which,
is none, for then the moment at which the report was first seen takes its place.

Sources: RFC 5322 section 3.3 (with the two-digit years of 4.3), RFC 3339, ISO 8601 (W3C note on date and time formats).
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Final
from zoneinfo import ZoneInfo

from watchers.months import month_number

# Zone names that the standard library does not know, or reads as "no zone", in hours east of Greenwich.
_ZONES: Final = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3,
    "MET": 1, "MEST": 2, "MEZ": 1, "MESZ": 2,
    "MSK": 3, "МСК": 3, "MSD": 4, "TRT": 3, "IST": 5.5, "PKT": 5, "SGT": 8, "HKT": 8, "AWST": 8, "JST": 9, "KST": 9,
    "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "SAST": 2, "EAT": 3, "WAT": 1, "AT": -4, "AST": -4, "ADT": -3,
    "ET": -5, "EST": -5, "EDT": -4, "CT": -6, "CST": -6, "CDT": -5, "MT": -7, "MST": -7, "MDT": -6, "PT": -8,
    "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "NST": -3.5, "NDT": -2.5, "BRT": -3, "ART": -3, "ICT": 7,
    "WIB": 7,
}  # fmt: skip
_KOREA: Final = timezone(timedelta(hours=9))

_DAY: Final = r"(?P<day>\d{1,2})"
_NAME: Final = r"(?P<month>[^\W\d_]{3,})"
_YEAR: Final = r"(?P<year>\d{4})(?!\d)"
_SHORT_YEAR: Final = r"(?P<year>\d{4}|\d{2})(?!\d)"
_CLOCK: Final = (
    r"(?P<before>오전|오후|上午|下午)?\s*(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\b\.?)?"
    r"\s*(?:(?:GMT|UTC?|[A-Z]{3,4})\s?(?=[+-]\d))?(?:[:-](?=[+-]\d))?"
    r"(?P<zone>[+-]\d{1,2}(?::?\d{2})?(?!\d)|[A-Z][A-Za-z]+/[A-Za-z_/-]+|[A-Za-zМСК]{1,5}\b)?"
)
_TIME: Final = re.compile(_CLOCK)
_TIME_FIRST: Final = re.compile(r"(\d{1,2}:\d{2}(?::\d{2})?),?\s+(.+)", re.DOTALL)
# The first that fits decides: a date that stands there and cannot be is not read in another way.
_DATES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        # Some write a zero too many before the month.
        rf"(?<!\d){_YEAR}-0?(?P<month>\d{{1,2}})-{_DAY}(?!\d)",
        rf"{_NAME}\s+{_DAY}\s+(?P<between>\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\s+[A-Z]{{1,5}})?)\s+{_YEAR}",
        rf"(?<![\d:]){_DAY}(?:\.|,|st|nd|rd|th)?[\s-]+(?:de\s+)?{_NAME}\.?,?[\s-]+(?:de[l]?\s+)?{_SHORT_YEAR}(?!:)",
        rf"{_NAME}\.?\s+{_DAY}(?:st|nd|rd|th)?[,\s]\s*{_YEAR}",
        rf"(?<!\d){_DAY}\.\s?(?P<month>\d{{1,2}})\.\s?{_SHORT_YEAR}(?![.\d])",
        rf"(?<!\d){_YEAR}[./](?P<month>\d{{1,2}})[./]{_DAY}(?!\d)",
        rf"(?<!\d){_YEAR}\s*[年년]\s*(?P<month>\d{{1,2}})\s*[月월]\s*{_DAY}\s*[日일]",
        rf"(?<!\d){_YEAR}[.-]?\s*(?:m\.\s*)?{_NAME}[\s-]+{_DAY}(?!\d)",
        r"(?<!\d)(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?=T|\s|$|\d{6}(?!\d))",
        rf"(?<!\d)(?P<first>\d{{1,2}})[/ -](?P<second_part>\d{{1,2}})[/ -]{_YEAR}",
        r"(?<![\d/])(?P<first>\d{1,2})/(?P<second_part>\d{1,2})/(?P<year>\d{2})(?![\d/])",
        r"^(?P<year>\d{4})-?(?P<ordinal>\d{3})(?=T|$)",
        r"^(?P<year>\d{4})-?W(?P<week>\d{2})(?:-?(?P<weekday>[1-7]))?(?=T|$)",
        rf"^{_NAME}\.?,?\s+{_YEAR}$",
        r"^(?P<year>\d{4})-(?P<month>\d{2})$",
        r"^(?P<year>(?:19|20)\d{2})$",
    )
)
_BASIC_TIME: Final = re.compile(
    r"T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?=\D|$)(?:[.,]\d+)?\s*(?P<zone>[+-]\d{2}:?(?:\d{2})?|Z\b)?"
)
_HOUR_ALONE: Final = re.compile(r"T(?P<hour>\d{2})(?P<zone>[+-]\d{2}(?::?\d{2})?|Z)?$")
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EPOCH: Final = re.compile(r"(\d{10})(?:\d{3})?(?:\.\d+)?")
_LONGEST: Final = 100

_EARLIEST_YEAR: Final = 1990
_SHORT_YEARS_FROM: Final = 69
_AHEAD: Final = timedelta(days=1)
_NOON: Final = 12
_MIDNIGHT: Final = 24


def moment(text: str) -> datetime | None:
    """The moment that `text` names, with its own offset; None where it names none, or one that cannot be."""
    text = text.strip()[:_LONGEST]
    time_first = _TIME_FIRST.fullmatch(text)
    time, text = time_first.groups() if time_first else ("", text)
    try:
        if epoch := _EPOCH.fullmatch(text):
            return datetime.fromtimestamp(int(epoch[1]), UTC)
        for pattern in _DATES:
            if found := pattern.search(text):
                return _composed(text, found, f"{time}{text[found.end() :]}")
    except (ValueError, OverflowError):
        return None
    return http_date(text)


def http_date(text: str) -> datetime | None:
    """A date as mail and HTTP write it, None where it is broken. Without a zone it is UTC."""
    try:
        read = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def plausible(when: datetime | None, now: datetime) -> datetime | None:
    """`when`, unless a clock at its zero or in the future wrote it."""
    if when is None:
        return None
    try:
        believable = when.year >= _EARLIEST_YEAR and when <= now + _AHEAD
    except OverflowError:
        return None
    return when if believable else None


def _composed(text: str, date_in_it: re.Match[str], rest: str) -> datetime:
    found = date_in_it.groupdict()
    day = datetime.combine(_day(found, text), datetime.min.time())
    # A zone may stand behind the year that follows a time.
    between = found.get("between")
    time = _HOUR_ALONE.match(rest) or _TIME.search(f"{between} {rest}" if between else rest) or _BASIC_TIME.match(rest)
    if not time:
        return day.replace(tzinfo=UTC)
    said = time.groupdict()
    hour, minute, second = _hour(said), int(said.get("minute") or 0), int(said.get("second") or 0)
    # ISO 8601 may call the end of a day 24:00; a leap second is taken for the last one of its minute.
    later = timedelta(days=(hour, minute, second) == (_MIDNIGHT, 0, 0) and rest[:1] == "T")
    at = day.replace(hour=hour - _MIDNIGHT if later else hour, minute=minute, second=59 if second == 60 else second)  # noqa: PLR2004 - a leap second
    at += later
    name = said.get("zone")
    # Only in Korea is a time written in such words.
    in_korea = said.get("before") in {"오전", "오후"} or ("년" in text and not name)
    return at.replace(tzinfo=_KOREA if in_korea else _zone(name, at))


def _day(found: dict[str, str | None], text: str) -> date:
    year = int(found["year"] or 0)
    if len(found["year"] or "") == len("04"):
        year += 1900 if year >= _SHORT_YEARS_FROM else 2000
    if found.get("ordinal"):
        # Day 0 and day 366 of a common year lead into another year.
        day = date(year, 1, 1) + timedelta(days=int(found["ordinal"] or 0) - 1)
        if day.year != year:
            raise ValueError("no such day")
        return day
    if found.get("week"):
        return date.fromisocalendar(year, int(found["week"] or 0), int(found["weekday"] or 1))
    if found.get("first"):
        return _told_apart(year, int(found["first"] or 0), int(found["second_part"] or 0), text[:3].lower())
    return date(year, _month(found.get("month") or "1"), int(found.get("day") or 1))


def _told_apart(year: int, first: int, second: int, weekday: str) -> date:
    """The day of a month and a day whose order is not known: the only one that exists, or that is such a weekday."""
    days = {
        date(year, month, day)
        for month, day in ((first, second), (second, first))
        if month in range(1, 13) and day in range(1, monthrange(year, month)[1] + 1)
    }
    if len(days) > 1 and weekday in _WEEKDAYS:
        days = {day for day in days if day.weekday() == _WEEKDAYS.index(weekday)}
    if len(days) != 1:
        raise ValueError("either may be the month, or neither")
    return days.pop()


def _hour(time: dict[str, str | None]) -> int:
    hour, half, before = int(time["hour"] or 0), (time.get("half") or "").lower(), time.get("before")
    if not (half or before):
        return hour
    return hour % _NOON + (_NOON if half.startswith("p") or before in {"오후", "下午"} else 0)


def _month(word: str) -> int:
    number = int(word) if word.isdigit() else month_number(word)
    if number is None:
        raise ValueError(f"no month: {word}")
    return number


def _zone(name: str | None, at: datetime) -> timezone:
    """The zone of that name, as it was then: a place has summer and winter."""
    if not name:
        return UTC
    if name[0] in "+-":
        hours, minutes = re.fullmatch(r"(\d{1,2}?):?(\d{2})?", name[1:]).groups()  # type: ignore[union-attr]
        east = timedelta(hours=int(hours), minutes=int(minutes or 0)) * (-1 if name[0] == "-" else 1)
    elif "/" in name:
        east = _east_of(name, at)
    else:
        east = timedelta(hours=_ZONES.get(name.upper(), 0))
    return timezone(east)


def _east_of(place: str, at: datetime) -> timedelta:
    try:
        return at.replace(tzinfo=ZoneInfo(place)).utcoffset() or timedelta()
    except (KeyError, ValueError, OSError):
        return timedelta()
