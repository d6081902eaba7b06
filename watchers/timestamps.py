"""Dates as feeds write them: by the book, nearly so, or in the words of their own language.

The offset that stands in the text is kept, because the calendar day at the outlet's place is what "today" means in its
report. A time without a zone, or with one that nobody knows, is taken as UTC: some hours wrong is better than days. A
date that does not exist, or that means one day here and another there (05/06/2004), is none, for then the moment at
which the report was first seen takes its place.

Sources: RFC 5322 section 3.3 (with the two-digit years of 4.3), RFC 3339, ISO 8601 (W3C note on date and time formats).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Final

from watchers.months import month_number

# Zone names that the standard library does not know, or reads as "no zone", in hours east of Greenwich.
_ZONES: Final = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "МСК": 3, "MSD": 4, "TRT": 3, "IST": 5.5, "PKT": 5, "SGT": 8, "HKT": 8, "AWST": 8, "JST": 9, "KST": 9,
    "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "SAST": 2, "EAT": 3, "WAT": 1, "AT": -4, "AST": -4, "ADT": -3,
    "ET": -5, "EST": -5, "EDT": -4, "CT": -6, "CST": -6, "CDT": -5, "MT": -7, "MST": -7, "MDT": -6, "PT": -8,
    "PST": -8, "PDT": -7, "BRT": -3, "ART": -3,
}  # fmt: skip
_KOREA: Final = timezone(timedelta(hours=9))

_DAY: Final = r"(?P<day>\d{1,2})"
_NAME: Final = r"(?P<month>[^\W\d_]{3,})"
_YEAR: Final = r"(?P<year>\d{4})(?!\d)"
_SHORT_YEAR: Final = r"(?P<year>\d{4}|\d{2})(?!\d)"
_CLOCK: Final = (
    r"(?P<before>오전|오후|上午|下午)?\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\b\.?)?"
    r"\s*(?:(?:GMT|UTC?)(?=[+-]\d))?(?P<zone>[+-]\d{1,2}(?::?\d{2})?(?!\d)|[A-Za-zМСК]{1,5}\b)?"
)
_TIME: Final = re.compile(_CLOCK)
# The first that fits decides: a date that stands there and cannot be is not read in another way.
_DATES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d){_YEAR}-(?P<month>\d{{1,2}})-{_DAY}(?!\d)",
        rf"{_NAME}\s+{_DAY}\s+(?P<between>\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\s+[A-Z]{{1,5}})?)\s+{_YEAR}",
        rf"(?<!\d){_DAY}\.?[\s-]+(?:de\s+)?{_NAME}\.?,?[\s-]+(?:de[l]?\s+)?{_SHORT_YEAR}(?!:)",
        rf"{_NAME}\.?\s+{_DAY}(?:st|nd|rd|th)?,?\s+{_YEAR}",
        rf"(?<!\d){_DAY}\.\s?(?P<month>\d{{1,2}})\.\s?{_YEAR}",
        rf"(?<!\d){_YEAR}[./](?P<month>\d{{1,2}})[./]{_DAY}(?!\d)",
        rf"(?<!\d){_YEAR}\s*[年년]\s*(?P<month>\d{{1,2}})\s*[月월]\s*{_DAY}\s*[日일]",
        rf"(?<!\d){_YEAR}[.-]?\s*(?:m\.\s*)?{_NAME}[\s-]+{_DAY}(?!\d)",
        r"(?<!\d)(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?=T|\s|$)",
        rf"(?<!\d)(?P<first>\d{{1,2}})[/-](?P<second_part>\d{{1,2}})[/-]{_YEAR}",
        r"^(?P<year>\d{4})-?(?P<ordinal>\d{3})(?=T|$)",
        r"^(?P<year>\d{4})-(?P<month>\d{2})$",
        r"^(?P<year>(?:19|20)\d{2})$",
    )
)
_BASIC_TIME: Final = re.compile(r"T(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?=\D|$)")
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
    try:
        if epoch := _EPOCH.fullmatch(text):
            return datetime.fromtimestamp(int(epoch[1]), UTC)
        for pattern in _DATES:
            if found := pattern.search(text):
                return _composed(found.groupdict(), text[found.end() :])
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


def _composed(found: dict[str, str | None], rest: str) -> datetime:
    day = _day(found)
    time = _TIME.search(found.get("between") or rest) or _BASIC_TIME.match(rest)
    if not time:
        return day
    said = time.groupdict()
    hour, minute, second = _hour(said), int(said["minute"]), int(said["second"] or 0)
    zone = _KOREA if said.get("before") in {"오전", "오후"} else _zone(said.get("zone"))
    # ISO 8601 may call the end of a day 24:00; a leap second is taken for the last one of its minute.
    later = timedelta(days=(hour, minute, second) == (_MIDNIGHT, 0, 0) and rest[:1] == "T")
    at = day.replace(hour=hour - _MIDNIGHT if later else hour, minute=minute, second=59 if second == 60 else second)  # noqa: PLR2004 - a leap second
    return (at + later).replace(tzinfo=zone)


def _day(found: dict[str, str | None]) -> datetime:
    year = int(found["year"] or 0)
    if len(found["year"] or "") == len("04"):
        year += 1900 if year >= _SHORT_YEARS_FROM else 2000
    if found.get("ordinal"):
        # Day 0 and day 366 of a common year lead into another year.
        day = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=int(found["ordinal"] or 0) - 1)
        if day.year != year:
            raise ValueError("no such day")
        return day
    if found.get("first"):
        month, day_of_month = _told_apart(int(found["first"] or 0), int(found["second_part"] or 0))
    else:
        month, day_of_month = _month(found.get("month") or "1"), int(found.get("day") or 1)
    return datetime(year, month, day_of_month, tzinfo=UTC)


def _told_apart(first: int, second: int) -> tuple[int, int]:
    """Month and day of two numbers whose order is not known."""
    months = range(1, 13)
    if first == second or (first in months and second not in months):
        return first, second
    if second in months and first not in months:
        return second, first
    raise ValueError("either may be the month")


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


def _zone(name: str | None) -> timezone:
    if not name:
        return UTC
    if name[0] in "+-":
        hours, minutes = re.fullmatch(r"(\d{1,2}?):?(\d{2})?", name[1:]).groups()  # type: ignore[union-attr]
        east = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(-east if name[0] == "-" else east)
    return timezone(timedelta(hours=_ZONES.get(name.upper(), 0)))
