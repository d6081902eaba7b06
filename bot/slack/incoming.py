"""What Slack tells: who did what, and where. Pure functions from its payloads to values.

The payloads are those of https://docs.slack.dev/interactivity and https://docs.slack.dev/reference/events.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.conversation.model import Place
from bot.slack.typing import Typed, links, plain, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

Payload = dict[str, Any]

PLATFORM: Final = "slack"
_DIRECT: Final = "D"
_DEPTH: Final = 8
_ADDRESSES: Final = frozenset({"url", "from_url", "original_url", "title_link"})


@dataclass(frozen=True, slots=True)
class User:
    """Somebody in a workspace: id, and name as Slack gave it along."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The slash command.

    Attributes:
        user: who gave it.
        place: where.
        typed: what it says.
        trigger: lets a modal be opened, for three seconds.
        url: where it is answered, for half an hour and five times.
    """

    user: User
    place: Place
    typed: Typed
    trigger: str
    url: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button.

    Attributes:
        user: who pressed it.
        place: where; the person's own place for one in the home tab or in a modal.
        id: the button's own id.
        action: what it carries; empty for one that only opens a link.
        trigger: lets a modal be opened, for three seconds.
        url: where it is answered; None in the home tab and in a modal.
        message: id of the message under which it stands, as `bot.slack.sending` names messages; None elsewhere, and
            for one that only its reader sees.
        thread: the message's thread, or the message itself as one.
        view: id of the modal in which it stands; None elsewhere.
    """

    user: User
    place: Place
    id: str
    action: str
    trigger: str
    url: str | None = None
    message: str | None = None
    thread: str | None = None
    view: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that somebody asks about with the shortcut: its words and the links in it."""

    user: User
    place: Place
    text: str
    links: tuple[str, ...]
    trigger: str
    url: str


def asked(body: Payload) -> Asked:
    """The slash command of a payload."""
    user = User(body["user_id"], body.get("user_name") or body["user_id"])
    return Asked(
        user,
        place(body["channel_id"], body.get("channel_name", ""), user),
        typed(body.get("text", "")),
        body["trigger_id"],
        body["response_url"],
    )


def pressed(body: Payload) -> Pressed:
    """The button of a payload."""
    action, container, user = body["actions"][0], body.get("container", {}), _user(body["user"])
    channel = body.get("channel")
    message = body.get("message", {}) if not container.get("is_ephemeral") else {}
    ts = message.get("ts")
    view = body.get("view", {})
    return Pressed(
        user=user,
        place=place(channel["id"], channel.get("name", ""), user) if channel else home(user),
        id=action.get("action_id", ""),
        action=action.get("value", ""),
        trigger=body["trigger_id"],
        url=body.get("response_url") or None,
        message=message_id(ts, message.get("thread_ts")) if ts else None,
        thread=message.get("thread_ts") or ts,
        view=view.get("id") if view.get("type") == "modal" else None,
    )


def shown(body: Payload) -> Shown:
    """The message of a message shortcut."""
    message, channel, user = body["message"], body["channel"], _user(body["user"])
    text = str(message.get("text", ""))
    found = [*links(text), *(link for link in _addresses(message) if links(link))]
    return Shown(
        user,
        place(channel["id"], channel.get("name", ""), user),
        plain(text),
        tuple(dict.fromkeys(found)),
        body["trigger_id"],
        body["response_url"],
    )


def user(body: Payload) -> User:
    """Who did what a payload tells of."""
    return _user(body["user"])


def message_id(ts: str, thread: str | None) -> str:
    """A message as it is remembered: of a thread, with the thread's first message."""
    return f"{thread}/{ts}" if thread and thread != ts else ts


def place(channel: str, name: str, user: User) -> Place:
    """A channel as the conversation knows it; a conversation of two is private, and called as whoever speaks in it."""
    if channel.startswith(_DIRECT):
        return Place(PLATFORM, channel, user.name, "private")
    return Place(PLATFORM, channel, f"#{name}" if name else channel, "group")


def home(user: User) -> Place:
    """The place of somebody who is in no channel: the home tab, and modals that were opened from it."""
    return Place(PLATFORM, user.id, user.name, "private")


def packed(here: Place) -> str:
    """A place as a modal carries it."""
    return json.dumps([here.address, here.title, here.kind])


def unpacked(text: str) -> Place:
    """The place that a modal carries.

    Raises:
        ValueError: it carries none.
    """
    address, title, kind = json.loads(text)
    return Place(PLATFORM, str(address), str(title), "private" if kind == "private" else "group")


def name_of(body: Payload) -> str | None:
    """What names a payload, so that one that comes again is known; None where nothing does.

    An event has an id, whatever somebody does has a trigger of its own. (Socket Mode's own count of retries is dropped
    by the library.)
    """
    if body.get("event_id"):
        return f"event:{body['event_id']}"
    return f"trigger:{body['trigger_id']}" if body.get("trigger_id") else None


def _user(user: Payload) -> User:
    return User(user["id"], user.get("name") or user.get("username") or user["id"])


def _addresses(part: Any, depth: int = 0) -> Iterator[str]:
    """The web addresses that the parts of a message lead to: its blocks, and what others had unfurled."""
    if depth > _DEPTH:
        return
    if isinstance(part, dict):
        for name, value in part.items():
            if name in _ADDRESSES and isinstance(value, str):
                yield value
            elif isinstance(value, dict | list):
                yield from _addresses(value, depth + 1)
    elif isinstance(part, list):
        for one in part:
            yield from _addresses(one, depth + 1)
