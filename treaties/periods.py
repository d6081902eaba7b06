"""Periods of the calendar, as clauses name them: "twelve months", "ninety days".

Months are calendar months: the last day stands in for a day that the month does not have (31 August and six months
are the last of February). Days are counted one by one.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import Final

SHAPE: Final = re.compile(r"P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,6})W)?(?:(\d{1,7})D)?")
"""What a period looks like in the data files: ISO 8601, without hours."""


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time."""

    years: int = 0
    months: int = 0
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> Period:
        """The period that `P12M`, `P1Y` or `P90D` names.

        Raises:
            ValueError: the text has another shape.
        """
        found = SHAPE.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is no ISO 8601 period")
        years, months, weeks, days = (int(part or 0) for part in found.groups())
        return cls(years, months, days + 7 * weeks)

    def after(self, day: date) -> date:
        """The day on which the period ends that begins on `day`.

        Raises:
            OverflowError: the calendar does not reach so far.
        """
        return _moved(day, 12 * self.years + self.months) + timedelta(days=self.days)

    def before(self, day: date) -> date:
        """The day that lies so long before `day`.

        Raises:
            OverflowError: the calendar does not reach so far.
        """
        return _moved(day, -(12 * self.years + self.months)) - timedelta(days=self.days)

    def __str__(self) -> str:
        """`1 year and 6 months`, `90 days`."""
        parts = (("year", self.years), ("month", self.months), ("day", self.days))
        told = [f"{number} {unit}{'s' * (number != 1)}" for unit, number in parts if number]
        return " and ".join(told) or "0 days"


def day_of(year: int, month: int, day: int) -> date:
    """That day, or the month's last where it has fewer.

    Raises:
        OverflowError: the calendar does not have that year.
    """
    if not MINYEAR <= year <= MAXYEAR:
        raise OverflowError(f"the calendar has no year {year}")
    return date(year, month, min(day, monthrange(year, month)[1]))


def first_of_month(day: date, months: int) -> date:
    """The first day of the month that comes `months` months after that of `day`.

    Raises:
        OverflowError: the calendar does not reach so far.
    """
    return _moved(day.replace(day=1), months)


def _moved(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return day_of(day.year + years, month + 1, day.day)
