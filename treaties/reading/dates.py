"""When: dates in running text, relative to the day of publication.

A weekday is the last one on or before that day; a day without a year is the nearest such day; a month alone is the last
such month. Dates that cannot be are ignored. Days and months come from the language's word file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from treaties.model import Precision, When
from treaties.reading.marks import TREATY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treaties.reading.marks import Frame, Mark
    from treaties.reading.text import Token

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2100
_YEAR_DIGITS: Final = 4
_FIRST_NEWS: Final = 1995
MONTHS_AHEAD: Final = 3
"""A month without a year lies at most so far ahead; else it is the last one."""
_LAST_DAY: Final = 31
_BESIDE: Final = 2
"""How many words before a treaty the year of its name may stand."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A date written at tokens [start, end)."""

    start: int
    end: int
    when: When


def find_dates(frame: Frame, published: date | None, anchor: int | None) -> list[Dated]:
    """The dates of a sentence in order; `anchor` is the year that "that year" means."""
    found: list[Dated] = []
    taken = -1
    times = {mark.start: mark for mark in sorted(frame.of("time"), key=lambda m: m.end)}
    for at in range(len(frame.tokens)):
        if at < taken:
            continue
        dated = (
            _numeric(frame.tokens, at)
            or _written(frame, times, at, published)
            or _relative(frame, times.get(at), published, anchor)
        )
        dated = dated or _year_alone(frame, at)
        if dated:
            while found and found[-1].end > dated.start:
                found.pop()  # the year that stood before: "2025. gada 8. septembrī"
            found.append(dated)
            taken = dated.end
    return found


def _day(year: int, month: int, day: int) -> When | None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        return When(date(year, month, day))
    except ValueError:
        return None


def _numeric(words: Sequence[Token], at: int) -> Dated | None:
    text = words[at].text
    parts = text.split("-") if "-" in text else text.split(".")[::-1]
    if len(parts) != len(("year", "month", "day")) or not all(part.isdecimal() for part in parts):
        return None
    when = _day(*(int(part) for part in parts))
    return Dated(at, at + 1, when) if when else None


def _number(words: Sequence[Token], at: int, low: int, high: int) -> int | None:
    if not 0 <= at < len(words):
        return None
    digits = words[at].text.rstrip("abcdefghijklmnopqrstuvwxyzабвгдеёжзийклмнопрстуфхцчшщъыьэюя")
    return int(digits) if digits.isdecimal() and len(digits) <= _YEAR_DIGITS and low <= int(digits) <= high else None


def _year(words: Sequence[Token], at: int) -> int | None:
    return _number(words, at, _FIRST_YEAR, _LAST_YEAR)


def _written(frame: Frame, times: dict[int, Mark], at: int, published: date | None) -> Dated | None:
    """`8 September 2025`, `29th of September`, `Sept. 29`, `25 августа`, `March 2022`, `late August`."""
    words = frame.tokens
    numbered = times.get(at)  # Chinese counts its months: 9月
    day = None if numbered and numbered.value in MONTHS else _number(words, at, 1, _LAST_DAY)
    month_at = _month_behind(times, at) if day else at
    mark = times.get(month_at)
    if mark is None or mark.value not in MONTHS:
        return None
    month, end = MONTHS.index(mark.value) + 1, mark.end
    if day is None and not _year(words, end):
        day = _number(words, end, 1, _LAST_DAY)
        end += day is not None
    year = _year(words, end)
    end += year is not None
    start = at
    if year is None:
        year, start = _year_before(frame, at)
    if day is None and month_at == at and _number(words, at - 1, 1, _LAST_DAY):
        return None  # a day that cannot be, as in 31 February: what is left of it is no date either
    when = _full(year, month, day, published) if day else _month(frame, mark, year, month, published)
    return Dated(start, end, when) if when else None


def _year_before(frame: Frame, at: int) -> tuple[int | None, int]:
    """The year before a day or a month, as Hungarian puts it, and where the date then begins.

    Baltic languages and Chinese say "year" between them.
    """
    between = next((word.start for word in frame.of("time", "year_word") if word.end == at), at)
    year = _year(frame.tokens, between - 1)
    return year, (at if year is None else between - 1)


