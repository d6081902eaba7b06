"""Digests: what a period held, in one message; short where nothing happened."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from bot.message import Line, Message
from bot.plain import cut, isolated
from bot.wording.coverage import counted, named
from bot.wording.names import states_named
from bot.wording.steps import stage_words
from treaties.digest import AHEAD
from treaties.model import Label, When

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from bot.speech import Speech
    from treaties.digest import Coverage, Development, Digest, Dispute, TakingEffect, Talk, Tally
    from treaties.model import Mention

_CASES: Final = 10
"""So many cases with developments are told in full, and so many exits that take effect; the rest is counted."""

_FEWER: Final = 5
"""So many cases that are talked about, or disputed, likewise."""

_TITLE_LIMIT: Final = 160


def digest_message(digest: Digest, speech: Speech, zone: ZoneInfo, *, judges: bool = False) -> Message:
    """New cases and developments, who talked about which case, what is coming, disputed and unjudged, and the feeds.

    Args:
        digest: what the period held.
        speech: the language.
        zone: the time zone in which moments are told.
        judges: the channel's people can judge what waits for review.
    """
    start, end = speech.hour(digest.start, zone), speech.hour(digest.end, zone)
    headline = speech.gettext("Digest {start} to {end}", start=start, end=end)
    today = digest.end.astimezone(zone).date()
    if digest.is_empty:
        return Message("digest", headline, tuple(_short(digest, speech, zone)))
    sections: list[list[str | Line]] = [
        list(_summary(digest, speech)),
        list(_news(digest.developments, speech)),
        list(_talk(digest.talk, speech)),
        list(_coming(digest.coming, speech, today)),
        list(_disputes(digest.disputes, speech)),
        list(_questions(digest, speech)) if judges else [],
        list(_footer(digest, speech, zone, judges=judges)),
    ]
    parted = [["", *section] for section in sections if section]
    return Message("digest", headline, tuple(line for section in parted for line in section)[1:])


def _short(digest: Digest, speech: Speech, zone: ZoneInfo) -> Iterator[str | Line]:
    """Nothing happened; that this is so can be relied on; what comes next."""
    yield "; ".join([speech.gettext("No developments"), *_health(digest, speech, zone)])
    for one in digest.coming[:1]:
        yield speech.told(speech.gettext("Next"), _exit(one, speech, digest.end.astimezone(zone).date()))
    if digest.waiting:
        yield Line(_capital(_waiting(digest, speech)), "small")


def _summary(digest: Digest, speech: Speech) -> Iterator[str]:
    """The whole digest in a line."""
    opened = len({one.case for one in digest.developments if one.opens})
    steps = sum(not one.opens for one in digest.developments)
    said = [
        speech.ngettext("{n} new case", "{n} new cases", opened) if opened else "",
        speech.ngettext("{n} development", "{n} developments", steps) if steps else "",
        "" if digest.developments else speech.gettext("No developments"),
        speech.ngettext("{n} case talked about", "{n} cases talked about", len(digest.talk)) if digest.talk else "",
    ]
    yield " · ".join(filter(None, said))


def _news(developments: Sequence[Development], speech: Speech) -> Iterator[Line | str]:
    cases = [list(steps) for _, steps in groupby(developments, key=lambda one: one.case)]
    opened: bool | None = None
    for steps in cases[:_CASES]:
        if steps[0].opens is not opened:
            if opened:
                yield ""
            opened = steps[0].opens
            yield (
                _heading("🆕", speech.gettext("New cases"))
                if opened
                else _heading("📌", speech.gettext("Developments"))
            )
        yield Line(_case(*steps[0].case, speech), "strong")
        for one in steps:
            yield _step(one, speech)
    if len(cases) > _CASES:
        more = len(cases) - _CASES
        yield speech.ngettext("… and {n} more case with news", "… and {n} more cases with news", more)


def _step(one: Development, speech: Speech) -> Line:
    told = speech.told(stage_words(one.stage, speech), speech.day(one.when))
    parts = [told, counted(one.reports, one.voices, one.official, speech)] if one.reports else [told]
    mark = [speech.gettext("✓ alert sent")] if one.alerted else []
    return Line(f"• {' · '.join([*parts, *mark])}", link=one.url)


def _talk(talk: Sequence[Talk], speech: Speech) -> Iterator[Line | str]:
    if talk:
        yield _heading("💬", speech.gettext("Talk and reactions"))
    for one in talk[:_FEWER]:
        counts = ", ".join(_COUNTS[label](speech, count) for label, count in one.counts)
        yield Line(speech.told(_case(one.state, one.treaty, speech), counts))
        for mention in one.mentions:
            yield _mention(mention, speech)
    if len(talk) > _FEWER:
        more = len(talk) - _FEWER
        yield speech.ngettext("… and {n} more case talked about", "… and {n} more cases talked about", more)


_COUNTS: Final[dict[Label, Callable[[Speech, int], str]]] = {
    Label.TALK: lambda speech, n: speech.ngettext("{n} report of talk", "{n} reports of talk", n),
    Label.REACTION: lambda speech, n: speech.ngettext("{n} reaction", "{n} reactions", n),
}


def _mention(mention: Mention, speech: Speech) -> Line:
    outlet = isolated(mention.outlet or "") or speech.gettext("unnamed outlet")
    return Line(f"{cut(isolated(mention.title), _TITLE_LIMIT)} ({outlet})", "quote", mention.url)


def _coming(coming: Sequence[TakingEffect], speech: Speech, today: date) -> Iterator[Line | str]:
    if coming:
        yield _heading("⏳", speech.ngettext("Takes effect within {n} day", "Takes effect within {n} days", AHEAD))
    for one in coming[:_CASES]:
        yield f"• {_exit(one, speech, today)}"
    if len(coming) > _CASES:
        more = len(coming) - _CASES
        yield speech.ngettext("… and {n} more", "… and {n} more", more)


def _exit(one: TakingEffect, speech: Speech, today: date) -> str:
    """An exit with the day on which it takes effect, and in how many days that is."""
    days = (one.day - today).days
    when = speech.ngettext("in {n} day", "in {n} days", days) if days > 0 else speech.gettext("today")
    sure = [] if one.sure else [speech.gettext("at the earliest")]
    day = ", ".join([speech.day(When(one.day)), *sure, when])
    return speech.told(_case(one.state, one.treaty, speech), day)


def _disputes(disputes: Sequence[Dispute], speech: Speech) -> Iterator[Line | str]:
    if disputes:
        yield _heading("≠", speech.gettext("Disputed dates"))
    for one in disputes[:_FEWER]:
        dates = "; ".join(f"{speech.day(when)} ({named(outlets)})" for when, outlets in one.dates)
        step = speech.told(_case(one.state, one.treaty, speech), stage_words(one.stage, speech))
        yield f"• {step}: {dates}"
    if len(disputes) > _FEWER:
        more = len(disputes) - _FEWER
        yield speech.ngettext("… and {n} more", "… and {n} more", more)


def _questions(digest: Digest, speech: Speech) -> Iterator[Line | str]:
    if not digest.waiting:
        return
    yield _heading("❓", _waiting(digest, speech))
    for one in digest.questions:
        step = stage_words(one.stage, speech) if one.stage else speech.gettext("a step that is not named")
        yield f"• {speech.told(_case(one.state, one.treaty, speech), step)}"
    more = digest.waiting - len(digest.questions)
    if more:
        yield speech.ngettext("… and {n} more", "… and {n} more", more)
    command = "treatywatch review"
    yield Line(speech.gettext("To decide: the buttons under each question, or {command}", command=command), "small")


def _waiting(digest: Digest, speech: Speech) -> str:
    return speech.ngettext("{n} waiting for review", "{n} waiting for review", digest.waiting)


def _footer(digest: Digest, speech: Speech, zone: ZoneInfo, *, judges: bool) -> Iterator[Line]:
    if digest.coverage.reports:
        yield Line(_coverage(digest.coverage, speech), "small")
    waiting = [_waiting(digest, speech)] if digest.waiting and not judges else []
    yield Line(_capital("; ".join([*_health(digest, speech, zone), *waiting])), "small")


def _coverage(coverage: Coverage, speech: Speech) -> str:
    """By which outlets, in which countries and languages the cases were told of."""
    told = speech.ngettext("{n} report on these cases", "{n} reports on these cases", coverage.reports)
    outlets, countries, languages = coverage.outlets, coverage.countries, coverage.languages
    by = [
        (outlets, speech.ngettext("{n} outlet", "{n} outlets", outlets.total), isolated),
        (countries, speech.ngettext("{n} country", "{n} countries", countries.total), speech.state),
        (languages, speech.ngettext("{n} language", "{n} languages", languages.total), speech.language),
    ]
    return " · ".join([told, *(_tallied(one, count, name) for one, count, name in by if one.total)])


def _tallied(one: Tally, count: str, name: Callable[[str], str]) -> str:
    most = ", ".join(f"{name(what)} {number}" for what, number in one.most)
    return f"{count} ({most}{', …' if one.total > len(one.most) else ''})"


def _health(digest: Digest, speech: Speech, zone: ZoneInfo) -> Iterator[str]:
    """That the bot was awake: silence means that nothing happened."""
    yield speech.ngettext("{n} report read", "{n} reports read", digest.reports)
    yield speech.gettext("{n} of {all} feeds healthy", n=digest.feeds.healthy, all=digest.feeds.total)
    checked = digest.feeds.depositary
    if checked:
        same = checked.astimezone(zone).date() == digest.end.astimezone(zone).date()
        moment = speech.time(checked, zone) if same else speech.hour(checked, zone)
        yield speech.gettext("last depositary check {moment}", moment=moment)


def _heading(sign: str, text: str) -> Line:
    """A section's heading; by its sign it is told from the names of cases, which are strong, too."""
    return Line(f"{sign} {_capital(text)}", "strong")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _case(state: str, treaty: str, speech: Speech) -> str:
    return f"{states_named([state], speech)} – {isolated(speech.treaty(treaty))}"
