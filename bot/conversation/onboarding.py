"""`/start` and `/stop`: setting a chat up in a minute, and ending it all.

The chat hears everything from the first `/start` on, and every answer narrows or fits that: whoever stops half-way
misses nothing. Going through it again changes settings and never makes a second channel.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.conversation import settings, watching
from bot.conversation.actions import StaleActionError, number
from bot.conversation.model import Reply
from bot.conversation.samples import sample_lines
from bot.conversation.talk import answer, ours
from bot.message import Button, Line, Message
from store.channels import STOPPED

if TYPE_CHECKING:
    from bot.conversation.talk import Talk

_SNOOZE: Final = "do:snooze:1d"


def start(talk: Talk, text: str) -> Reply:  # noqa: ARG001 - what a link to the bot may carry means nothing here
    """`/start`: the chat hears everything at once; the first question is the language."""
    talk.save(replace(talk.set_up(), enabled=True, disabled_reason=None))
    question = settings.language_question(talk, "start:lang")
    hello = talk.gettext("I tell every step of a state out of a treaty, once. This chat hears of all of them now.")
    return Reply(answer(hello, [Line(question.headline, "strong")], question.buttons))


def press_start(talk: Talk, words: str) -> Reply:
    """The buttons of setting up: language, then time zone, then what to hear."""
    step, _, value = words.partition(":")
    match step:
        case "lang":
            settings.set_language(talk, value)
            message = settings.zone_question(talk, "start:tz")
        case "tz":
            settings.set_zone(talk, value)
            message = _what(talk)
        case "hear":
            watching.hear(talk, watching.chosen(talk, value))
            message = _done(talk)
        case "pick":
            dimension, _, page = value.partition(":")
            message = watching.picking(talk, dimension, number(page), "start")
        case "toggle":
            message = watching.toggled(talk, value, "start")
        case "done":
            message = _done(talk)
        case _:
            raise StaleActionError(words)
    return Reply(message, replaces=True)


def _what(talk: Talk) -> Message:
    say = talk.gettext
    buttons = [
        [Button(say("Everything"), "start:hear:all")],
        [Button(say("Formal steps only"), "start:hear:formal")],
        [Button(say("Pick treaties"), "start:pick:treaty:1"), Button(say("Pick states"), "start:pick:state:1")],
    ]
    lines = [say("Formal steps run from the bill to the day on which the state is out.")]
    return answer(say("What shall this chat hear?"), lines, buttons)


def _done(talk: Talk) -> Message:
    say = talk.gettext
    sample = sample_lines(talk)
    lines: list[str | Line] = settings.settings_lines(talk, talk.set_up())
    if sample:
        lines += [Line(say("An alert looks like this:"), "strong"), *sample]
    lines.append(ours(say("More: /watch for filters, /digest for a summary, /help for everything.")))
    buttons = [[Button(say("Send a test alert"), "do:test:"), Button(say("All settings"), "do:subscription:")]]
    return answer(say("You are set."), lines, buttons)


def stop(talk: Talk, text: str) -> Reply:  # noqa: ARG001 - commands are called alike
    """`/stop`: ask once before all messages end."""
    if talk.channel is None or not talk.channel.enabled:
        return Reply(answer(talk.gettext("No messages come to this chat. /start sets it up."), own=True))
    buttons = [
        [Button(talk.gettext("End all messages"), "stop:yes")],
        [Button(talk.gettext("Only for a day"), _SNOOZE), Button(talk.gettext("Keep them"), "stop:no")],
    ]
    lines = [ours(talk.gettext("Your settings are kept, and /start brings the messages back."))]
    return Reply(answer(talk.gettext("End all messages to this chat?"), lines, buttons))


def press_stop(talk: Talk, words: str) -> Reply:
    """The answers to the question of `/stop`."""
    match words:
        case "yes":
            if talk.channel is not None:
                talk.save(replace(talk.channel, enabled=False, disabled_reason=STOPPED))
            ended = talk.gettext("No more messages come to this chat. /start brings them back.")
            return Reply(answer(ended, own=True), replaces=True)
        case "no":
            return Reply(answer(talk.gettext("Nothing has changed.")), replaces=True)
        case _:
            raise StaleActionError(words)
