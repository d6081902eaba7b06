"""What takes effect soon: the notified exits whose day of effect lies ahead.

An answer is a value; `lines` makes it text for the command line, `json` makes it data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from bot.speech import Speech
from bot.wording import article, case_title
from store import events
from treaties.model import When
from treaties.projection import Basis, coming

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from store.database import Connection
    from treaties.model import Case
    from treaties.projection import Projection
    from treaties.registry import Knowledge

DAYS: Final = 90
"""How far ahead is looked where nobody says how far."""

MOST_DAYS: Final = 3_650


@dataclass(frozen=True, slots=True)
class Coming:
    """One exit that is to take effect, as a calendar shows it.

    Attributes:
        title: state and treaty.
        projection: the day, and what it rests on.
    """

    title: str
    projection: Projection


def entitled(found: Iterable[tuple[Case, Projection]], speech: Speech) -> list[Coming]:
    """The exits with their titles in a language."""
    return [Coming(case_title(case.state, case.treaty, speech), projection) for case, projection in found]


@dataclass(frozen=True, slots=True)
class UpcomingAnswer:
    """The exits that take effect within so many days, the nearest first."""

    found: tuple[tuple[Case, Projection], ...]
    today: date
    days: int
    knowledge: Knowledge

    def lines(self) -> list[str]:
        """One line for each."""
        within = "a day" if self.days == 1 else f"{self.days} days"
        if not self.found:
            return [f"Nothing is known to take effect within {within}."]
        return [f"Within {within}:", *(self._line(case, projection) for case, projection in self.found)]

    def _line(self, case: Case, projection: Projection) -> str:
        left = (projection.day - self.today).days
        speech = Speech("en", self.knowledge)
        earliest = "not before " if projection.basis is Basis.EARLIEST else ""
        rests = (
            "by practice" if projection.effect.certainty == "practice" else article(projection.effect.article, speech)
        )
        when = f"{earliest}{speech.day(When(projection.day))} (in {left} {'day' if left == 1 else 'days'})"
        return f"{when}: {case_title(case.state, case.treaty, speech)}" + (f" ({rests})" if rests else "")

    def json(self) -> list[dict[str, Any]]:
        """The answer as data."""
        return [
            {
                "state": case.state,
                "treaty": case.treaty,
                "effective": projection.day.isoformat(),
                "days": (projection.day - self.today).days,
                "basis": projection.basis.value,
                "article": projection.effect.article,
                "certainty": projection.effect.certainty,
            }
            for case, projection in self.found
        ]


def upcoming(conn: Connection, knowledge: Knowledge, today: date, days: int = DAYS) -> UpcomingAnswer:
    """The exits that take effect from today on, within at most `MOST_DAYS` days."""
    days = max(0, min(days, MOST_DAYS))
    last = today + timedelta(days=days)
    found = coming(events.cases(conn), knowledge.treaties, today)
    return UpcomingAnswer(tuple(one for one in found if one[1].day <= last), today, days, knowledge)
