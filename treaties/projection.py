"""When an exit that has come so far takes effect: the one day that pictures, countdowns and messages tell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from treaties.model import Precision, When
from treaties.stages import UNDONE, Stage
from treaties.timetable import effective

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from treaties.model import Case
    from treaties.registry import Treaty
    from treaties.timetable import Effect

_SURE: Final = frozenset({"computed", "practice"})


class Basis(StrEnum):
    """What a projected day rests on."""

    NOTIFIED = "notified"
    """The depositary has the notification, and the clause gives the day."""
    EARLIEST = "earliest"
    """The depositary has the notification; the day is the first that is possible."""
    IF_TODAY = "if_today"
    """Nothing is notified: the first possible day if it were today."""


@dataclass(frozen=True, slots=True)
class Projection:
    """The day on which an exit takes effect, as far as it can be told.

    Attributes:
        day: that day.
        basis: what it rests on.
        effect: the computation, with its article and its reasoning.
    """

    day: date
    basis: Basis
    effect: Effect


def project(treaty: Treaty, state: str, steps: Sequence[tuple[Stage, When | None]], today: date) -> Projection | None:
    """When an exit that has come so far takes effect; None where no day can be told, or none is to come any more.

    Args:
        treaty: the treaty; one without a clause tells no day.
        state: the leaving state.
        steps: the stages reached, in order of time.
        today: the day of the question.
    """
    undone = max((place for place, (stage, _) in enumerate(steps, 1) if stage in UNDONE), default=0)
    way = dict(steps[undone:])
    if treaty.clause is None or Stage.IN_EFFECT in way or (undone and not way):
        return None
    if Stage.NOTIFIED_DEPOSITARY not in way:
        effect = effective(treaty, today, state=state)
        return Projection(effect.day, Basis.IF_TODAY, effect) if effect.day else None
    notified = way[Stage.NOTIFIED_DEPOSITARY]
    if notified is None:
        return None
    effect = effective(treaty, notified.day, state=state)
    if effect.day is None:
        return None
    sure = notified.precision is Precision.DAY and effect.certainty in _SURE
    return Projection(effect.day, Basis.NOTIFIED if sure else Basis.EARLIEST, effect)


def left_on(case: Case) -> When | None:
    """When a state that is out went out; None while it is in, or is in again."""
    events = case.events
    undone = max((place for place, event in enumerate(events, 1) if event.stage in UNDONE), default=0)
    return next((event.when for event in reversed(events[undone:]) if event.stage is Stage.IN_EFFECT), None)


def project_case(case: Case, treaties: Mapping[str, Treaty], today: date) -> Projection | None:
    """When a case's exit takes effect; None where no day can be told, or none is to come any more."""
    treaty = treaties.get(case.treaty)
    if treaty is None or not case.events:
        return None
    return project(treaty, case.state, [(event.stage, event.when) for event in case.events], today)


def coming(cases: Iterable[Case], treaties: Mapping[str, Treaty], today: date) -> tuple[tuple[Case, Projection], ...]:
    """The exits of which the depositary has a notification and that are yet to take effect, the next one first."""
    projected = ((case, project_case(case, treaties, today)) for case in cases)
    found = [
        (case, projection)
        for case, projection in projected
        if projection and projection.basis is not Basis.IF_TODAY and projection.day >= today
    ]
    return tuple(sorted(found, key=lambda one: (one[1].day, one[0].key)))
