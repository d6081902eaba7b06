"""Rendering for Slack: a message as Block Kit, in which nothing formats, links or mentions but what is meant to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.message import Message

_HEADER_LIMIT: Final = 150
_SECTION_LIMIT: Final = 3000
_LINES_LIMIT: Final = 10_000
_LINK_LIMIT: Final = 1500
_LINK_NAME_LIMIT: Final = 100
_FALLBACK_LIMIT: Final = 1000


def blocks(message: Message) -> list[dict[str, Any]]:
    """The message in Block Kit: a header, sections of plain text, and a line with the link.

    All text of the message is of type `plain_text` and escaped: nothing in it formats, links or mentions anybody.
    """
    head = plain.headline(message)
    parts: list[dict[str, Any]] = [{"type": "header", "text": _plain_text(plain.cut(head, _HEADER_LIMIT, _size))}]
    lines = plain.lines(message)
    if _size(head) > _HEADER_LIMIT:
        lines = (plain.cut(head, _SECTION_LIMIT, _size), *lines)
    texts = _sections(plain.fit(lines, _LINES_LIMIT, _size))
    parts += ({"type": "section", "text": _plain_text(text)} for text in texts)
    if notes := list(_notes(message)):
        parts.append({"type": "context", "elements": notes})
    return parts


def fallback(message: Message) -> str:
    """The text for notifications and screen readers, which do not show the blocks."""
    mark = f" {plain.REPEAT_MARK}" if message.possible_repeat else ""
    return _escape(plain.cut(plain.headline(message), _FALLBACK_LIMIT, _size)) + mark


def _sections(lines: Iterable[str]) -> Iterator[str]:
    """The lines joined into texts as long as a section may be; no text is empty."""
    text = ""
    for line in lines:
        piece = plain.cut(line, _SECTION_LIMIT, _size)
        if text.strip() and _size(text) + 1 + _size(piece) > _SECTION_LIMIT:
            yield text.strip("\n")
            text = ""
        text = f"{text}\n{piece}" if text else piece
    if text.strip():
        yield text.strip("\n")


def _notes(message: Message) -> Iterator[dict[str, Any]]:
    link = plain.web_address(message.link)
    if link and _size(link) <= _LINK_LIMIT:
        # A bar parts the address from the name: neither may hold one.
        name = _escape(plain.link_name(message, _LINK_NAME_LIMIT).replace("|", "¦"))
        address = _escape(link.replace("|", "%7C"))
        # Mentions and formatting are closed off by the link around the name; `verbatim` leaves the rest as it is.
        yield {"type": "mrkdwn", "text": f"<{address}|{name}>", "verbatim": True}
    if message.possible_repeat:
        yield _plain_text(plain.REPEAT_MARK)


def _plain_text(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": _escape(text), "emoji": False}


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _size(text: str) -> int:
    """The length that counts against Slack's limits: as sent."""
    return plain.units(_escape(text))
