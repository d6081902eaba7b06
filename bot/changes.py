"""How it is told what other rules would have made of the stored reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.speech import Speech
from bot.wording import case_title, stage_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from treaties.changes import Changes
    from treaties.model import Event
    from treaties.registry import Knowledge


def changes_lines(changes: Changes, knowledge: Knowledge) -> Iterator[str]:
    """A line for every event and report that would be different, and the counts."""
    speech = Speech("en", knowledge)
    yield from (f"+ {_event(event, speech)} would appear: {event.id}" for event in changes.appearing)
    yield from (f"- {_event(event, speech)} would vanish: {event.id}" for event in changes.vanishing)
    yield from (
        f"~ {_event(old, speech)} would be {stage_words(new.stage, speech)}, {speech.day(new.when)}: {old.id}"
        for old, new in changes.changing
    )
    yield from (f"report {one.report}: {_named(one.before)} → {_named(one.after)}" for one in changes.moved)
    yield from (
        f"report {one.report}: read as {one.before or 'set aside'} → {one.after or 'set aside'}"
        for one in changes.relabelled
    )
    yield (
        f"{_count(len(changes.appearing), 'event')} would appear, {len(changes.vanishing)} vanish, "
        f"{len(changes.changing)} change; of {_count(changes.reports, 'report')} {len(changes.moved)} would move to "
        f"another event, {len(changes.relabelled)} get another label"
    )
    if changes.none:
        yield "Nothing would change."


def _event(event: Event, speech: Speech) -> str:
    case = case_title(event.state, event.treaty, speech)
    return f"{case}: {stage_words(event.stage, speech)}, {speech.day(event.when)}"


def _named(events: Iterable[str]) -> str:
    return ", ".join(events) or "no event"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
