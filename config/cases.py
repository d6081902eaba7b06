"""Reading `config/known_events/`: the cases, events and facts that are known before the first report comes in."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from treaties.model import Case, Event, Fact, FactKind, Source, When
from treaties.provisional import is_provisional
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from config.records import Table

# The words as a set: `in` on an enumeration refuses plain texts before Python 3.12.
_STAGES = frozenset(Stage)
_FACT_KINDS = frozenset(FactKind)


def read_case(table: Table) -> Case:
    """One `[[case]]` with its events and facts."""
    state, treaty = table.text("state"), table.text("treaty")
    table.place = table.place.within(f"({state}–{treaty})")
    table.refer("state", state)
    if not is_provisional(treaty):
        table.refer("treaty", treaty)
    events = [event for row in table.tables("event") if (event := _read_event(row, state, treaty))]
    facts = [fact for row in table.tables("fact") if (fact := _read_fact(row))]
    table.done()
    return Case(state, treaty, in_order(events), tuple(facts))


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Events by date, those of one day as they stand, those without a date last."""
    return tuple(sorted(events, key=lambda event: event.when.day if event.when else date.max))


def _read_event(table: Table, state: str, treaty: str) -> Event | None:
    event_id = table.text("id")
    table.place = table.place.within(f"({event_id})")
    stage = table.choice("stage", _STAGES)
    when = table.when("date")
    sources = _read_sources(table)
    note = table.optional_text("note") or ""
    vague = table.flag("vague")
    # An id never changes once given: it may bear an earlier date or stage, which the file says so that none is a slip.
    named = table.optional_text("named") or ""
    table.done()
    if not sources:
        table.wrong("source", "is missing", "name at least one source that tells of the event")
    if stage not in _STAGES:
        return None
    if (when or not table.has("date")) and named != "before":
        _check_id(table, event_id, f"{state}-{treaty}-{stage}", when)
    return Event(event_id, state, treaty, Stage(stage), when, sources, note, vague=vague)


def usual_id(event: Event) -> str:
    """The id that an event of that state, treaty, stage and date gets."""
    return _usual_id(f"{event.state}-{event.treaty}-{event.stage}", event.when)


def _usual_id(stem: str, when: When | None) -> str:
    return f"{stem}-{when}".lower() if when else stem.lower()


def _check_id(table: Table, event_id: str, stem: str, when: When | None) -> None:
    wanted = _usual_id(stem, when)
    if event_id != wanted:
        remedy = f'name it after state, treaty, stage and date: {wanted!r}; an id given earlier stays: named = "before"'
        table.wrong("id", f"is {event_id!r}", remedy)


def _read_fact(table: Table) -> Fact | None:
    kind = table.choice("kind", _FACT_KINDS)
    note, when, sources = table.text("note"), table.when("date"), _read_sources(table)
    table.done()
    if not sources:
        table.wrong("source", "is missing", "name at least one source that tells of the fact")
    return Fact(FactKind(kind), note, when, sources) if kind in _FACT_KINDS else None


def _read_sources(table: Table) -> tuple[Source, ...]:
    return tuple(_read_source(row) for row in table.tables("source"))


def _read_source(table: Table) -> Source:
    source = Source(
        outlet=table.text("outlet"),
        url=table.address("url"),
        published=table.day("published"),
        says=table.when("says"),
        note=table.optional_text("note") or "",
        group=table.optional_text("group"),
        official=table.flag("official"),
        record=table.flag("record"),
        report=table.optional_text("report"),
        copy_of=table.optional_text("copy_of"),
    )
    table.done()
    return source
