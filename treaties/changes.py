"""What other rules would have made of the same reports: two known event sets side by side.

Events of the two sets are the same where they bear the same id, else where they belong to one case and share reports,
those of the same stage first. Each has one counterpart at the most; what is left over would appear or vanish.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from treaties.model import Event, Label


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a stream of reports.

    Attributes:
        events: the known event set.
        labels: what each report was read as, by id; None where it was set aside.
        joined: the ids of the events that a report tells of, by the report's id; who tells of none may be left out.
    """

    events: tuple[Event, ...]
    labels: Mapping[str, Label | None]
    joined: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Moved:
    """A report that would tell of other events: their ids before, and after."""

    report: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relabelled:
    """A report that would be read as something else; None stands for a report that is set aside."""

    report: str
    before: Label | None
    after: Label | None


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that would be different.

    Attributes:
        reports: how many reports were compared.
        appearing: events that would be new.
        vanishing: events that would be gone.
        changing: events with another stage or date, before and after.
        moved: reports that would tell of other events.
        relabelled: reports that would get another label.
    """

    reports: int
    appearing: tuple[Event, ...] = ()
    vanishing: tuple[Event, ...] = ()
    changing: tuple[tuple[Event, Event], ...] = ()
    moved: tuple[Moved, ...] = ()
    relabelled: tuple[Relabelled, ...] = ()

    @property
    def none(self) -> bool:
        """Whether everything would stay as it is."""
        return not (self.appearing or self.vanishing or self.changing or self.moved or self.relabelled)


def compare(before: Outcome, after: Outcome) -> Changes:
    """What would change, in the order in which events and reports stand in the outcomes."""
    pairs = _pairs(before, after)
    counterparts = {old.id: new.id for old, new in pairs}
    kept = set(counterparts.values())
    return Changes(
        reports=len(before.labels),
        appearing=tuple(event for event in after.events if event.id not in kept),
        vanishing=tuple(event for event in before.events if event.id not in counterparts),
        changing=tuple((old, new) for old, new in pairs if (old.stage, old.when) != (new.stage, new.when)),
        moved=tuple(_moved(before, after, counterparts)),
        relabelled=tuple(
            Relabelled(report, label, after.labels.get(report))
            for report, label in before.labels.items()
            if after.labels.get(report) is not label
        ),
    )


def _moved(before: Outcome, after: Outcome, counterparts: Mapping[str, str]) -> Iterable[Moved]:
    nothing: frozenset[str] = frozenset()
    for report in before.labels:
        old, new = before.joined.get(report, nothing), after.joined.get(report, nothing)
        if {counterparts.get(event) for event in old} != new:
            yield Moved(report, tuple(sorted(old)), tuple(sorted(new)))


@dataclass(slots=True)
class _Left:
    """The events of a set that have no counterpart yet."""

    events: dict[str, Event]
    reports: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, outcome: Outcome) -> _Left:
        """All events of an outcome, each with the reports that tell of it."""
        reports: dict[str, set[str]] = {event.id: set() for event in outcome.events}
        for report, told in outcome.joined.items():
            for event in told & reports.keys():
                reports[event].add(report)
        return cls({event.id: event for event in outcome.events}, reports)


def _pairs(before: Outcome, after: Outcome) -> list[tuple[Event, Event]]:
    old, new = _Left.of(before), _Left.of(after)
    pairs = [(old.events.pop(name), new.events.pop(name)) for name in list(old.events) if name in new.events]
    for one in list(old.events.values()):
        found = _counterpart(one, old, new)
        if found:
            pairs.append((old.events.pop(one.id), new.events.pop(found.id)))
    places = {event.id: place for place, event in enumerate(before.events)}
    return sorted(pairs, key=lambda pair: places[pair[0].id])


def _counterpart(one: Event, old: _Left, new: _Left) -> Event | None:
    """The event of the same case that shares reports with it: one of the same stage, else the one that shares most."""
    shared = {
        event.id: len(old.reports[one.id] & new.reports[event.id])
        for event in new.events.values()
        if (event.state, event.treaty) == (one.state, one.treaty)
    }
    sharing = [new.events[name] for name, count in shared.items() if count]
    return max(sharing, key=lambda event: (event.stage is one.stage, shared[event.id]), default=None)