def _month_behind(times: dict[int, Mark], at: int) -> int:
    """Where the month of a day at token `at` stands: right behind it, or behind an "of"."""
    joined = times.get(at + 1)
    return at + 2 if joined and joined.value == "in_month" and joined.end == at + 2 else at + 1


def _full(year: int | None, month: int, day: int, published: date | None) -> When | None:
    if year is not None:
        return _day(year, month, day)
    if published is None:
        return None
    around = [when for y in (published.year - 1, published.year, published.year + 1) if (when := _day(y, month, day))]
    return min(around, key=lambda when: abs(when.day - published), default=None)


def _month(frame: Frame, mark: Mark, year: int | None, month: int, published: date | None) -> When | None:
    """A month without a day; without a year it must follow a word such as "in", or it may be a name or a verb."""
    if year is None:
        before = [m for m in frame.of("time", "in_month") if m.end == mark.start]
        if published is None or not before:
            return None
        year = _nearest_year(month, published)
    return When(date(year, month, 1), Precision.MONTH)


def _nearest_year(month: int, published: date) -> int:
    """The year of the nearest such month: "in January" is next month in December, and the last one in May."""
    ahead = (month - published.month) % 12
    passed = ahead > 0 and ahead > MONTHS_AHEAD
    return published.year + (published.month + ahead - 1) // 12 - passed


def _relative(frame: Frame, mark: Mark | None, published: date | None, anchor: int | None) -> Dated | None:
    if mark is None or any(word.end == mark.start for word in frame.of("time", "next")):
        return None
    if mark.value == "that_year" and anchor is not None:
        return Dated(mark.start, mark.end, When(date(anchor, 1, 1), Precision.YEAR))
    when = _from_publication(mark.value, published) if published else None
    return Dated(mark.start, mark.end, when) if when else None


def _from_publication(value: str, published: date) -> When | None:
    if value in _WEEKDAYS:
        return When(published - timedelta(days=(published.weekday() - _WEEKDAYS.index(value)) % 7))
    first = published.replace(day=1)
    last = first - timedelta(days=1)
    return {
        "today": When(published),
        "yesterday": When(published - timedelta(days=1)),
        "this_month": When(first, Precision.MONTH),
        "last_month": When(last.replace(day=1), Precision.MONTH),
        "this_year": When(date(published.year, 1, 1), Precision.YEAR),
        "last_year": When(date(published.year - 1, 1, 1), Precision.YEAR),
    }.get(value)


def _names_treaty(frame: Frame, at: int) -> bool:
    """Whether a year belongs to a treaty's name ("the Convention of 1951", "the 1992 agreement")."""
    treaties = [*frame.of(TREATY), *frame.of("pact", "noun")]
    before = at in {word.end for word in frame.of("clause", "of")} and at - 1
    return any(mark.start - _BESIDE <= at < mark.end or mark.end in (at, before) for mark in treaties)


def _year_alone(frame: Frame, at: int) -> Dated | None:
    """A year behind a word such as "in", or anywhere below the title."""
    year = _year(frame.tokens, at)
    if year is None or _names_treaty(frame, at):
        return None
    told = any(mark.end == at for mark in frame.of("time", "in_year"))
    if not told and (frame.sentence.place == 0 or len(frame.tokens[at].text) != _YEAR_DIGITS):
        return None
    return Dated(at, at + 1, When(date(year, 1, 1), Precision.YEAR))


def is_old(when: When, published: date) -> bool:
    """Whether a date is too far back to be a report's news: its last possible day lies over 45 days back.

    Feeds are younger than 1995: an earlier date is history, also in a report that does not say when it was written.
    """
    newest = {
        Precision.DAY: when.day,
        Precision.MONTH: when.day + timedelta(days=30),
        Precision.YEAR: when.day.replace(month=12, day=31),
    }
    return newest[when.precision] < published - timedelta(days=45) or when.day.year < _FIRST_NEWS


def is_ahead(when: When, published: date) -> bool:
    """Whether a date lies after the day of publication, with a day of grace for time zones: it has not happened yet.

    A month or a year does where its first day lies ahead.
    """
    return when.day > published + timedelta(days=1)
