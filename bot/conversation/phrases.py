"""Small phrases that many answers share, in the language of a chat: stages, coverage, dates of effect, clauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.wording import STAGE_WORDS, article, stage_bar
from treaties.model import When
from treaties.projection import Basis

if TYPE_CHECKING:
    from bot.speech import Speech
    from treaties.model import Case, Event
    from treaties.projection import Projection
    from treaties.registry import Clause
    from treaties.stages import Stage
    from treaties.timetable import Effect


def stage(speech: Speech, reached: Stage) -> str:
    """A stage in words."""
    return speech.gettext(STAGE_WORDS[reached])


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def treaty(speech: Speech, name: str) -> str:
    """`European Convention for the Prevention of Torture (ETS No. 126)`."""
    found = speech.knowledge.treaties.get(name)
    if found is None:
        return speech.knowledge.treaty_name(name)
    return found.short_name + (f" ({found.series})" if found.series else "")


def case_title(speech: Speech, state: str, name: str) -> str:
    """`Russia – European Convention for the Prevention of Torture (ETS No. 126)`."""
    return f"{speech.state(state)} – {treaty(speech, name)}"


def stands(speech: Speech, event: Event) -> str:
    """Where a case stands by its latest event: `Passed by parliament, 16 April 2025`."""
    return capital(f"{stage(speech, event.stage)}, {speech.day(event.when)}")


def bar(case: Case, now: Stage) -> str:
    """Every step of the way out of a case, and the one that it stands at."""
    return stage_bar({event.stage for event in case.events}, now)


def coverage(speech: Speech, event: Event) -> str:
    """How many reports and independent sources tell of an event."""
    reports = speech.ngettext("{n} report", "{n} reports", len(event.sources))
    voices = speech.ngettext("{n} independent source", "{n} independent sources", event.voices)
    official = sum(source.official for source in event.sources)
    told = [speech.ngettext("{n} official", "{n} official", official)] if official else []
    return ", ".join([reports, voices, *told])


def disputed(speech: Speech, event: Event) -> list[str]:
    """A line with every date and who gives it, where sources disagree."""
    if not event.disputed:
        return []
    outlets: dict[str, list[str]] = {}
    for source in event.sources:
        names = outlets.setdefault(speech.day(source.says), []) if source.says else []
        if source.outlet not in names:
            names.append(source.outlet)
    dates = "; ".join(f"{day} ({', '.join(names)})" for day, names in outlets.items())
    return [speech.gettext("Disputed date: {dates}", dates=dates)]


def ending(speech: Speech, projection: Projection) -> str:
    """When an exit takes effect, with what gives the day in brackets."""
    texts = {
        Basis.IF_TODAY: speech.gettext("Not before {day} if notified today", day=speech.day(When(projection.day))),
        Basis.EARLIEST: speech.gettext("Not before {day}", day=speech.day(When(projection.day))),
        Basis.NOTIFIED: speech.gettext("Takes effect on {day}", day=speech.day(When(projection.day))),
    }
    source = rests_on(speech, projection.effect)
    return texts[projection.basis] + (f" ({source})" if source else "")


def ended(speech: Speech, projection: Projection) -> str:
    """As `ending`, of a day that is past."""
    source = rests_on(speech, projection.effect)
    return speech.gettext("Took effect on {day}", day=speech.day(When(projection.day))) + (
        f" ({source})" if source else ""
    )


def rests_on(speech: Speech, effect: Effect) -> str:
    """What gives the day of effect: the article, or practice where there is none."""
    return speech.gettext("by practice") if effect.certainty == "practice" else article(effect.article)


def clause(speech: Speech, found: Clause) -> str:
    """The article and what it says, marked where nobody looked it up."""
    text = ": ".join(filter(None, (article(found.article), found.text)))
    return text + ("" if found.source else f" ({speech.gettext('recalled, not verified')})")
