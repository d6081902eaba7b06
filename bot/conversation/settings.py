"""What a chat has chosen, in words, with buttons to change it; and the choices of language and time zone."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.conversation import phrases, times
from bot.conversation.actions import StaleActionError
from bot.conversation.model import Reply
from bot.conversation.talk import RefusedError, answer, ours
from bot.conversation.typed import FORMAL
from bot.message import Button, Line, Message
from bot.plain import cut
from bot.speech import LANGUAGES, Speech
from bot.wording import stage_words
from store import channels
from treaties.stages import Stage

if TYPE_CHECKING:
    from bot.conversation.talk import Talk
    from store.channels import ChannelRow, Subscription

LANGUAGE_NAMES: Final = {
    "en": "English", "ru": "Русский", "uk": "Українська", "fr": "Français", "de": "Deutsch", "es": "Español",
}  # fmt: skip
"""What the bot's languages call themselves."""

_ENGLISH_NAMES: Final = {
    "english": "en", "russian": "ru", "ukrainian": "uk", "french": "fr", "german": "de", "spanish": "es",
}  # fmt: skip
LIKELY_ZONES: Final = {
    "en": ("Europe/London", "America/New_York", "America/Los_Angeles", "Australia/Sydney"),
    "ru": ("Europe/Moscow", "Asia/Yekaterinburg", "Asia/Novosibirsk", "Asia/Almaty"),
    "uk": ("Europe/Kyiv", "Europe/Warsaw"),
    "fr": ("Europe/Paris", "Africa/Dakar", "America/Montreal", "Africa/Kinshasa"),
    "de": ("Europe/Berlin", "Europe/Vienna", "Europe/Zurich"),
    "es": ("Europe/Madrid", "America/Mexico_City", "America/Bogota", "America/Argentina/Buenos_Aires"),
}
"""Where many people live who speak a language."""

_LISTED: Final = 12
_GUESSES: Final = 4
_SHOWN: Final = 40


def settings_lines(talk: Talk, channel: ChannelRow) -> list[str | Line]:
    """All that a chat has chosen."""
    say = talk.gettext
    lines: list[str | Line] = []
    if not channel.enabled:
        stopped = channel.disabled_reason == channels.STOPPED
        reason = say("ended with /stop") if stopped else channel.disabled_reason or say("switched off")
        lines.append(ours(say("No messages come to this chat: {reason}. /start sets it up again.", reason=reason)))
    lines += subscription_lines(talk, channel.subscription)
    lines.append(say("Digest: {when}", when=digest_words(talk, channel)))
    language = LANGUAGE_NAMES.get(channel.lang, channel.lang)
    lines.append(ours(say("Language: {language}. Time zone: {zone}", language=language, zone=channel.timezone)))
    if channel.quiet_from and channel.quiet_to:
        lines.append(say("Quiet hours: {start} to {end}", start=channel.quiet_from, end=channel.quiet_to))
    if channel.snoozed_until and channel.snoozed_until > talk.request.now:
        lines.append(say("Snoozed until {moment}", moment=talk.speech.moment(channel.snoozed_until, talk.zone)))
    muted = channels.muted(talk.conn, channel.id, talk.request.now)
    for one in muted[:_LISTED]:
        until = talk.speech.moment(one.until, talk.zone) if one.until else say("for good")
        lines.append(
            say("Muted: {case} ({until})", case=phrases.title(talk.speech, one.state, one.treaty), until=until)
        )
    if len(muted) > _LISTED:
        lines.append(talk.ngettext("… and {n} more muted case", "… and {n} more muted cases", len(muted) - _LISTED))
    return lines


