"""Coverage: how many tell of an event, who of them speaks for a state, and where they disagree."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from bot.plain import isolated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.speech import Speech
    from treaties.model import Event, Source

_NAMED: Final = 3


def coverage_line(event: Event, speech: Speech) -> str:
    """How many reports and independent sources tell of the event: 7 reports, 4 independent, 1 official."""
    return counted(len(event.sources), event.voices, sum(source.official for source in event.sources), speech)


def counted(reports: int, voices: int, official: int, speech: Speech) -> str:
    """As `coverage_line`, from the numbers."""
    told = [
        speech.ngettext("{n} report", "{n} reports", reports),
        speech.ngettext("{n} independent", "{n} independent", voices),
        *([speech.ngettext("{n} official", "{n} official", official)] if official else []),
    ]
    return ", ".join(told)


def more_sources(event: Event, speech: Speech) -> str:
    """What comes on top of the first source: +6 sources, 4 independent."""
    more = len(event.sources) - 1
    if more < 1:
        return speech.gettext("the only source so far")
    voices = event.voices
    return speech.ngettext(
        "+{n} source, {voices} independent", "+{n} sources, {voices} independent", more, voices=voices
    )


def official_line(event: Event, speech: Speech) -> str:
    """The organs of states and organisations among the sources, by name; empty where there is none."""
    names = named(source.outlet for source in event.sources if source.official)
    return speech.gettext("Official: {outlets}", outlets=names) if names else ""


def disputed_lines(event: Event, speech: Speech) -> list[str]:
    """A line with every date and who gives it, where sources disagree."""
    if not event.disputed:
        return []
    told = "; ".join(f"{day} ({named(outlets)})" for day, outlets in _by_day(event.sources, speech).items())
    return [speech.gettext("Disputed date: {dates}", dates=told)]


def named(outlets: Iterable[str]) -> str:
    """Outlets by name, each once: at most three, how many more in a number."""
    names = list(dict.fromkeys(isolated(outlet) for outlet in outlets))
    more = [f"+{len(names) - _NAMED}"] if len(names) > _NAMED else []
    return ", ".join([*names[:_NAMED], *more])


def _by_day(sources: Sequence[Source], speech: Speech) -> dict[str, list[str]]:
    outlets: defaultdict[str, list[str]] = defaultdict(list)
    for source in sources:
        if source.says:
            outlets[speech.day(source.says)].append(source.outlet)
    return outlets
