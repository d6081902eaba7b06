"""Small phrases that many answers share, in the language of a chat; what alerts say, too, comes from the wording."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.wording import case_title, coverage_line, in_order, stage_bar, stage_words
from bot.wording.clause import article
from treaties.model import When
from treaties.projection import Basis

if TYPE_CHECKING:
    from bot.speech import Speech
    from treaties.model import Case, Event
    from treaties.projection import Projection
    from treaties.stages import Stage


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def title(speech: Speech, state: str, treaty: str) -> str:
    """`Russia – European Convention for the Prevention of Torture (ETS No. 126)`."""
    return case_title(state, treaty, speech)


def treaty_title(speech: Speech, treaty: str) -> str:
    """`European Convention for the Prevention of Torture (ETS No. 126)`."""
    found = speech.knowledge.treaties.get(treaty)
    series = f" ({found.series})" if found and found.series else ""
    return speech.treaty(treaty) + series


def stands(speech: Speech, event: Event) -> str:
    """Where a case stands by its latest event: `Passed by parliament, 16 April 2025`."""
    return capital(f"{stage_words(event.stage, speech)}, {speech.day(event.when)}")


def step(speech: Speech, event: Event) -> str:
    """A step with its date and how many tell of it."""
    words = f"{stage_words(event.stage, speech)} ({coverage_line(event, speech)})"
    return speech.told(speech.day(event.when), words)


def bar(speech: Speech, case: Case, now: Stage) -> str:
    """Every step of the way out of a case, and the one that it stands at."""
    return stage_bar(in_order((event.stage, event.when) for event in case.events), now, speech)


def ending(speech: Speech, projection: Projection) -> str:
    """When an exit takes effect, with what gives the day in brackets."""
    day = speech.day(When(projection.day))
    if projection.basis is Basis.EARLIEST:
        told = speech.gettext("Not before {day}", day=day)
    else:
        told = speech.gettext("Takes effect on {day}", day=day)
    practice = projection.effect.certainty == "practice"
    source = speech.gettext("by practice") if practice else article(projection.effect.article, speech)
    return f"{told} ({source})" if source else told