def subscription_lines(talk: Talk, wanted: Subscription) -> list[str | Line]:
    """What a chat hears, in words."""
    say = talk.gettext
    if wanted == channels.EVERYTHING:
        return [say("Hears: everything")]
    lines: list[str | Line] = []
    if wanted.states:
        lines.append(say("States: {names}", names=_some(talk, [talk.speech.state(one) for one in wanted.states])))
    if wanted.treaties:
        names = [talk.speech.treaty(one) for one in wanted.treaties]
        lines.append(say("Treaties: {names}", names=_some(talk, names)))
    if wanted.stages == FORMAL:
        lines.append(say("Stages: formal steps, from the bill to the day on which the state is out"))
    elif wanted.stages:
        ordered = [stage_words(one, talk.speech) for one in Stage if one in wanted.stages]
        lines.append(say("Stages: {names}", names=", ".join(ordered)))
    if wanted.langs:
        lines.append(say("Languages of sources: {names}", names=", ".join(sorted(wanted.langs))))
    return lines


def _some(talk: Talk, names: list[str]) -> str:
    shown = ", ".join(sorted(names)[:_LISTED])
    more = len(names) - _LISTED
    return f"{shown} {talk.ngettext('and {n} more', 'and {n} more', more)}" if more > 0 else shown


def digest_words(talk: Talk, channel: ChannelRow) -> str:
    """When a chat's digest comes."""
    match channel.digest:
        case "daily":
            when = talk.gettext("daily at {time}", time=channel.digest_at)
        case "weekly":
            when = talk.gettext("on Mondays at {time}", time=channel.digest_at)
        case _:
            return talk.gettext("off")
    return when if channel.digest_empty else f"{when}, {talk.gettext('only when something happened')}"


def subscription(talk: Talk, text: str) -> Reply:  # noqa: ARG001 - commands are called alike
    """`/subscription`: all settings in words, with buttons to change them."""
    return Reply(settings(talk))


def settings(talk: Talk) -> Message:
    """All settings of a chat in words, with buttons for those who may change them."""
    if talk.channel is None:
        return answer(talk.gettext("This chat is not set up yet. /start does it in a minute."), own=True)
    buttons = _changes(talk) if talk.person.may_set else []
    return answer(talk.gettext("What this chat hears"), settings_lines(talk, talk.channel), buttons)


def _changes(talk: Talk) -> list[tuple[Button, ...]]:
    say = talk.gettext
    return [
        (
            Button(say("Everything"), "hear:all"),
            Button(say("Formal steps only"), "hear:formal"),
        ),
        (
            Button(say("Pick treaties"), "pick:treaty:1"),
            Button(say("Pick states"), "pick:state:1"),
        ),
        (
            Button(say("Language"), "ask:language"),
            Button(say("Time zone"), "ask:timezone"),
            Button(say("Digest"), "ask:digest"),
        ),
    ]


def language(talk: Talk, text: str) -> Reply:
    """`/language [LANGUAGE]`: choose the language of the chat.

    Raises:
        RefusedError: the bot does not speak it.
    """
    if not text:
        return Reply(language_question(talk))
    chosen = language_of(text)
    if chosen is None:
        shown = cut(text, _SHOWN)
        buttons = [Button(name, f"lang:{code}") for code, name in LANGUAGE_NAMES.items()]
        raise RefusedError(talk.gettext("I do not speak “{name}”. I speak:", name=shown), buttons)
    return Reply(set_language(talk, chosen))


def language_of(text: str) -> str | None:
    """The language that a text names by its code or its name."""
    word = text.strip().casefold()
    own = {name.casefold(): code for code, name in LANGUAGE_NAMES.items()}
    return word if word in LANGUAGES else own.get(word) or _ENGLISH_NAMES.get(word)


def language_question(talk: Talk, verb: str = "lang") -> Message:
    """A button for every language, with a mark at the present one."""
    buttons = [
        _choice(name, f"{verb}:{code}", chosen=code == talk.speech.lang) for code, name in LANGUAGE_NAMES.items()
    ]
    return answer(talk.gettext("Which language?"), buttons=[buttons[:3], buttons[3:]])


