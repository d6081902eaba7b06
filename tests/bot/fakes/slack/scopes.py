"""Which token and which scopes a method wants, and what the app asks for in its manifest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

_KINDS: Final = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}
_FIXED: Final = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "conversations.join": "channels:join",
    "conversations.open": "im:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "reactions.add": "reactions:write",
    "team.info": "team:read",
    "users.info": "users:read",
    "users.list": "users:read",
}
BY_KIND: Final = {
    "conversations.info": "read",
    "conversations.members": "read",
    "conversations.list": "read",
    "conversations.history": "history",
    "conversations.replies": "history",
}
_EVENTS: Final = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "channel_archive": "channels:read",
    "channel_deleted": "channels:read",
    "channel_rename": "channels:read",
    "channel_unarchive": "channels:read",
    "channel_id_changed": "channels:read",
}
ALL_SCOPES: Final = frozenset(
    {*_FIXED.values(), *_EVENTS.values(), "commands", "chat:write.public"}
    | {f"{kind}:{what}" for kind in _KINDS.values() for what in ("read", "history")}
)


def needed(method: str, kind: str | None = None) -> str | None:
    """The scope that a method wants, for a channel of that kind; None where any token will do."""
    if method in BY_KIND:
        return f"{_KINDS[kind or 'public']}:{BY_KIND[method]}"
    return _FIXED.get(method)


def wanted_by(event: str) -> str | None:
    """The scope without which an event is not told."""
    return _EVENTS.get(event)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the app may do and hear; None is everything.

    Attributes:
        scopes: of the bot token.
        commands: with their slash.
        shortcuts: kinds (`message`, `global`) by callback id.
        events: names of what it subscribes to.
        home: whether it has a home tab.
        messages: whether people may write to it.
    """

    scopes: frozenset[str] = ALL_SCOPES
    commands: frozenset[str] | None = None
    shortcuts: Mapping[str, str] | None = None
    events: frozenset[str] | None = None
    home: bool = True
    messages: bool = True
    named: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Self:
        """A manifest as it is read from its file (https://docs.slack.dev/reference/app-manifest)."""
        features, settings = content.get("features", {}), content.get("settings", {})
        home = features.get("app_home", {})
        interactive = settings.get("interactivity", {}).get("is_enabled", False)
        shortcuts = {one["callback_id"]: one["type"] for one in features.get("shortcuts", ())} if interactive else {}
        return cls(
            scopes=frozenset(content["oauth_config"]["scopes"]["bot"]),
            commands=frozenset(one["command"] for one in features.get("slash_commands", ())),
            shortcuts=shortcuts,
            events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", ())),
            home=home.get("home_tab_enabled", False),
            messages=home.get("messages_tab_enabled", False) and not home.get("messages_tab_read_only_enabled", False),
            named=content,
        )

    def hears(self, event: str) -> bool:
        """Whether an event is told to the app."""
        scope = wanted_by(event)
        return (self.events is None or event in self.events) and (scope is None or scope in self.scopes)
