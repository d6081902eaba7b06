"""Rendering for Slack: a message as Block Kit, in which nothing formats, links or mentions but what is meant to.

Limits are those of https://docs.slack.dev/reference/block-kit/blocks: 50 blocks, 150 characters in a header, 3000 in a
text, 10 elements of a context, 5 buttons in a row as we set them, 75 characters on a button, and about 13,000
characters in all, counted as sent.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from bot import plain
from bot.message import Line
from bot.slack import typing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.message import Button, Message

Block = dict[str, Any]

_HEADER_LIMIT: Final = 150
_SECTION_LIMIT: Final = 3000
_LINES_LIMIT: Final = 9_500
_WHOLE_LIMIT: Final = 12_500
_LINK_LIMIT: Final = 1500
_LINK_NAME_LIMIT: Final = 300
_FALLBACK_LIMIT: Final = 1000
_BLOCKS_OF_LINES: Final = 30
"""Blocks of lines that a page begins by their kind; head, foot and what begins where a section is full have room."""

_IN_CONTEXT: Final = 10
_IN_ROW: Final = 5
_ROWS: Final = 10
_LABEL_LIMIT: Final = 75
_ACTION_ID_LIMIT: Final = 255
_MARKUP: Final = {"strong": ("*", "*"), "quote": (">", ""), "small": ("_", "_")}
# What Slack's markup would make something of: such a line goes out as plain text, which formats nothing.
_FORMATS: Final = re.compile(r"[*_~`]|^\s*(?:>|[-•]\s|\d+\.\s)|:[\w+'-]+:")
_ONE_MESSAGE: Final = frozenset({"alert", "edit", "group", "correction", "review"})
"""Kinds that are always one message, because they are edited later or answered to."""


def blocks(message: Message) -> list[Block]:
    """The message in Block Kit, within the limits of one message; what is too long ends with an ellipsis.

    Nothing in the words of a message formats, links or mentions anybody.
    """
    head, foot = [*_head(message)], [*_foot(message)]
    lines = _fitting(_texts(message), _room_between(head, foot))
    return [*head, *_line_blocks(lines), *foot]


def parts(message: Message) -> tuple[list[Block], ...]:
    """The message as one list of blocks after another, each within the limits of a message.

    Alerts and questions are always one.
    """
    if message.kind in _ONE_MESSAGE:
        return (blocks(message),)
    head, foot = [*_head(message)], [*_foot(message)]
    room = _room_between(head, foot)
    pages = [list(_line_blocks(page)) for page in _pages(_texts(message), room)] or [[]]
    pages[0] = [*head, *pages[0]]
    pages[-1] = [*pages[-1], *foot]
    return tuple(pages)


def fallback(message: Message) -> str:
    """The text for notifications and screen readers, which do not show the blocks."""
    mark = plain.marked(message)
    head = plain.cut(typing.shown(plain.headline(message)), _FALLBACK_LIMIT, _size)
    return _escape(head) + (f" {_escape(mark)}" if mark else "")


def _head(message: Message) -> Iterator[Block]:
    head = typing.shown(plain.headline(message))
    yield {"type": "header", "text": _plain_text(plain.cut(head, _HEADER_LIMIT, _size))}
    if _size(head) > _HEADER_LIMIT:
        yield {"type": "section", "text": _plain_text(plain.cut(head, _SECTION_LIMIT, _size))}


def _texts(message: Message) -> list[Line]:
    """The lines, none longer than a section may be, and none with a link that Slack would not take."""
    lines = list[Line]()
    for line in plain.lines(message):
        link = line.link if line.link and _size(line.link) <= _LINK_LIMIT else None
        text = plain.cut(line.text, _LINK_NAME_LIMIT, _size) if link else _typed(line)
        lines += (Line(piece, line.style, link) for piece in plain.chunks(text, _SECTION_LIMIT - 10, _size))
    return lines


def _typed(line: Line) -> str:
    """A line with the commands in it as they are typed here; words of others stay as they are."""
    return line.text if line.style == "quote" else typing.shown(line.text)


def _weight(line: Line) -> int:
    return _size(line.text) + (_size(line.link) if line.link else 0) + len("\n<|>**")


def _room_between(head: Sequence[Block], foot: Sequence[Block]) -> int:
    """Characters that the lines of a message may have."""
    around = sum(plain.units(text) for block in (*head, *foot) for text in _words(block))
    return min(_LINES_LIMIT, _WHOLE_LIMIT - around)


def _words(block: Block) -> Iterator[str]:
    """Every text in a block of the head or the foot, as sent."""
    for part in block.get("elements", [block]):
        text = part["text"]
        yield text if isinstance(text, str) else text["text"]


def _fitting(lines: Sequence[Line], room: int) -> list[Line]:
    """As many whole lines as one message takes; an ellipsis stands for the rest."""
    first = next(_pages(lines, room), [])
    return first if len(first) == len(lines) else [*first, Line(plain.ELLIPSIS)]


def _pages(lines: Sequence[Line], room: int) -> Iterator[list[Line]]:
    """The lines in as few messages as possible, in order, none with more characters than `room`."""
    page, left, begun, full = list[Line](), room, 0, 0
    for line in lines:
        weight = _weight(line)
        full = full + 1 if page and _block_of(page[-1]) == _block_of(line) else 0
        # A block begins where the kind changes, and at the latest every tenth line or where a section is full.
        left -= weight
        begun += full % _IN_CONTEXT == 0
        if page and (left < 0 or begun > _BLOCKS_OF_LINES):
            yield page
            page, left, begun, full = [], room - weight, 1, 0
        page.append(line)
    if page:
        yield page


def _block_of(line: Line) -> tuple[str, bool]:
    """What lines must have in common to share a block."""
    return _kind(line), line.style == "small"


def _line_blocks(lines: Iterable[Line]) -> Iterator[Block]:
    """Neighbours of a kind share a block; small ones share a context."""
    for (kind, small), run in groupby(lines, key=_block_of):
        told = [_told(line, kind) for line in run]
        if small:
            yield from _contexts(kind, [text for text in told if text.strip()])
        else:
            yield from ({"type": "section", "text": _text(kind, text)} for text in _sections(told))


def _contexts(kind: str, texts: Sequence[str]) -> Iterator[Block]:
    for start in range(0, len(texts), _IN_CONTEXT):
        elements = [_text(kind, text) for text in texts[start : start + _IN_CONTEXT]]
        yield {"type": "context", "elements": elements}


def _kind(line: Line) -> str:
    """`mrkdwn` for a line with a link, or whose words format nothing by themselves; else, and if small, `plain_text`.

    What needs no formatting is in markup as well: so a whole alert is one block, and ten alerts fit a message.
    """
    if line.link:
        return "mrkdwn"
    return "plain_text" if line.style == "small" or _FORMATS.search(line.text) else "mrkdwn"


def _told(line: Line, kind: str) -> str:
    """The line's text as sent."""
    text = _escape(line.text)
    if kind == "plain_text":
        return f"“{text}”" if line.style == "quote" and text else text
    if line.link:
        # A bar parts the address from the name: neither may hold one. The link closes off what the name would format.
        return f"<{_escape(line.link.replace('|', '%7C'))}|{text.replace('|', '¦') or plain.ELLIPSIS}>"
    if line.style not in _MARKUP or not text.strip():
        return text
    start, end = _MARKUP[line.style]
    return f"{start}{text.strip()}{end}"


