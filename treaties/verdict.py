"""Corroboration: whether a new development is told at once, waits for a second source, or is put to the reviewers.

Policy on mistakes: an alert that comes hours late does less harm than one that is false, and silence does most harm of
all. So a step of which one voice alone has told, in words that leave room for doubt, waits for a set time; whatever
nobody else bears out by then is put to people, and never dropped. It is known from the first report on all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from treaties.model import Event

HIGH: Final = 0.85
"""From this confidence on the report says the stage in so many words, and says it at its top."""

ENOUGH_VOICES: Final = 2


class Ground(StrEnum):
    """What makes an alert go out at once."""

    OFFICIAL = "official"
    RECORD = "record"
    TWO_SOURCES = "two_sources"
    HIGH_CONFIDENCE = "high_confidence"


class Release(StrEnum):
    """What happens with an alert."""

    NOW = "now"
    WAIT = "wait"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Corroboration:
    """The operator's choice: any of the grounds lets an alert out at once, any other waits so long."""

    at_once: frozenset[Ground] = frozenset(Ground)
    wait: timedelta = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens with an alert, and why."""

    release: Release
    reason: str


BEARS_OUT: Final = frozenset({Ground.OFFICIAL, Ground.TWO_SOURCES})
"""What lets out an alert that stands on weak grounds."""


def decide(event: Event, confidence: float, rules: Corroboration, waited: timedelta = timedelta()) -> Decision:
    """Whether the alert on an event goes out.

    Args:
        event: the event with all who tell of it; copies and outlets of one owner are one voice.
        confidence: of the claim that was just read.
        rules: what counts, and how long to wait.
        waited: how long the alert has waited already.
    """
    for ground, holds, reason in (
        (Ground.OFFICIAL, any(source.official for source in event.sources), "an official source tells it"),
        (Ground.RECORD, any(source.record for source in event.sources), "a source of record tells it"),
        (Ground.TWO_SOURCES, event.voices >= ENOUGH_VOICES, f"{event.voices} independent sources tell it"),
        (Ground.HIGH_CONFIDENCE, confidence >= HIGH, "the report says it in so many words"),
    ):
        if holds and ground in rules.at_once:
            return Decision(Release.NOW, reason)
    hours = _hours(rules.wait)
    if waited < rules.wait:
        return Decision(Release.WAIT, f"the alert waits up to {hours} for a second independent source")
    return Decision(Release.ASK, f"nobody else has told of it in {hours}, so the reviewers are asked")


def _hours(span: timedelta) -> str:
    hours = span / timedelta(hours=1)
    return "1 hour" if hours == 1 else f"{hours:g} hours"
