"""`/help`: what can be asked, and how one command is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.conversation.commands import COMMANDS, allowed, find, similar
from bot.conversation.talk import RefusedError, reply
from bot.message import Button, Line
from bot.plain import cut

if TYPE_CHECKING:
    from bot.conversation.commands import Command
    from bot.conversation.model import Reply
    from bot.conversation.talk import Talk

_SHOWN: Final = 40


def helping(talk: Talk, text: str) -> Reply:
    """All commands, or one.

    Raises:
        RefusedError: there is no such command.
    """
    if not text:
        return _all(talk)
    command = find(text)
    if command is None:
        buttons = [Button(f"/{name}", f"do:help:{name}") for name in similar(text)]
        name = cut(text.removeprefix("/"), _SHOWN)
        raise RefusedError(talk.gettext("I do not know /{name}. See /help.", name=name), buttons)
    return _one(talk, command)


def _all(talk: Talk) -> Reply:
    lines = [
        f"/{command.name} – {talk.gettext(command.description)}"
        for command in COMMANDS
        if allowed(talk.person, command.who)
    ]
    lines.append(talk.gettext("More on one of them: /help watch"))
    return reply(talk.gettext("What I can do"), lines)


def _one(talk: Talk, command: Command) -> Reply:
    arguments = f" {talk.gettext(command.arguments)}" if command.arguments else ""
    lines: list[str | Line] = [Line(f"/{command.name}{arguments}", "strong")]
    lines += [Line(example, "quote") for example in command.examples]
    if command.who == "setters":
        lines.append(Line(talk.gettext("In groups for administrators only."), "small"))
    return reply(talk.gettext(command.description), lines)
