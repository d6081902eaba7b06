"""`/status` and `/sources` without a case: how the bot and its feeds are doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversation.lookups import sources as case_sources
from bot.conversation.model import Reply
from bot.conversation.paging import paged
from bot.conversation.pointing import event_meant
from bot.conversation.talk import answer
from bot.message import Line
from bot.standing import polled, standing

if TYPE_CHECKING:
    from datetime import datetime

    from bot.conversation.talk import Talk
    from bot.message import Message
    from store.feeds import FeedState


def status(talk: Talk, text: str) -> Reply:  # noqa: ARG001 - commands are called alike
    """`/status`: feeds, last poll, last report, last alert, queue, jobs, version."""
    say = talk.gettext
    found = standing(talk.conn)
    health = found.health
    lines: list[str | Line] = [
        say("Feeds: {well} of {all} healthy", well=health.feeds_healthy, all=health.feeds_total),
        say("Last poll: {moment}", moment=_moment(talk, health.last_poll)),
        say("Last report: {moment}", moment=_moment(talk, health.last_report)),
        say("Last alert: {moment}", moment=_moment(talk, health.last_alert)),
        talk.ngettext("{n} message waits to be sent", "{n} messages wait to be sent", health.queued),
    ]
    if found.failed:
        lines.append(Line(say("Jobs that failed last: {names}", names=", ".join(found.failed)), "strong"))
    if talk.tools.version:
        lines.append(Line(say("Version {version}", version=talk.tools.version), "small", own=True))
    return Reply(answer(say("The bot is at work.") if found.well else say("Something is not well."), lines))


def _moment(talk: Talk, moment: datetime | None) -> str:
    return talk.speech.moment(moment, talk.zone) if moment else talk.gettext("never")


def sources(talk: Talk, text: str, page: int = 1) -> Message:
    """`/sources [STATE TREATY]`: who tells of a case; without one, how the feeds are doing."""
    if text or event_meant(talk, "sources"):
        return case_sources(talk, text, page)
    listed = polled(talk.conn)
    ill = [feed for feed in listed if not feed.healthy]
    well = talk.ngettext("{n} feed is healthy", "{n} feeds are healthy", len(listed) - len(ill))
    lines: list[str | Line] = [well]
    lines += [_ill(talk, feed) for feed in sorted(ill, key=lambda feed: (-feed.failures, feed.spec.outlet))]
    headline = talk.ngettext("{n} feed is watched", "{n} feeds are watched", len(listed))
    return paged(talk, headline, lines, command="sources", text="", page=page)


def _ill(talk: Talk, feed: FeedState) -> Line:
    if feed.last_error:
        trouble = talk.ngettext(
            "failed {n} time: {error}", "failed {n} times: {error}", feed.failures, error=feed.last_error
        )
    elif feed.told:
        trouble = feed.told
    else:
        trouble = talk.gettext("not polled yet")
    return Line(f"· {feed.spec.outlet}: {trouble}", link=feed.spec.url)
