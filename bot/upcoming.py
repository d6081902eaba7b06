"""What takes effect soon: the exits whose day of effect lies ahead.

An answer is a value; `lines` makes it text for the command line, `json` makes it data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from bot.wording import article, case_title, day
from store import events
from treaties.model import Precision, When
from treaties.stages import Stage
from treaties.timetable import effective

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from store.database import Connection
    from treaties.model import Case
    from treaties.registry import Knowledge

DAYS: Final = 90
"""How far ahead is looked where nobody says how far."""

MOST_DAYS: Final = 3_650
_UNDONE: Final = frozenset({Stage.RESCINDED, Stage.REJOINED})
_SURE: Final = frozenset({"computed", "practice"})


@dataclass(frozen=True, slots=True)
class Ending:
    """An exit that takes effect.

    Attributes:
        state: the leaving state.
        treaty: the treaty.
        day: when it takes effect.
        notified: when the depositary was notified; None where a source names the day of effect itself.
        article: what the day rests on; empty where sources name the day.
        practice: practice gives the day, no clause does.
    """

    state: str
    treaty: str
    day: date
    notified: When | None = None
    article: str = ""
    practice: bool = False


@dataclass(frozen=True, slots=True)
class UpcomingAnswer:
    """The exits that take effect within so many days, the nearest first."""

    endings: tuple[Ending, ...]
    today: date
    days: int
    knowledge: Knowledge

    def lines(self) -> list[str]:
        """One line for each."""
        if not self.endings:
            return [f"Nothing is known to take effect within {self.days} days."]
        head = f"Within {self.days} days:" if self.days != 1 else "Within a day:"
        return [head, *(self._line(one) for one in self.endings)]

    def _line(self, one: Ending) -> str:
        rests = "by practice" if one.practice else article(one.article)
        source = ", ".join(filter(None, (f"notified {day(one.notified)}" if one.notified else "", rests)))
        title = case_title(one.state, one.treaty, self.knowledge)
        return f"{day(When(one.day))} (in {(one.day - self.today).days} days): {title}" + (
            f" ({source})" if source else ""
        )

    def json(self) -> list[dict[str, Any]]:
        """The answer as data."""
        return [
            {
                "state": one.state,
                "treaty": one.treaty,
                "effective": one.day.isoformat(),
                "days": (one.day - self.today).days,
                "notified": str(one.notified) if one.notified else None,
                "article": one.article or None,
                "by_practice": one.practice,
            }
            for one in self.endings
        ]


def upcoming(conn: Connection, knowledge: Knowledge, today: date, days: int = DAYS) -> UpcomingAnswer:
    """The exits that take effect from today on, within at most `MOST_DAYS` days."""
    days = max(0, min(days, MOST_DAYS))
    last = today + timedelta(days=days)
    endings = [
        ending
        for case in events.cases(conn)
        for ending in _endings(case, knowledge, today)
        if today <= ending.day <= last
    ]
    ordered = sorted(endings, key=lambda one: (one.day, one.state, one.treaty))
    return UpcomingAnswer(tuple(ordered), today, days, knowledge)


def _endings(case: Case, knowledge: Knowledge, today: date) -> Iterator[Ending]:
    """The day of effect of a case: the one that sources name, else the one that the clause gives."""
    undone = max((place for place, event in enumerate(case.events, 1) if event.stage in _UNDONE), default=0)
    way = {event.stage: event.when for event in case.events[undone:]}
    if Stage.IN_EFFECT in way:
        named = way[Stage.IN_EFFECT]
        if named and named.precision is Precision.DAY and named.day >= today:
            yield Ending(case.state, case.treaty, named.day, way.get(Stage.NOTIFIED_DEPOSITARY))
        return
    notified, treaty = way.get(Stage.NOTIFIED_DEPOSITARY), knowledge.treaties.get(case.treaty)
    if notified is None or notified.precision is not Precision.DAY or treaty is None or treaty.clause is None:
        return
    effect = effective(treaty, notified.day, state=case.state)
    if effect.day and effect.certainty in _SURE:
        practice = effect.certainty == "practice"
        yield Ending(case.state, case.treaty, effect.day, notified, effect.article, practice=practice)
