"""All that a chat has chosen as one form to fill in; what is filled in is read like typing.

A field that nobody has touched changes nothing, so a form that is only looked at and sent back keeps every setting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.conversation import settings, times
from bot.conversation.asking import guessed, provisional
from bot.conversation.names import Guess
from bot.conversation.talk import RefusedError, answer
from bot.plain import cut
from bot.speech import LANGUAGES, Speech
from bot.wording import stage_words
from store import channels
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.conversation.names import Dimension, Understood
    from bot.conversation.talk import Talk
    from bot.message import Message
    from store.channels import ChannelRow, DigestRhythm

RHYTHMS: Final[tuple[DigestRhythm, ...]] = ("daily", "weekly", "off")

_PIECES: Final = re.compile(r"[,;\n]")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_MOST: Final = 500
_SHOWN: Final = 40


class FormError(Exception):
    """What is filled in cannot be understood.

    Args:
        faults: what is wrong, by the field's name, in the language of the chat.
    """

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(", ".join(sorted(faults)))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Form:
    """The settings of a chat as a person reads and writes them. What is None was not asked, and stays as it is.

    Attributes:
        states: names with commas between them; empty: all.
        treaties: as the states.
        stages: as the states.
        langs: languages of sources as small letters, as the states.
        digest: how often the digest comes: one of `RHYTHMS`.
        digest_at: when, `HH:MM`.
        lang: the language in which the chat is told.
        timezone: IANA name.
        quiet_from: when the quiet hours begin, `HH:MM`; empty for none.
        quiet_to: when they end.
    """

    states: str | None
    treaties: str | None
    stages: str | None
    langs: str | None
    digest: str | None
    digest_at: str | None
    lang: str | None
    timezone: str | None
    quiet_from: str | None
    quiet_to: str | None


def form(talk: Talk) -> Form:
    """What the chat has chosen, to be filled in anew.

    Raises:
        RefusedError: the person may not change it.
    """
    talk.require("setters")
    return _shown(talk, _channel(talk))


def check(talk: Talk, filled: Form) -> None:
    """Read a form without storing anything.

    Raises:
        RefusedError: the person may not change the settings.
        FormError: something in it cannot be understood.
    """
    talk.require("setters")
    _understood(talk, _channel(talk), filled)


def fill(talk: Talk, filled: Form) -> Message:
    """Let the chat have what is filled in from now on.

    Raises:
        RefusedError: the person may not change the settings.
        FormError: something in it cannot be understood; nothing is changed.
    """
    channel = talk.set_up()
    talk.save(replace(_understood(talk, channel, filled), enabled=True, disabled_reason=None))
    after = talk.set_up()
    talk.speech = Speech(after.lang, talk.knowledge)
    return answer(talk.gettext("This chat now hears:"), settings.settings_lines(talk, after))


def _channel(talk: Talk) -> ChannelRow:
    place = talk.place
    unknown = channels.unknown(place.platform, place.address, talk.tools.timezone)
    return talk.channel or replace(unknown, lang=talk.speech.lang)


def _shown(talk: Talk, channel: ChannelRow) -> Form:
    wanted = channel.subscription
    return Form(
        states=_names(talk, "state", sorted(wanted.states)),
        treaties=_names(talk, "treaty", sorted(wanted.treaties)),
        stages=_names(talk, "stage", [one for one in Stage if one in wanted.stages]),
        langs=", ".join(sorted(wanted.langs)),
        digest=channel.digest,
        digest_at=channel.digest_at,
        lang=channel.lang,
        timezone=channel.timezone,
        quiet_from=channel.quiet_from or "",
        quiet_to=channel.quiet_to or "",
    )


def _names(talk: Talk, dimension: Dimension, values: Iterable[str]) -> str:
    """The values by their names in the language of the chat, where those are understood to mean nothing else."""
    unlisted = provisional(talk)
    return ", ".join(_name(talk, Guess(dimension, one), unlisted) for one in values)


def _name(talk: Talk, value: Guess, unlisted: dict[str, str]) -> str:
    match value.dimension:
        case "state":
            name = talk.speech.state(value.value)
        case "treaty":
            name = talk.speech.treaty(value.value)
        case _:
            name = stage_words(Stage(value.value), talk.speech)
    alone = not _PIECES.search(name) and _values(talk.tools.names.read(name, unlisted), value.dimension)
    return name if alone == [value.value] else value.text


def _values(found: Understood, dimension: Dimension) -> list[str]:
    """What was understood of a dimension; nothing where something else was understood, too."""
    by_dimension: dict[Dimension, list[str]] = {
        "state": found.states,
        "treaty": found.treaties,
        "stage": [*found.stages],
        "lang": found.langs,
    }
    mine = by_dimension.pop(dimension)
    return [] if found.unknown or any(by_dimension.values()) else mine


def _understood(talk: Talk, channel: ChannelRow, filled: Form) -> ChannelRow:
    """The chat with what is filled in.

    Raises:
        FormError: something in it cannot be understood.
    """
    before = _shown(talk, channel)
    faults = dict[str, str]()
    after = channel
    for name, reading in _READINGS.items():
        if all(getattr(filled, one) in {None, getattr(before, one)} for one in _TOGETHER.get(name, (name,))):
            continue
        try:
            after = reading(talk, after, filled)
        except RefusedError as refusal:
            faults[name] = refusal.text
    if faults:
        raise FormError(faults)
    return after


def _states(talk: Talk, channel: ChannelRow, filled: Form) -> ChannelRow:
    states = frozenset(_picked(talk, "state", filled.states))
    return replace(channel, subscription=replace(channel.subscription, states=states))


def _treaties(talk: Talk, channel: ChannelRow, filled: Form) -> ChannelRow:
    treaties = frozenset(_picked(talk, "treaty", filled.treaties))
    return replace(channel, subscription=replace(channel.subscription, treaties=treaties))


def _stages(talk: Talk, channel: ChannelRow, filled: Form) -> ChannelRow:
    stages = frozenset(Stage(one) for one in _picked(talk, "stage", filled.stages))
    return replace(channel, subscription=replace(channel.subscription, stages=stages))


def _picked(talk: Talk, dimension: Dimension, text: str | None) -> list[str]:
    """What a field names.

    Raises:
        RefusedError: something in it names nothing, or something else.
    """
    unlisted, picked = provisional(talk), list[str]()
    for piece in (one.strip() for one in _PIECES.split(text or "")):
        if not piece:
            continue
        found = talk.tools.names.read(piece, unlisted)
        values = _values(found, dimension)
        if not values:
            raise RefusedError(_unknown(talk, piece, found, dimension))
        picked += values
    if len(picked) > _MOST:
        raise RefusedError(talk.gettext("That is more than a filter can hold."))
    return picked


def _unknown(talk: Talk, piece: str, found: Understood, dimension: Dimension) -> str:
    name = cut(piece, _SHOWN)
    meant = [guessed(talk, one) for unknown in found.unknown for one in unknown.guesses if one.dimension == dimension]
    if not meant:
        return talk.gettext("I do not know “{name}”.", name=name)
    return talk.gettext("I do not know “{name}”. Did you mean {names}?", name=name, names=" / ".join(meant))


def _langs(talk: Talk, channel: ChannelRow, filled: Form) -> ChannelRow:
    codes = [one.strip().casefold() for one in _PIECES.split(filled.langs or "") if one.strip()]
    wrong = next((one for one in codes if not _LANGUAGE.fullmatch(one)), None)
    if wrong is not None:
        raise RefusedError(talk.gettext("I do not know “{name}”.", name=cut(wrong, _SHOWN)))
    return replace(channel, subscription=replace(channel.subscription, langs=frozenset(codes)))


def _digest(talk: Talk, channel: ChannelRow, filled: Form) -> ChannelRow:
    rhythm = next((one for one in RHYTHMS if one == filled.digest), None)
    if rhythm is None:
        raise RefusedError(talk.gettext("I do not know “{name}”.", name=cut(filled.digest or "", _SHOWN)))
    return replace(channel, digest=rhythm)


def _digest_at(talk: Talk, channel: ChannelRow, filled: Form) -> ChannelRow:
    at = times.clock(filled.digest_at or "")
    if at is None:
        raise RefusedError(talk.gettext("Give a time of day, such as 07:30."))
    return replace(channel, digest_at=at)


def _lang(talk: Talk, channel: ChannelRow, filled: Form) -> ChannelRow:
    if filled.lang is None or filled.lang not in LANGUAGES:
        raise RefusedError(talk.gettext("I do not know “{name}”.", name=cut(filled.lang or "", _SHOWN)))
    return replace(channel, lang=filled.lang)


def _timezone(talk: Talk, channel: ChannelRow, filled: Form) -> ChannelRow:
    zone = times.zone(filled.timezone or "")
    if zone is None:
        shown = cut(filled.timezone or "", _SHOWN)
        raise RefusedError(talk.gettext("I know no time zone “{name}”. Type one such as Europe/Paris.", name=shown))
    return replace(channel, timezone=zone)


def _quiet(talk: Talk, channel: ChannelRow, filled: Form) -> ChannelRow:
    if not filled.quiet_from and not filled.quiet_to:
        return replace(channel, quiet_from=None, quiet_to=None)
    start, end = times.clock(filled.quiet_from or ""), times.clock(filled.quiet_to or "")
    if start is None or end is None or start == end:
        raise RefusedError(talk.gettext("Quiet hours need two different times of day, or none."))
    return replace(channel, quiet_from=start, quiet_to=end)


_READINGS: Final[dict[str, Callable[[Talk, ChannelRow, Form], ChannelRow]]] = {
    "states": _states,
    "treaties": _treaties,
    "stages": _stages,
    "langs": _langs,
    "digest": _digest,
    "digest_at": _digest_at,
    "lang": _lang,
    "timezone": _timezone,
    "quiet_to": _quiet,
}
_TOGETHER: Final = {"quiet_to": ("quiet_from", "quiet_to")}
