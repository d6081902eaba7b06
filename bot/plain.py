"""Text from a feed made harmless before a chat adds its own markup: visible characters only, no longer than allowed."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.message import Message

REPEAT_MARK: Final = "(possible repeat)"
ELLIPSIS: Final = "…"
# Terminal escapes and other controls, zero-width and bidirectional marks, halves of surrogate pairs: nobody sees them,
# but they can recolour a terminal, turn a sentence round, hide a word, or make a whole request unencodable.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs"})
_LINK_LIMIT: Final = 2000


def clean(text: str) -> str:
    """The text as one line of visible characters; every kind of line break or space becomes a plain space."""
    kept = (" " if char.isspace() else char for char in text if char.isspace() or _visible(char))
    return "".join(kept).rstrip()


def headline(message: Message) -> str:
    """The message's headline, cleaned; never empty, since no chat accepts an empty message."""
    return clean(message.headline).lstrip() or "(no title)"


def lines(message: Message) -> tuple[str, ...]:
    """The message's further lines, cleaned."""
    return tuple(clean(line) for line in message.texts)


def web_address(link: str | None) -> str | None:
    """The link if it is a whole http or https address of usual length, None otherwise: feeds may carry any scheme."""
    if link is None or len(link) > _LINK_LIMIT or link != clean(link) or " " in link:
        return None
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    return link if parts.scheme in {"http", "https"} and parts.hostname else None


def link_name(message: Message, limit: int) -> str:
    """What the message's link is called: the outlet if known, else the link's host."""
    return cut(clean(message.link_text or "").lstrip() or urlsplit(message.link or "").hostname or "source", limit)


def units(text: str) -> int:
    """The length in UTF-16 units, in which the chats count: most emoji are two."""
    return len(text) + sum(char > "\uffff" for char in text)


def cut(text: str, limit: int, size: Callable[[str], int] = units) -> str:
    """The text, or its beginning with an ellipsis where it is longer than `limit` by `size`."""
    if size(text) <= limit:
        return text
    room = limit - size(ELLIPSIS)
    end = bisect_right(range(1, len(text)), room, key=lambda length: size(text[:length]))
    return text[:end].rstrip() + ELLIPSIS


def fit(texts: Sequence[str], limit: int, size: Callable[[str], int] = units) -> tuple[str, ...]:
    """As many whole lines as fit into `limit` by `size`, line breaks included; an ellipsis stands for the rest."""
    if sum(size(text) + 1 for text in texts) <= limit:
        return tuple(texts)
    left, kept = limit - size(ELLIPSIS) - 1, list[str]()
    for text in texts:
        left -= size(text) + 1
        if left < 0:
            break
        kept.append(text)
    return (*kept, ELLIPSIS) if kept else (cut(texts[0] + ELLIPSIS, limit - 1, size),)


def _visible(char: str) -> bool:
    return unicodedata.category(char) not in _HIDDEN
