"""Small phrases that many answers share, in the language of a chat: stages, coverage, dates of effect, clauses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.wording import STAGE_WORDS, article, stage_bar
from treaties.model import Precision, When
from treaties.stages import Stage
from treaties.timetable import effective

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from bot.speech import Speech
    from treaties.model import Case, Event
    from treaties.registry import Clause, Treaty
    from treaties.timetable import Effect

_UNDONE: Final = frozenset({Stage.RESCINDED, Stage.REJOINED})
_SURE: Final = frozenset({"computed", "practice"})


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


def ending(speech: Speech, found: Treaty, state: str, steps: Sequence[tuple[Stage, When | None]], today: date) -> str:
    """When an exit that has come so far takes effect; empty where no day can be told, or none is to come any more.

    Args:
        speech: the language.
        found: the treaty.
        state: the leaving state.
        steps: the stages reached, in order of time.
        today: the day of the question.
    """
    undone = max((place for place, (reached, _) in enumerate(steps, 1) if reached in _UNDONE), default=0)
    way = dict(steps[undone:])
    if Stage.IN_EFFECT in way or (undone and not way):
        return ""
    if Stage.NOTIFIED_DEPOSITARY not in way:
        effect = effective(found, today, state=state)
        return _rested(speech, effect, "Not before {day} if notified today") if effect.day else ""
    notified = way[Stage.NOTIFIED_DEPOSITARY]
    if notified is None:
        return ""
    effect = effective(found, notified.day, state=state)
    if effect.day is None:
        return ""
    if notified.precision is not Precision.DAY or effect.certainty not in _SURE:
        return _rested(speech, effect, "Not before {day}")
    return _rested(speech, effect, "Takes effect on {day}" if effect.day > today else "Took effect on {day}")


def _rested(speech: Speech, effect: Effect, text: str) -> str:
    """A text on the day of effect, with what gives the day in brackets."""
    day = speech.gettext(text, day=speech.day(When(effect.day)) if effect.day else "")
    source = speech.gettext("by practice") if effect.certainty == "practice" else article(effect.article)
    return f"{day} ({source})" if source else day


def clause(speech: Speech, found: Clause) -> str:
    """The article and what it says, marked where nobody looked it up."""
    text = ": ".join(filter(None, (article(found.article), found.text)))
    return text + ("" if found.source else f" ({speech.gettext('recalled, not verified')})")


def time_left(speech: Speech, until: datetime, zone: ZoneInfo) -> str:
    """A moment at which something ends."""
    return speech.gettext("until {moment}", moment=speech.moment(until, zone))
