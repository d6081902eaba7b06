"""`/why`: the whole way of a report or an alert, from the feed to this chat, each step with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot import searching
from bot.conversation import phrases
from bot.conversation.actions import StaleActionError, number
from bot.conversation.answers import TITLE_LIMIT
from bot.conversation.lookups import search
from bot.conversation.model import Reply
from bot.conversation.paging import paged
from bot.conversation.pointing import event_meant
from bot.conversation.talk import RefusedError
from bot.message import Button, Line
from bot.plain import cut
from bot.speech import N_
from bot.why import Heard, heard
from bot.wording import stage_words
from store import channels, coverage, events, held, looking, reports
from treaties.alerts import told_by
from treaties.model import ALERTING, Label, Role, VerdictKind

if TYPE_CHECKING:
    from bot.conversation.talk import Talk
    from bot.message import Message
    from store.looking import Message as Delivered
    from store.reports import StoredReport
    from treaties.model import Claim, Event, Verdict

_EVENT: Final = "event:"
_REPORT: Final = "report:"
_LABELS: Final = {
    Label.DEVELOPMENT: N_("development"),
    Label.TALK: N_("talk"),
    Label.REACTION: N_("reaction"),
    Label.DENIAL: N_("denial"),
    Label.BACKGROUND: N_("background"),
}
_HEARD: Final = {
    Heard.EVERYTHING: N_("wanted, this chat hears everything"),
    Heard.WANTED: N_("wanted by the filters of this chat"),
    Heard.STATE: N_("not wanted, the filter of states leaves it out"),
    Heard.TREATY: N_("not wanted, the filter of treaties leaves it out"),
    Heard.STAGE: N_("not wanted, the filter of stages leaves it out"),
    Heard.LANGUAGE: N_("not wanted, no report is in a language that this chat asks for"),
    Heard.MUTED: N_("not told, the case is muted here"),
    Heard.SNOOZED: N_("held, this chat is snoozed"),
    Heard.QUIET: N_("held, it is a quiet hour here"),
    Heard.ROLE: N_("not told, this chat is for reviewers or for the owner, and alerts go to public chats"),
    Heard.DISABLED: N_("not told, messages to this chat are switched off"),
}


def why(talk: Talk, text: str, page: int = 1) -> Message:
    """`/why [LINK | WORDS]`: of the alert that is replied to, of a report by its link or id, or what to choose from.

    Raises:
        RefusedError: nothing stored is meant.
    """
    if not text:
        return _of_reply(talk, page)
    for prefix, explain in ((_EVENT, _of_event_row), (_REPORT, _of_report_row)):
        row = text.removeprefix(prefix)
        if row != text and row.isascii() and row.isdigit():
            return explain(talk, row, page)
    stored = reports.find(talk.conn, text) or reports.find_by_url(talk.conn, text)
    if stored:
        return of_report(talk, stored, page)
    if searching.words_of(text) and "://" not in text:
        return search(talk, text)
    raise RefusedError(talk.gettext("No such report is stored. Give its link, or words of its title."))


def _of_reply(talk: Talk, page: int) -> Message:
    event = event_meant(talk, "why")
    if event is None:
        raise RefusedError(
            talk.gettext("Reply /why to an alert, or give the link of a report or words of its title: /why LINK"),
            own=True,
        )
    return _of_event(talk, event, page)


def press_why(talk: Talk, words: str) -> Reply:
    """The button on an alert: `<row of the event>`."""
    return Reply(_of_event_row(talk, words, 1))


def press_report(talk: Talk, words: str) -> Reply:
    """The button on a report that was found: `<row of the report>`."""
    return Reply(_of_report_row(talk, words, 1))


def _of_event_row(talk: Talk, words: str, page: int) -> Message:
    event = events.by_row(talk.conn, number(words))
    if event is None:
        raise StaleActionError(words)
    return _of_event(talk, event, page)


def _of_report_row(talk: Talk, words: str, page: int) -> Message:
    stored = reports.at_or_none(talk.conn, number(words))
    if stored is None:
        raise StaleActionError(words)
    return of_report(talk, stored, page)


def _of_event(talk: Talk, event: Event, page: int) -> Message:
    """An alert is explained by the report that opened its event, and by what this chat wants."""
    title = phrases.title(talk.speech, event.state, event.treaty)
    lines: list[str | Line] = [Line(phrases.stands(talk.speech, event), "strong")]
    opened = looking.opening(talk.conn, event.id)
    if opened is None:
        lines.append(talk.gettext("No report brought it: it stands in the list of known events."))
    else:
        stored = reports.at(talk.conn, opened)
        lines += _report_lines(talk, stored)
        for claim, verdict in stored.claims:
            if verdict is not None and verdict.event == event.id:
                lines += _claim_lines(talk, claim, verdict)
    lines += _hearing_lines(talk, event)
    row = events.row_of(talk.conn, event.id)
    buttons = [(Button(talk.gettext("Sources"), f"sources:{row}"),)]
    return paged(talk, title, lines, command="why", text=f"{_EVENT}{row}", page=page, buttons=buttons)


def of_report(talk: Talk, stored: StoredReport, page: int = 1) -> Message:
    """A report, alerted or not: every claim in it, and what became of each."""
    lines = _report_lines(talk, stored)
    joined = {verdict.event for _, verdict in stored.claims if verdict and verdict.event}
    known = {event.id: event for event in events.find(talk.conn, joined)}
    for claim, verdict in stored.claims:
        lines += _claim_lines(talk, claim, verdict)
        event = known.get(verdict.event or "") if verdict else None
        if event and verdict and verdict.kind in {*ALERTING, VerdictKind.KNOWN}:
            lines += _hearing_lines(talk, event)
    if not stored.claims and not stored.error:
        lines.append(talk.gettext("It tells of no exit, so nobody is told."))
    title = talk.gettext("Why this report?")
    return paged(talk, title, lines, command="why", text=f"{_REPORT}{stored.row}", page=page)


def _report_lines(talk: Talk, stored: StoredReport) -> list[str | Line]:
    """Feed, gate and reading of a report."""
    say, report = talk.gettext, stored.report
    outlet = report.outlet or say("unnamed outlet")
    lines: list[str | Line] = [Line(f"“{cut(report.title, TITLE_LIMIT)}” ({outlet})", "quote", link=report.url)]
    if report.published:
        lines.append(say("Published: {moment}", moment=talk.speech.moment(report.published, talk.zone)))
    lines.append(_feed_line(talk, stored))
    if stored.error:
        return [*lines, say("Gate: set aside, the rules stumbled over it: {error}", error=stored.error)]
    if stored.label is None:
        return [*lines, say("Gate: not read yet")]
    reason = stored.reason or say("no reason is stored")
    if stored.label is Label.NONE:
        return [*lines, say("Gate: refused, {reason}", reason=reason)]
    lang = f" ({stored.lang})" if stored.lang else ""
    read = say(
        "Gate: passed, read as {label}{lang}: {reason}", label=say(_LABELS[stored.label]), lang=lang, reason=reason
    )
    return [*lines, read]


def _feed_line(talk: Talk, stored: StoredReport) -> str:
    seen = talk.speech.moment(stored.seen_at, talk.zone)
    feed = looking.feed_of(talk.conn, stored.row)
    if feed is None:
        return talk.gettext("Feed: none, it was handed in by itself; seen {seen}", seen=seen)
    polled = talk.speech.moment(feed.asked_at, talk.zone) if feed.asked_at else talk.gettext("never")
    return talk.gettext(
        "Feed: {outlet}, {url}; report seen {seen}, feed last polled {polled}",
        outlet=feed.outlet, url=feed.url, seen=seen, polled=polled,
    )  # fmt: skip


def _claim_lines(talk: Talk, claim: Claim, verdict: Verdict | None) -> list[str | Line]:
    """Reading, match and verdict of one claim."""
    say = talk.gettext
    role = say("News") if claim.role is Role.NEWS else say("Background")
    step = stage_words(claim.stage, talk.speech) if claim.stage else say("no step named")
    title = phrases.title(talk.speech, claim.state, claim.treaty)
    dated = "" if claim.dated or claim.when is None else f" ({say('day of publication')})"
    lines: list[str | Line] = [
        Line(f"● {role}: {title}: {step}, {talk.speech.day(claim.when)}{dated}", "strong"),
        Line(say("Words: “{quote}”", quote=claim.quote), "quote"),
        say("Read so: {reason} (confidence {share})", reason=claim.reason, share=f"{claim.confidence:.2f}"),
    ]
    if claim.effective:
        lines.append(say("Said to take effect: {day}", day=talk.speech.day(claim.effective)))
    if verdict is None:
        return [*lines, say("Verdict: not judged")]
    words = {
        VerdictKind.NEW_CASE: say("new case"),
        VerdictKind.NEW_DEVELOPMENT: say("new development"),
        VerdictKind.REVERSAL: say("reversal"),
        VerdictKind.KNOWN: say("known"),
        VerdictKind.BACKGROUND: say("background"),
        VerdictKind.TALK: say("talk"),
        VerdictKind.REACTION: say("reaction"),
        VerdictKind.UNSURE: say("unsure"),
    }
    match = verdict.event or say("no known event")
    lines.append(say("Match: {event}", event=match))
    return [*lines, say("Verdict: {verdict}, {reason}", verdict=words[verdict.kind], reason=verdict.reason)]


def _hearing_lines(talk: Talk, event: Event) -> list[str | Line]:
    """Whether this chat hears of an event, and what became of its alert."""
    waiting = held.find(talk.conn, event.id)
    lines: list[str | Line] = []
    if waiting:
        until = talk.speech.moment(waiting.until, talk.zone)
        lines.append(
            talk.gettext("Held: one voice alone tells of it; it waits for a second until {until}", until=until)
        )
    if talk.channel is None:
        return [*lines, talk.gettext("Filter: this chat is not set up, so it hears nothing")]
    muted = channels.muted(talk.conn, talk.channel.id, talk.request.now)
    langs = coverage.languages(talk.conn, [event.id])
    decided = heard(talk.channel, event, langs, muted, talk.request.now)
    lines += [talk.gettext("Filter: {outcome}", outcome=_heard_words(talk, one)) for one in decided]
    message = looking.message_of(talk.conn, talk.channel.id, told_by(event))
    return [*lines, _delivery_line(talk, message)]


def _heard_words(talk: Talk, outcome: Heard) -> str:
    return talk.gettext(_HEARD[outcome])


def _delivery_line(talk: Talk, message: Delivered | None) -> str:
    say = talk.gettext
    if message is None:
        return say("Delivery: no message about it was owed to this chat")
    queued = talk.speech.moment(message.queued_at, talk.zone)
    tries = talk.ngettext("{n} attempt", "{n} attempts", message.attempts)
    repeat = f"; {say('nobody knows whether an earlier attempt arrived')}" if message.possible_repeat else ""
    if message.state == "sent" and message.sent_at:
        at = talk.speech.moment(message.sent_at, talk.zone)
        return say("Delivery: queued {queued}, sent {at}, {tries}", queued=queued, at=at, tries=tries) + repeat
    error = f": {message.error}" if message.error else ""
    if message.state == "failed":
        return say("Delivery: queued {queued}, failed for good, {tries}", queued=queued, tries=tries) + error + repeat
    if message.state == "sending":
        return say("Delivery: queued {queued}, on its way, {tries}", queued=queued, tries=tries) + repeat
    if message.state == "pending":
        due = talk.speech.moment(message.due, talk.zone)
        waits = say("Delivery: queued {queued}, waits, due {due}, {tries}", queued=queued, due=due, tries=tries)
        return waits + error + repeat
    return say("Delivery: queued {queued}, withheld", queued=queued) + error
