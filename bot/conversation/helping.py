"""`/help`: what can be asked, and how one command is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.conversation.commands import COMMANDS, allowed, find, similar
from bot.conversation.paging import paged
from bot.conversation.talk import RefusedError, answer, ours
from bot.message import Button, Line
from bot.plain import cut

if TYPE_CHECKING:
    from bot.conversation.commands import Command
    from bot.conversation.talk import Talk
    from bot.message import Message

_SHOWN: Final = 40


def helping(talk: Talk, text: str, page: int = 1) -> Message:
    """`/help [COMMAND]`: all commands that the person may give, or one.

    Raises:
        RefusedError: there is no such command.
    """
    if not text:
        return _all(talk, page)
    command = find(text)
    if command is None:
        buttons = [Button(f"/{name}", f"do:help:{name}") for name in similar(text)]
        name = cut(text.removeprefix("/"), _SHOWN)
        raise RefusedError(
            talk.gettext("I do not know /{name}. See /help.", name=name), buttons, own=name.isidentifier()
        )
    return _one(talk, command)


def _all(talk: Talk, page: int) -> Message:
    lines: list[str | Line] = [
        ours(f"/{command.name} – {talk.gettext(command.description)}")
        for command in COMMANDS
        if allowed(talk.person, command.who)
    ]
    lines.append(ours(talk.gettext("More on one of them: /help watch")))
    return paged(talk, talk.gettext("What I can do"), lines, command="help", text="", page=page)


def _one(talk: Talk, command: Command) -> Message:
    arguments = f" {talk.gettext(command.arguments)}" if command.arguments else ""
    lines: list[str | Line] = [Line(f"/{command.name}{arguments}", "strong", own=True)]
    lines += [Line(example, "quote", own=True) for example in command.examples]
    if command.who == "setters":
        lines.append(Line(talk.gettext("In groups for administrators only."), "small"))
    return answer(talk.gettext(command.description), lines)
