"""Labelled reports: a report beside what a careful person reads in it, so that the rules can be measured.

`treaties.scoring` compares them with what the rules say. A report in which even a person cannot be sure says so
(`weak`, `accept_stages`, `soft_ok`, `borderline`), and is then held against nobody.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from treaties.model import Label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from treaties.model import Report
    from treaties.stages import Stage

PROVISIONAL: Final = "provisional"
"""Stands for every treaty that the registry does not list."""

WEAK_FIELDS: Final = frozenset({"label", "state", "treaty", "stage"})
"""What `Labelled.weak` can name."""

_KEY_DATE: Final = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?$")
_MIDDLE_OF_MONTH: Final = "15"
_UNDATED_FROM: Final = date(2023, 1, 1)
_UNDATED_DAYS: Final = 1300


class Half(StrEnum):
    """The half of the cases that rules are tuned on, and the one that is held back to check them."""

    TUNED = "tuned"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Labelled:
    """One report with what should be read in it.

    Attributes:
        report: the report itself.
        label: what it is, seen as a whole.
        states: the leaving states.
        treaties: the treaties left, each as the ids of which any will do; `provisional` stands for all unlisted ones.
        stage: the best stage, None where the report tells none.
        accept_stages: every stage that can be defended; None among them where "no stage" can be.
        development: what the reports of one development share, as `<state>-<treaty>-<stage>-<date>`.
        event_date: the day of the event, where the key does not tell it.
        weak: fields that cannot be inferred from the text, and are not scored.
        soft_ok: talk or reaction that may fairly be read as a development.
        borderline: a look-alike that may fairly be read as a development.
    """

    report: Report
    label: Label
    states: tuple[str, ...] = ()
    treaties: tuple[tuple[str, ...], ...] = ()
    stage: Stage | None = None
    accept_stages: tuple[Stage | None, ...] = ()
    development: str | None = None
    event_date: date | None = None
    weak: frozenset[str] = frozenset()
    soft_ok: bool = False
    borderline: bool = False

    def is_weak(self, *fields: str) -> bool:
        """Whether one of the fields cannot be inferred from the text."""
        return not self.weak.isdisjoint(fields)

    def tells_of(self, state: str, treaty: str) -> bool:
        """Whether this state's exit from this treaty is one that the report tells of."""
        kind = PROVISIONAL if treaty.startswith(PROVISIONAL) else treaty
        return state in self.states and any(kind in choice for choice in self.treaties)

    @property
    def day(self) -> date | None:
        """The day on which the report enters the stream, None where it stays out.

        A look-alike without a date could come on any day: it gets one that depends on nothing but its id.
        """
        if self.report.published:
            return self.report.published.date()
        if found := self.event_date or _day_of(self.development or ""):
            return found
        if self.label in (Label.NONE, Label.BACKGROUND):
            return _UNDATED_FROM + timedelta(days=_number(self.report.id) % _UNDATED_DAYS)
        return None

    @property
    def half(self) -> Half:
        """The half that the report's case falls into; a report of no case goes by its id.

        All reports of one case stay together: a rule tuned on one of them is no news to the others.
        """
        treaties = ("|".join(sorted(choice)) for choice in self.treaties)
        case = " ".join((*sorted(self.states), *sorted(treaties))) or self.report.id
        return (Half.TUNED, Half.HELD)[_number(case) % 2]


def stream(rows: Iterable[Labelled]) -> list[Report]:
    """The reports that have a day, in order of time, each published at the midnight of its day."""
    dated = sorted(((row.day, row.report.id, row.report) for row in rows if row.day), key=lambda one: one[:2])
    return [replace(report, published=datetime.combine(day, time(), UTC)) for day, _, report in dated]


def _day_of(development: str) -> date | None:
    """The date at the end of a development's key; the middle of the month where no day is given."""
    found = _KEY_DATE.search(development)
    if not found:
        return None
    try:
        return date.fromisoformat("-".join((found[1], found[2], found[3] or _MIDDLE_OF_MONTH)))
    except ValueError:
        return None


def _number(text: str) -> int:
    """A number that is the same in every run, on every machine."""
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(), 16)
