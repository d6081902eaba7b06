"""Digests: what a period held, in one message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.message import Line, Message
from bot.plain import cut, isolated
from bot.speech import N_
from bot.wording.coverage import coverage_line
from bot.wording.names import states_named
from bot.wording.steps import stage_words
from treaties.model import Label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from bot.speech import Speech
    from treaties.model import Digest, Event, Mention

_EVENTS_SHOWN: Final = 40
_MENTIONS_SHOWN: Final = 10
_TITLE_LIMIT: Final = 200
_HEADINGS: Final = {
    Label.TALK: N_("Talk"),
    Label.REACTION: N_("Reactions"),
    Label.DENIAL: N_("Denials"),
}


def digest_message(digest: Digest, speech: Speech, zone: ZoneInfo) -> Message:
    """The developments of a period, who talked about which case, and how the bot itself is doing."""
    start, end = speech.hour(digest.start, zone), speech.hour(digest.end, zone)
    lines = [
        *_developments(digest.developments, speech),
        *_mentions(digest.mentions, speech),
        "",
        *_footer(digest, speech),
    ]
    return Message("digest", speech.gettext("Digest {start} to {end}", start=start, end=end), tuple(lines))


def _developments(events: Sequence[Event], speech: Speech) -> Iterator[Line | str]:
    if not events:
        yield speech.gettext("No new development.")
    for event in events[:_EVENTS_SHOWN]:
        link = next((source.url for source in event.sources if source.url), None)
        step = stage_words(event.stage, speech)
        yield Line(speech.told(_case(event.state, event.treaty, speech), step), "strong", link)
        yield f"{speech.day(event.when)} · {coverage_line(event, speech)}"
    if len(events) > _EVENTS_SHOWN:
        more = len(events) - _EVENTS_SHOWN
        yield speech.ngettext("… and {n} more", "… and {n} more", more)


def _mentions(mentions: Sequence[Mention], speech: Speech) -> Iterator[Line | str]:
    """What was said about cases, under a heading for each kind; only so many that the developments are not drowned."""
    shown = mentions[:_MENTIONS_SHOWN]
    for label, heading in _HEADINGS.items():
        mine = [mention for mention in shown if mention.label is label]
        if mine:
            yield ""
            yield Line(speech.gettext(heading), "strong")
        for mention in mine:
            yield _mention(mention, speech)
    if len(mentions) > _MENTIONS_SHOWN:
        more = len(mentions) - _MENTIONS_SHOWN
        yield speech.ngettext("… and {n} more mention", "… and {n} more mentions", more)


def _mention(mention: Mention, speech: Speech) -> Line:
    outlet = isolated(mention.outlet or "") or speech.gettext("unnamed outlet")
    title = cut(isolated(mention.title), _TITLE_LIMIT)
    case = _case(mention.state, mention.treaty, speech)
    return Line(speech.told(case, f"“{title}” ({outlet})"), link=mention.url)


def _case(state: str, treaty: str, speech: Speech) -> str:
    return f"{states_named([state], speech)} – {isolated(speech.treaty(treaty))}"


def _footer(digest: Digest, speech: Speech) -> Iterator[Line]:
    if digest.unsure:
        yield Line(speech.ngettext("{n} waiting for review", "{n} waiting for review", digest.unsure), "small")
    read = speech.ngettext("{n} report read", "{n} reports read", digest.reports)
    feeds = speech.gettext("feeds healthy: {n} of {all}", n=digest.feeds_healthy, all=digest.feeds_total)
    yield Line(f"{read} · {feeds}", "small")


def encode_lines(message: Message) -> list[Any]:
    """The lines of a message as JSON values: a text, or a text with its style and its link."""
    return [[line.text, line.style, line.link] if isinstance(line, Line) else line for line in message.lines]


def stored_message(kind: str, payload: Mapping[str, Any]) -> Message:
    """The message of which `headline` and `lines` were stored when it was queued.

    Raises:
        KeyError, TypeError, ValueError: the payload is of another kind.
    """
    lines = (line if isinstance(line, str) else Line(*line) for line in payload["lines"])
    return Message(kind, payload["headline"], tuple(lines))
