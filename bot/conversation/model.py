"""What a chat tells the conversation, and what it is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from bot.message import Message

PlaceKind = Literal["private", "group", "channel"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody speaks.

    Attributes:
        platform: `telegram` or `slack`.
        address: the chat as `store.channels` knows it; a forum topic is part of it (`-1001234/56`).
        title: its name; of a private chat the person's.
        kind: private chat, group, or channel.
    """

    platform: str
    address: str
    title: str
    kind: PlaceKind


@dataclass(frozen=True, slots=True)
class Person:
    """Who speaks.

    Attributes:
        id: the platform's id of the user.
        name: as shown to others and written into the audit log.
        lang: language of the person's client, if known, as two small letters.
        may_set: may change the settings of the place: in a private chat everybody, in a group its administrators.
        owner: one of the bot's owners.
        curator: may confirm, dismiss and correct what the bot told; owners may as well.
    """

    id: str
    name: str
    lang: str | None = None
    may_set: bool = False
    owner: bool = False
    curator: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants.

    Attributes:
        place: where.
        person: who.
        now: the current time.
        message_id: the platform's id of the message meant: the one replied to, or the one whose button was pressed.
    """

    place: Place
    person: Person
    now: datetime
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What the conversation answers.

    Attributes:
        message: what is shown; None where a note is enough.
        replaces: the message takes the place of the one whose button was pressed, rather than following it.
        note: a short text for whoever pressed the button, at most 200 characters.
    """

    message: Message | None = None
    replaces: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One answer offered while somebody types a look-up (Telegram's inline mode)."""

    id: str
    title: str
    description: str
    message: Message