def _sections(texts: Iterable[str]) -> Iterator[str]:
    """The texts joined into such as a section may have; none is empty."""
    joined = ""
    for text in texts:
        if joined.strip() and plain.units(joined) + 1 + plain.units(text) > _SECTION_LIMIT:
            yield joined.strip("\n")
            joined = ""
        joined = f"{joined}\n{text}" if joined else text
    if joined.strip():
        yield joined.strip("\n")


def _foot(message: Message) -> Iterator[Block]:
    """The link of the whole message, the mark of a repeat, and the buttons."""
    if notes := list(_notes(message)):
        yield {"type": "context", "elements": notes}
    taken = set[str]()
    for row in message.buttons[:_ROWS]:
        if elements := [_button(button, taken) for button in row[:_IN_ROW] if button.action or _leads(button)]:
            yield {"type": "actions", "elements": elements}


def _notes(message: Message) -> Iterator[dict[str, Any]]:
    link = plain.web_address(message.link)
    if link and _size(link) <= _LINK_LIMIT:
        name = plain.cut(plain.link_name(message), _LINK_NAME_LIMIT, _size)
        yield _text("mrkdwn", _told(Line(name, link=link), "mrkdwn"))
    if mark := plain.marked(message):
        yield _plain_text(mark)


def _leads(button: Button) -> bool:
    return plain.web_address(button.link) is not None


def _button(button: Button, taken: set[str]) -> dict[str, Any]:
    """A button; its id is unlike every other's in the message, its value is the action."""
    label = plain.cut(typing.shown(plain.clean(button.label).lstrip()), _LABEL_LIMIT, _size) or plain.ELLIPSIS
    name = (button.action or f"link:{button.link}")[: _ACTION_ID_LIMIT - len("#100")]
    name = name if name not in taken else f"{name}#{len(taken)}"
    taken.add(name)
    leads = {"value": button.action} if button.action else {"url": button.link}
    return {"type": "button", "text": _plain_text(label), "action_id": name, **leads}


def _text(kind: str, text: str) -> dict[str, Any]:
    """A text object of escaped text; `verbatim` keeps Slack from looking for addresses and names in it."""
    more = {"verbatim": True} if kind == "mrkdwn" else {"emoji": False}
    return {"type": kind, "text": text, **more}


def _plain_text(text: str) -> dict[str, Any]:
    return _text("plain_text", _escape(text))


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _size(text: str) -> int:
    """The length that counts against Slack's limits: as sent."""
    return plain.units(_escape(text))
