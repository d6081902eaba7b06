"""Rendering for Telegram: a message as Telegram's HTML, in which nothing formats or mentions but what is meant to."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

from telegram.constants import MessageLimit

from bot import plain

if TYPE_CHECKING:
    from bot.message import Message

_HEADLINE_LIMIT: Final = 1000
_LINK_NAME_LIMIT: Final = 200
# What stands between an "@" and a name, so that Telegram sees no mention; nobody sees it.
_WORD_JOINER: Final = "\u2060"
_MENTION: Final = re.compile(r"@(?=\w)")


def render(message: Message) -> str:
    """The message as Telegram's HTML. Nothing in it formats, mentions or previews but what is put there on purpose.

    At most 4096 characters are left after parsing; what is too long ends at a line's end with an ellipsis.
    """
    head = _inert(plain.cut(plain.headline(message), _HEADLINE_LIMIT))
    mark = f" {plain.REPEAT_MARK}" if message.possible_repeat else ""
    link = plain.web_address(message.link)
    name = _inert(plain.link_name(message, _LINK_NAME_LIMIT)) if link else ""
    # Two empty lines stand between the three parts.
    room = MessageLimit.MAX_TEXT_LENGTH - plain.units(head + mark + name) - 4
    lines = plain.fit([_inert(line) for line in plain.lines(message)], room)
    body = html.escape("\n".join(lines), quote=False).strip("\n")
    anchor = f'<a href="{html.escape(link)}">{html.escape(name, quote=False)}</a>' if link else ""
    return "\n\n".join(part for part in (f"<b>{html.escape(head, quote=False)}</b>{mark}", body, anchor) if part)


def _inert(text: str) -> str:
    return _MENTION.sub(f"@{_WORD_JOINER}", text)
