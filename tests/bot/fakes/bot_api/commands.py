"""The lists of commands that a bot sets, and which of them somebody sees."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.bot.fakes.bot_api.refusals import bad

if TYPE_CHECKING:
    from tests.bot.fakes.bot_api.refusals import Params
    from tests.bot.fakes.bot_api.world import Chat, Person

MOST: Final = 100
LONGEST: Final = 256
_SCOPES: Final = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}
Scope = tuple[str, ...]
Listed = list[dict[str, str]]


def scope(params: Params) -> Scope:
    """The scope of a call as a key."""
    given = params.decoded("scope", "BotCommandScope")
    given = {"type": "default"} if given is None else given
    if not isinstance(given, dict) or given.get("type") not in _SCOPES:
        raise bad("can't parse BotCommandScope: Unsupported type specified")
    kind = str(given["type"])
    if any(name not in given for name in _SCOPES[kind]):
        raise bad("can't parse BotCommandScope: chat_id is empty")
    return (kind, *(str(given[name]) for name in _SCOPES[kind]))


def language(params: Params) -> str:
    """The language of a call: two small letters, or nothing."""
    code = params.text("language_code")
    if not re.fullmatch(r"(?:[a-z]{2})?", code):
        raise bad("invalid language code specified")
    return code


def listed(params: Params) -> Listed:
    """The commands of a call."""
    given = params.decoded("commands", "commands")
    if not isinstance(given, list):
        raise bad("can't parse commands JSON object")
    if len(given) > MOST:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    return [_command(one) for one in given]


def _command(given: Any) -> dict[str, str]:
    if not isinstance(given, dict) or not isinstance(given.get("command"), str):
        raise bad('can\'t parse BotCommand: Field "command" must be of type String')
    name, description = given["command"].removeprefix("/"), str(given.get("description", ""))
    if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
        raise bad("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= LONGEST:
        raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}


@dataclass(slots=True)
class Commands:
    """Every list that was set, by scope and language."""

    lists: dict[tuple[Scope, str], Listed] = field(default_factory=dict)

    def seen_by(self, person: Person, chat: Chat) -> dict[str, str]:
        """The commands with descriptions that somebody's client shows in a chat: the narrowest scope that has any."""
        mine = str(chat.id)
        if chat.kind == "private":
            scopes: list[Scope] = [("chat", mine), ("all_private_chats",)]
        else:
            rules = chat.standing(person.id) in {"creator", "administrator"}
            scopes = [("chat_member", mine, str(person.id))]
            scopes += [("chat_administrators", mine)] * rules
            scopes += [("chat", mine)]
            scopes += [("all_chat_administrators",)] * rules
            scopes += [("all_group_chats",)]
        for one in (*scopes, ("default",)):
            for code in (person.lang or "", ""):
                if (one, code) in self.lists:
                    return {entry["command"]: entry["description"] for entry in self.lists[one, code]}
        return {}
