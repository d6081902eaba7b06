"""Countdowns: on which days before an exit takes effect it is told of again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

DAYS: Final = (90, 30, 7, 1, 0)
"""How many days before the exit takes effect people are reminded, by default; 0 is the day itself."""


def due_reminder(day: date, today: date, known_since: date, days: Iterable[int] = DAYS) -> int | None:
    """Which reminder is due, by its number of days before; None where there is none.

    After an outage the latest that was missed is due, and no earlier one: late rather than never, one and not three.
    What had passed before the exit's day was known is not due: the alert that told of the notification told the day.

    Args:
        day: when the exit takes effect.
        today: the day of the question.
        known_since: the day since which that is known.
        days: how many days before people want to be reminded.
    """
    left = (day - today).days
    if left < 0:
        return None
    passed = [number for number in days if left <= number < (day - known_since).days]
    return min(passed, default=None)
