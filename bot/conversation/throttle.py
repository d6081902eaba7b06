"""How often one person may ask: a bucket of tokens for each, filled again at an even pace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

LOOKUPS_A_MINUTE: Final = 20
"""How many look-ups a person has a minute; as many may come at once."""

_MINUTE: Final = 60.0
_PEOPLE: Final = 10_000


class Throttle:
    """Counts the look-ups of each person. It decides, and waits for nothing.

    Args:
        rate: look-ups a minute, and how many may come at once.
    """

    def __init__(self, rate: int = LOOKUPS_A_MINUTE) -> None:
        self._rate = rate
        self._left: dict[str, tuple[float, datetime]] = {}

    def take(self, person: str, now: datetime) -> float:
        """Take one look-up of a person's.

        Args:
            person: the platform and the person's id, in one text.
            now: the current time.

        Returns:
            0 where it is granted, else the seconds until the next one is.
        """
        full = float(self._rate)
        left, since = self._left.pop(person, (full, now))
        left = min(full, left + max(0.0, (now - since).total_seconds()) * self._rate / _MINUTE)
        wait = 0.0 if left >= 1 else (1 - left) * _MINUTE / self._rate
        # Put back at the end: those who asked least lately stand first, and are the first to be forgotten.
        self._left[person] = (left - 1 if not wait else left, now)
        if len(self._left) > _PEOPLE:
            del self._left[next(iter(self._left))]
        return wait