def set_language(talk: Talk, code: str) -> Message:
    """Tell the chat in another language from now on."""
    if code not in LANGUAGES:
        raise StaleActionError(code)
    talk.save(replace(talk.set_up(), lang=code))
    talk.speech = Speech(code, talk.knowledge)
    return answer(talk.gettext("Language: {language}", language=LANGUAGE_NAMES[code]))


def timezone(talk: Talk, text: str) -> Reply:
    """`/timezone [ZONE]`: choose the time zone of the chat.

    Raises:
        RefusedError: there is no such zone; buttons offer those that may be meant.
    """
    if not text:
        return Reply(zone_question(talk))
    chosen = times.zone(text)
    if chosen is None:
        close = difflib.get_close_matches(text.casefold()[:_SHOWN], times.zones(), n=_GUESSES)
        near = dict.fromkeys(times.zones()[one] for one in close)
        buttons = [Button(name, f"tz:{name}") for name in near]
        shown = cut(text, _SHOWN)
        text = (
            talk.gettext("I know no time zone “{name}”. Did you mean one of these?", name=shown)
            if buttons
            else talk.gettext("I know no time zone “{name}”. Type one such as Europe/Paris.", name=shown)
        )
        raise RefusedError(text, buttons)
    return Reply(set_zone(talk, chosen))


def zone_question(talk: Talk, verb: str = "tz") -> Message:
    """Buttons for the zones where many live who speak the language of the chat, and how to type any other."""
    now = talk.zone.key
    likely = dict.fromkeys((now, *LIKELY_ZONES[talk.speech.lang], "UTC"))
    buttons = [_choice(name.replace("_", " "), f"{verb}:{name}", chosen=name == now) for name in likely]
    lines = [ours(talk.gettext("For any other, type its name: /timezone Europe/Paris"))]
    return answer(talk.gettext("Which time zone?"), lines, [buttons[at : at + 2] for at in range(0, len(buttons), 2)])


def set_zone(talk: Talk, name: str) -> Message:
    """Take the chat's times of day for those of a zone from now on."""
    if name not in times.zones().values():
        raise StaleActionError(name)
    talk.save(replace(talk.set_up(), timezone=name))
    here = talk.speech.moment(talk.request.now, talk.zone)
    return answer(talk.gettext("Time zone: {zone}. It is {moment} there now.", zone=name, moment=here), own=True)


def _choice(label: str, action: str, *, chosen: bool) -> Button:
    return Button(f"✓ {label}" if chosen else label, action)


def press_language(talk: Talk, words: str) -> Reply:
    """The button of a language."""
    return Reply(set_language(talk, words), replaces=True)


def press_zone(talk: Talk, words: str) -> Reply:
    """The button of a time zone."""
    return Reply(set_zone(talk, words), replaces=True)


def press_ask(talk: Talk, words: str) -> Reply:
    """The buttons that ask for one setting."""
    match words:
        case "language":
            return Reply(language_question(talk))
        case "timezone":
            return Reply(zone_question(talk))
        case "digest":
            return Reply(digest_question(talk))
        case _:
            raise StaleActionError(words)


def digest_question(talk: Talk) -> Message:
    """Buttons for how often the digest comes."""
    now = talk.channel.digest if talk.channel else None
    choices = (("daily", talk.gettext("Daily")), ("weekly", talk.gettext("Weekly")), ("off", talk.gettext("Off")))
    buttons = [_choice(label, f"do:digest:{name}", chosen=name == now) for name, label in choices]
    when = digest_words(talk, talk.channel) if talk.channel else talk.gettext("off")
    lines: list[str | Line] = [
        talk.gettext("Digest: {when}", when=when),
        ours(talk.gettext("Another time: /digest daily 07:30")),
        ours(talk.gettext("Only when something happened: /digest empty off")),
    ]
    return answer(talk.gettext("How often shall the digest come?"), lines, [buttons])
