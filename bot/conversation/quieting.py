"""When a chat is told: its digest, quiet hours, snoozing, and cases of which it hears nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot import digests
from bot.conversation import phrases, settings, times
from bot.conversation.actions import StaleActionError, case_action, read_case
from bot.conversation.asking import one_case
from bot.conversation.model import Reply
from bot.conversation.pointing import case_meant, known_case
from bot.conversation.showing import shown
from bot.conversation.talk import RefusedError, answer, button, ours
from bot.message import Button, Line, Message
from store import channels
from treaties.digest import encode

if TYPE_CHECKING:
    from bot.conversation.talk import Talk
    from store.channels import DigestRhythm

_OFF: Final = frozenset({"off", "no", "none", "stop"})
_ON: Final = frozenset({"on", "yes"})
_FOR_GOOD: Final = frozenset({"forever", "always"})
_MUTES_SHOWN: Final = 8
_MUTE_LENGTHS: Final = ("1d", "7d", "forever")
_PERIODS: Final = {"weekly": timedelta(days=7)}


def digest(talk: Talk, text: str) -> Reply:
    """`/digest [daily|weekly|off] [TIME] | empty on|off | now`.

    Raises:
        RefusedError: it cannot be read, or the person may not change it.
    """
    words = text.casefold().split()
    if words == ["now"] or words == [talk.gettext("now").casefold()]:
        return Reply(_digest_now(talk))
    if not words:
        return Reply(settings.digest_question(talk))
    talk.require("setters")
    if words[0] in {"empty", talk.gettext("empty").casefold()}:
        return Reply(_digest_empty(talk, " ".join(words[1:])))
    rhythm = _rhythm(talk, words[0])
    at = times.clock(" ".join(words[1:] if rhythm else words))
    if (rhythm is None and at is None) or (rhythm and words[1:] and at is None):
        raise RefusedError(
            talk.gettext("Type daily, weekly or off, and a time, such as: /digest daily 07:30"), own=True
        )
    channel = talk.set_up()
    every = rhythm or (channel.digest if channel.digest != "off" else "daily")
    channel = talk.save(replace(channel, digest=every, digest_at=at or channel.digest_at))
    return Reply(answer(talk.gettext("Digest: {when}", when=settings.digest_words(talk, channel))))


def _digest_empty(talk: Talk, text: str) -> Message:
    """Whether a digest comes where nothing happened."""
    on = text in _ON or text == talk.gettext("On").casefold()
    if not on and not _off(talk, text):
        raise RefusedError(talk.gettext("Type on or off, such as: /digest empty off"))
    channel = talk.set_up()
    channel = talk.save(replace(channel, digest_empty=on))
    return answer(talk.gettext("Digest: {when}", when=settings.digest_words(talk, channel)))


def _rhythm(talk: Talk, word: str) -> DigestRhythm | None:
    named: dict[str, DigestRhythm] = {"daily": "daily", "weekly": "weekly", **dict.fromkeys(_OFF, "off")}
    own: dict[str, DigestRhythm] = {
        talk.gettext("Daily").casefold(): "daily",
        talk.gettext("Weekly").casefold(): "weekly",
        talk.gettext("Off").casefold(): "off",
    }
    return named.get(word) or own.get(word)


def _digest_now(talk: Talk) -> Message:
    """What the digest would say of the last day, or of the last week where it comes weekly."""
    channel = talk.channel or channels.unknown(talk.place.platform, talk.place.address, talk.tools.timezone)
    now = talk.request.now
    start = now - _PERIODS.get(channel.digest, timedelta(days=1))
    period = digests.gather(talk.conn, start, now, talk.tools.depositaries)
    digest = digests.digest_for(talk.conn, channel, period, talk.knowledge, now)
    return replace(shown(talk, "digest", encode(digest)), kind="answer")


def quiet(talk: Talk, text: str) -> Reply:
    """`/quiet FROM-TO | off`: hours in which messages wait.

    Raises:
        RefusedError: it cannot be read.
    """
    channel = talk.set_up()
    if not text:
        now = (
            talk.gettext("Quiet hours: {start} to {end}", start=channel.quiet_from, end=channel.quiet_to)
            if channel.quiet_from
            else talk.gettext("There are no quiet hours.")
        )
        return Reply(answer(now, [ours(talk.gettext("To change them: /quiet 22:00-07:00, or /quiet off"))]))
    if _off(talk, text):
        talk.save(replace(channel, quiet_from=None, quiet_to=None))
        return Reply(answer(talk.gettext("There are no quiet hours.")))
    hours = times.span(text)
    if hours is None or hours[0] == hours[1]:
        raise RefusedError(talk.gettext("Type two times of day, such as: /quiet 22:00-07:00"), own=True)
    talk.save(replace(channel, quiet_from=hours[0], quiet_to=hours[1]))
    lines = [talk.gettext("Messages wait until the quiet hours end; none is lost.")]
    return Reply(answer(talk.gettext("Quiet hours: {start} to {end}", start=hours[0], end=hours[1]), lines))


def snooze(talk: Talk, text: str) -> Reply:
    """`/snooze TIME | off`: hold all messages for a time.

    Raises:
        RefusedError: it cannot be read, or does not lie ahead.
    """
    channel = talk.set_up()
    if not text:
        lengths = ((talk.gettext("1 hour"), "1h"), (talk.gettext("8 hours"), "8h"), (talk.gettext("1 day"), "1d"))
        buttons = [[Button(label, f"do:snooze:{length}") for label, length in lengths]]
        if channel.snoozed_until and channel.snoozed_until > talk.request.now:
            buttons.append([Button(talk.gettext("Wake up now"), "do:snooze:off")])
        return Reply(
            answer(talk.gettext("For how long?"), [ours(talk.gettext("Or: /snooze until tomorrow 9:00"))], buttons)
        )
    if _off(talk, text):
        talk.save(replace(channel, snoozed_until=None))
        return Reply(answer(talk.gettext("Messages come again.")))
    until = times.moment(text, talk.request.now, talk.zone)
    if until is None:
        raise RefusedError(
            talk.gettext("Type a time of at most a year, such as: /snooze 8h, or /snooze until tomorrow 9:00"),
            own=True,
        )
    # A whole second: what is asked for twice is stored the same.
    until = until.replace(microsecond=0)
    talk.save(replace(channel, snoozed_until=until))
    headline = talk.gettext("Snoozed until {moment}", moment=talk.speech.moment(until, talk.zone))
    wake = [[Button(talk.gettext("Wake up now"), "do:snooze:off")]]
    return Reply(answer(headline, [talk.gettext("Messages wait until then; none is lost.")], wake))


def _off(talk: Talk, text: str) -> bool:
    return text.casefold() in _OFF or text.casefold() == talk.gettext("Off").casefold()


def mute(talk: Talk, text: str) -> Reply:
    """`/mute STATE TREATY [TIME]`: hear no more of one case; in reply to an alert, of its case.

    Raises:
        RefusedError: it cannot be read.
    """
    talk.set_up()
    words, lasting, forever = _lasting(text)
    meant = None if words else case_meant(talk, "mute")
    if not text and meant is None:
        return Reply(_muted(talk))
    state, treaty = meant or one_case(talk, words, "mute")
    return Reply(_mute(talk, state, treaty, None if forever else lasting))


def _lasting(text: str) -> tuple[str, timedelta | None, bool]:
    """A text without the time at its end, that time, and whether it says for good."""
    words = text.split()
    for count in (2, 1):
        end = " ".join(words[-count:])
        if len(words) >= count and end.casefold() in _FOR_GOOD | {"for good"}:
            return " ".join(words[:-count]), None, True
        lasting = times.length(end)
        if lasting and len(words) >= count:
            return " ".join(words[:-count]), lasting, False
    return text, None, False


def _mute(talk: Talk, state: str, treaty: str, lasting: timedelta | None) -> Message:
    channel = talk.set_up()
    until = (talk.request.now + lasting).replace(microsecond=0) if lasting else None
    channels.mute(talk.conn, channel.id, state, treaty, until=until, who=talk.who, now=talk.request.now)
    title = phrases.title(talk.speech, state, treaty)
    told = (
        talk.gettext("Muted until {moment}", moment=talk.speech.moment(until, talk.zone))
        if until
        else talk.gettext("Muted for good")
    )
    undo = button(talk.gettext("Undo"), case_action(talk.conn, "unmute", state, treaty))
    return answer(title, [told], [undo, _lengths(talk, state, treaty)])


def _lengths(talk: Talk, state: str, treaty: str) -> tuple[Button, ...]:
    labels = (talk.gettext("1 day"), talk.gettext("1 week"), talk.gettext("For good"))
    return tuple(
        one
        for label, length in zip(labels, _MUTE_LENGTHS, strict=True)
        for one in button(label, case_action(talk.conn, "mute", state, treaty, length))
    )


def _muted(talk: Talk) -> Message:
    muted = channels.muted(talk.conn, talk.set_up().id, talk.request.now)
    lines: list[str | Line] = []
    buttons = []
    for one in muted[:_MUTES_SHOWN]:
        title = phrases.title(talk.speech, one.state, one.treaty)
        until = talk.speech.moment(one.until, talk.zone) if one.until else talk.gettext("for good")
        lines.append(talk.gettext("Muted: {case} ({until})", case=title, until=until))
        label = talk.gettext(
            "Unmute {state}, {treaty}", state=talk.speech.state(one.state), treaty=talk.speech.treaty(one.treaty)
        )
        buttons.append(button(label, case_action(talk.conn, "unmute", one.state, one.treaty)))
    if len(muted) > _MUTES_SHOWN:
        more = len(muted) - _MUTES_SHOWN
        lines.append(talk.ngettext("… and {n} more muted case", "… and {n} more muted cases", more))
    lines.append(ours(talk.gettext("To mute one: /mute STATE TREATY, or reply /mute to its alert")))
    count = talk.ngettext("{n} case is muted", "{n} cases are muted", len(muted))
    return answer(count if muted else talk.gettext("No case is muted."), lines, buttons)


def unmute(talk: Talk, text: str) -> Reply:
    """`/unmute STATE TREATY | all`: hear of a case again; in reply to an alert, of its case.

    Raises:
        RefusedError: it cannot be read.
    """
    channel = talk.set_up()
    if text.casefold() == "all":
        for one in channels.muted(talk.conn, channel.id, talk.request.now):
            channels.unmute(talk.conn, channel.id, one.state, one.treaty, who=talk.who, now=talk.request.now)
        return Reply(answer(talk.gettext("No case is muted any more.")))
    meant = None if text else case_meant(talk, "unmute")
    if not text and meant is None:
        return Reply(_muted(talk))
    return Reply(_unmute(talk, *(meant or one_case(talk, text, "unmute"))))


def _unmute(talk: Talk, state: str, treaty: str) -> Message:
    was = channels.unmute(talk.conn, talk.set_up().id, state, treaty, who=talk.who, now=talk.request.now)
    told = talk.gettext("This chat hears of it again.") if was else talk.gettext("It was not muted.")
    return answer(phrases.title(talk.speech, state, treaty), [told])


def press_mute(talk: Talk, words: str) -> Reply:
    """The button on an alert asks for how long; the buttons under that question mute."""
    state, treaty, rest = _ref(talk, words)
    if not rest:
        buttons = [_lengths(talk, state, treaty)]
        title = phrases.title(talk.speech, state, treaty)
        return Reply(answer(title, [talk.gettext("For how long shall this chat hear no more of it?")], buttons))
    if rest not in {(length,) for length in _MUTE_LENGTHS}:
        raise StaleActionError(words)
    return Reply(_mute(talk, state, treaty, times.length(rest[0])), replaces=True)


def press_unmute(talk: Talk, words: str) -> Reply:
    """The button that undoes a mute."""
    state, treaty, _ = _ref(talk, words)
    return Reply(_unmute(talk, state, treaty), replaces=True)


def _ref(talk: Talk, words: str) -> tuple[str, str, tuple[str, ...]]:
    """The case of an action, if there are such a state and such a treaty.

    Raises:
        StaleActionError: there are not.
    """
    ref = read_case(talk.conn, words)
    return *known_case(talk, ref.state, ref.treaty), ref.rest
