"""How commands are typed at Slack: all of them behind the one slash command of the app.

What chats say names a command as `/watch`; at Slack that is `/treaty watch`, and `/treaty` itself is `/treaty info`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Final

from bot.conversation import commands
from bot.conversation.commands import ALIASES, COMMANDS

SLASH: Final = "/treaty"
"""The app's slash command, as its manifest names it."""

_SHOWN_AS: Final = {"treaty": "info"}
NAMES: Final = tuple(_SHOWN_AS.get(command.name, command.name) for command in COMMANDS)
"""The subcommands, in the order in which help lists them."""

_NAMED: Final = re.compile(
    rf"(?<![\w/.])/({'|'.join(sorted({*(command.name for command in COMMANDS), *ALIASES}, key=len, reverse=True))})\b"
)
_LINK: Final = re.compile(r"<((?:https?://)[^<>|\s]+)(?:\|[^<>]*)?>")
_ADDRESS: Final = re.compile(r"https?://[^\s<>|\"“”]+")
_AFTER: Final = ".,;:!?)]}»'"


@dataclass(frozen=True, slots=True)
class Typed:
    """A subcommand as it was typed: its name, and what follows it."""

    name: str
    text: str


def shown(text: str) -> str:
    """A text of ours with every command as it is typed at Slack."""
    return _NAMED.sub(lambda found: f"{SLASH} {_SHOWN_AS.get(found[1], found[1])}", text)


def typed(text: str) -> Typed:
    """What somebody typed behind the slash command.

    Nothing is a call for help. Words that begin with nothing like a command are looked for.
    """
    words = plain(text).strip()
    first, _, rest = words.partition(" ")
    if not words:
        return Typed("help", "")
    if commands.find(first) or commands.similar(first):
        return Typed(first.removeprefix("/"), rest.strip())
    return Typed("search", words)


def plain(text: str) -> str:
    """A text as Slack hands it over, without its markup of links and signs."""
    return unescape(_LINK.sub(r"\1", text))


def links(text: str) -> tuple[str, ...]:
    """The web addresses in a text as Slack hands it over, in order, each once."""
    found = (one.rstrip(_AFTER) for one in _ADDRESS.findall(plain(text)))
    return tuple(dict.fromkeys(found))
