"""Dates as feeds write them: by the book, nearly so, or in the words of their own language.

The offset that stands in the text is kept, because the calendar day at the outlet's place is what "today" means in its
report. A time without a zone, or with one that nobody knows, is taken as UTC: some hours wrong is better than days. A
date that does not exist is none, for then the moment at which the report was first seen takes its place.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Final

_MONTHS: Final = (
    ("jan", "янв", "січ", "jän"),
    ("feb", "фев", "лют", "fév", "fev"),
    ("mar", "мар", "бер", "mär", "mrz"),
    ("apr", "апр", "кві", "avr"),
    ("may", "май", "мая", "тра", "mai"),
    ("jun", "июн", "чер", "juin"),
    ("jul", "июл", "лип", "juil"),
    ("aug", "авг", "сер", "aoû", "aou"),
    ("sep", "сен", "вер"),
    ("oct", "окт", "жов", "okt"),
    ("nov", "ноя", "лис"),
    ("dec", "дек", "гру", "déc", "dez"),
)

# Zone names that the standard library does not know, or reads as "no zone", in hours east of Greenwich.
_ZONES: Final = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "МСК": 3, "MSD": 4, "TRT": 3, "JST": 9, "KST": 9, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7,
    "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip

_WORDED: Final = re.compile(r"(?<!\d)(?P<day>\d{1,2})\.?[\s-]+(?P<month>[^\W\d_]{3,})\.?,?[\s-]+(?P<year>\d{4})(?!\d)")
_AMERICAN: Final = re.compile(r"(?P<month>[^\W\d_]{3,})\.?\s+(?P<day>\d{1,2}),?\s+(?P<year>\d{4})(?!\d)")
_ISO: Final = re.compile(r"(?<!\d)(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)")
_DOTTED: Final = re.compile(r"(?<!\d)(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})(?!\d)")
_TIME: Final = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[AaPp]\.?[Mm]\b)?"
    r"\s*(?P<zone>[+-]\d{2}:?(?:\d{2})?|[A-ZМСК]{1,5}\b)?"
)
_LONGEST: Final = 100

_EARLIEST_YEAR: Final = 1990
_AHEAD: Final = timedelta(days=1)


def moment(text: str) -> datetime | None:
    """The moment that `text` names, with its own offset; None where it names none."""
    text = text.strip()[:_LONGEST]
    for pattern in (_ISO, _WORDED, _AMERICAN, _DOTTED):
        found = pattern.search(text)
        if found:
            try:
                return _composed(found, text[found.end() :])
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


def from_parts(parts: object) -> datetime | None:
    """The moment of a parsed time tuple in UTC; None where its fields are out of range."""
    if not isinstance(parts, tuple):
        return None
    try:
        year, month, day, hour, minute, second = parts[:6]
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def plausible(when: datetime | None, now: datetime) -> datetime | None:
    """`when`, unless a clock at its zero or in the future wrote it."""
    if when is None:
        return None
    try:
        believable = when.year >= _EARLIEST_YEAR and when <= now + _AHEAD
    except OverflowError:
        return None
    return when if believable else None


def _composed(found: re.Match[str], rest: str) -> datetime:
    time = _TIME.search(rest)
    day = datetime(int(found["year"]), _month(found["month"]), int(found["day"]), tzinfo=UTC)
    if not time:
        return day
    second = min(int(time["second"] or 0), 59)
    return day.replace(hour=_hour(time), minute=int(time["minute"]), second=second, tzinfo=_zone(time["zone"]))


def _hour(time: re.Match[str]) -> int:
    hour, half = int(time["hour"]), (time["half"] or "").lower()
    if not half:
        return hour
    return hour % 12 + (12 if half.startswith("p") else 0)


def _month(word: str) -> int:
    if word.isdigit():
        return int(word)
    folded = word.casefold()
    for number, stems in enumerate(_MONTHS, start=1):
        if folded.startswith(stems):
            return number
    raise ValueError(f"no month: {word}")


def _zone(name: str | None) -> timezone:
    if not name:
        return UTC
    if name[0] in "+-":
        digits = name[1:].replace(":", "").ljust(4, "0")
        east = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(-east if name[0] == "-" else east)
    return timezone(timedelta(hours=_ZONES.get(name, 0)))
