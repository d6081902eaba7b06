"""What the law says against a report: a state is not out before the clause of the treaty lets it go.

Headlines write "leaves" and "is out" on the day of a vote. The clause knows better: counted from the notification, or,
where none is known, from the first step that could have carried one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from treaties.stages import Stage, rank
from treaties.timetable import effective

if TYPE_CHECKING:
    from datetime import date

    from treaties.model import Case, Event
    from treaties.registry import Treaty

SLIP: Final = timedelta(days=7)
"""How much earlier than the computed day a report may call the exit done: days are counted in several ways."""

_COUNTED: Final = frozenset({"computed", "practice", "earliest"})


def too_early(case: Case, treaty: Treaty | None, day: date | None) -> str | None:
    """Why the state cannot be out on `day`, or None where the law does not speak against it.

    Args:
        case: what is known; without any dated step nothing can be counted.
        treaty: the registry's treaty, None for one that is not listed.
        day: the day on which the state is said to be out.
    """
    if treaty is None or treaty.clause is None or day is None:
        return None
    notices = [event for event in case.events if event.stage is Stage.NOTIFIED_DEPOSITARY]
    told = _last_before(notices, day) or _first(case.events)
    if told is None or told.when is None:
        return None
    found = effective(treaty, told.when.day, state=case.state)
    if found.day is None or found.certainty not in _COUNTED or found.day - SLIP <= day:
        return None
    counted = "the notification" if told in notices else str(told.stage)
    unknown = "" if told in notices else "; no notification is known"
    return f"it is not out before {found.day} by {found.article}, counted from {counted} of {told.when}{unknown}"


def _last_before(events: list[Event], day: date) -> Event | None:
    dated = [event for event in events if event.when and event.when.day <= day]
    return max(dated, key=lambda event: str(event.when), default=None)


def _first(events: tuple[Event, ...]) -> Event | None:
    """The first dated step that decided something: an idea that is only considered starts no clock."""
    steps = [e for e in events if e.when and rank(e.stage) and e.stage is not Stage.IN_EFFECT]
    return min(steps, key=lambda event: str(event.when), default=None)
