"""Rendering for Telegram: a message as Telegram's HTML, in which nothing formats or mentions but what is meant to.

Limits are those of https://core.telegram.org/bots/api: 4096 characters of a message and 1024 of a caption, counted in
UTF-16 units once the markup is taken out, and 100 formatted stretches in a message; what goes beyond these is ignored.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from telegram.constants import InlineKeyboardMarkupLimit, MessageLimit

from bot import plain
from bot.message import Button, Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.message import Message, Style

_HEADLINE_LIMIT: Final = 1000
_LINK_NAME_LIMIT: Final = 200
_LABEL_LIMIT: Final = 60
_LONG_QUOTE: Final = 600
"""Units from which on a quote is shown folded."""

# What stands inside a word, so that Telegram sees no mention, hashtag, command, address or number; nobody sees it.
_WORD_JOINER: Final = "\u2060"
_SIGN: Final = re.compile(r"(?<=[@#＃＠$])(?=\w)|(?<=[./。．｡])(?=\w)|(?<=:)(?=//)")
_DIGITS: Final = re.compile(r"\+?\d(?:[\s().\-‐‑–]{0,2}\d){6,}")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
"""A day as people copy it; no chat takes it for a number to call."""
_DIGIT: Final = re.compile(r"(?<=\d)(?=\D*\d)")
_ONE_MESSAGE: Final = frozenset({"alert", "edit", "group", "correction", "review"})
"""Kinds that are always one message, because they are edited later or answered to."""

_TAGS: Final[dict[Style, tuple[str, str]]] = {
    "plain": ("", ""),
    "strong": ("<b>", "</b>"),
    "quote": ("", ""),
    "small": ("<i>", "</i>"),
    "bar": ("", ""),
}


@dataclass(frozen=True, slots=True)
class _Piece:
    """A line, or as much of it as fits: what readers see, its markup, and how many stretches that formats."""

    text: str
    markup: str
    entities: int
    quote: bool = False

    @property
    def size(self) -> int:
        return plain.units(self.text)

    def stretches(self, before: Sequence[_Piece]) -> int:
        """How many formatted stretches it adds behind these: quotes that follow each other are one."""
        return self.entities + (self.quote and not (before and before[-1].quote))


def render(message: Message) -> str:
    """The message as Telegram's HTML, at most 4096 characters after parsing.

    What is too long ends at a line's end with an ellipsis; the link below stays. Nothing in it formats or mentions but
    what is put there on purpose.
    """
    return _fitted(message, MessageLimit.MAX_TEXT_LENGTH)


def caption(message: Message) -> str:
    """As `render`, at most 1024 characters: the words under a picture."""
    return _fitted(message, MessageLimit.CAPTION_LENGTH)


def render_parts(message: Message) -> tuple[str, ...]:
    """The message as one text after another, each valid by itself and none longer than 4096 characters after parsing.

    Alerts and questions are always one.
    """
    if message.kind in _ONE_MESSAGE:
        return (render(message),)
    pieces = [*_body(message, MessageLimit.MAX_TEXT_LENGTH), *_anchor(message)]
    return tuple(_joined(part) for part in _packed(pieces))


def keyboard(message: Message) -> tuple[tuple[Button, ...], ...]:
    """The rows of buttons, their labels short and clean; a link that leads nowhere is no button."""
    rows = (tuple(_sound(row)) for row in message.buttons)
    filled = [row[: InlineKeyboardMarkupLimit.BUTTONS_PER_ROW] for row in rows if row]
    most = InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER // InlineKeyboardMarkupLimit.BUTTONS_PER_ROW
    return tuple(filled[:most])


def _sound(row: Iterable[Button]) -> Iterator[Button]:
    for button in row:
        label = plain.cut(plain.clean(button.label).lstrip(), _LABEL_LIMIT) or plain.ELLIPSIS
        if button.action:
            yield Button(label, button.action)
        elif link := plain.web_address(button.link):
            yield Button(label, link=link)


def _fitted(message: Message, limit: int) -> str:
    """The message within a limit: the headline, as many whole lines as fit, and the link."""
    anchor = tuple(_anchor(message))
    head, *lines = _body(message, limit)
    left = limit - head.size - sum(piece.size + 1 for piece in anchor)
    entities = MessageLimit.MESSAGE_ENTITIES - head.entities - len(anchor)
    kept = list[_Piece]()
    for place, piece in enumerate(lines):
        last = place == len(lines) - 1
        left -= piece.size + 1
        entities -= piece.stretches(kept)
        if entities < 0 or left < (0 if last else plain.units(plain.ELLIPSIS) + 1):
            kept.append(_Piece(plain.ELLIPSIS, plain.ELLIPSIS, 0))
            break
        kept.append(piece)
    return _joined([head, *kept, *anchor])


def _body(message: Message, limit: int) -> Iterator[_Piece]:
    """The headline and the lines, none longer than half of the limit."""
    head = plain.cut(_safe(plain.headline(message), own=message.own), min(_HEADLINE_LIMIT, limit // 2))
    mark = plain.marked(message)
    behind = f" {mark}" if mark else ""
    italic = f" <i>{_escaped(mark)}</i>" if mark else ""
    yield _Piece(head + behind, f"<b>{_escaped(head)}</b>{italic}", 1 + bool(mark))
    for line in plain.lines(message):
        for text in plain.chunks(_safe(line.text, own=line.own), limit // 2):
            yield _piece(line, text)


def _piece(line: Line, text: str) -> _Piece:
    start, end = _TAGS[line.style] if text else ("", "")
    leads = line.link is not None and bool(text)
    inner = f'<a href="{html.escape(line.link or "")}">{_escaped(text)}</a>' if leads else _escaped(text)
    entities = bool(start) + leads
    return _Piece(text, f"{start}{inner}{end}", entities, quote=line.style == "quote" and bool(text))


def _anchor(message: Message) -> Iterator[_Piece]:
    """The link of the whole message under its outlet's name."""
    if link := plain.web_address(message.link):
        yield _piece(Line("", link=link), plain.cut(_inert(plain.link_name(message)), _LINK_NAME_LIMIT))


def _packed(pieces: Iterable[_Piece]) -> Iterator[list[_Piece]]:
    """The pieces in as few messages as possible, in order."""
    part, size, entities = list[_Piece](), 0, 0
    for piece in pieces:
        size += piece.size + 1
        entities += piece.stretches(part)
        if part and (size - 1 > MessageLimit.MAX_TEXT_LENGTH or entities > MessageLimit.MESSAGE_ENTITIES):
            yield part
            part, size, entities = [], piece.size + 1, piece.stretches([])
        # A message cannot begin with an empty line.
        if part or piece.text.strip():
            part.append(piece)
    if part:
        yield part


def _joined(pieces: Sequence[_Piece]) -> str:
    """Lines under each other; quotes that follow each other are one, folded where it is long."""
    groups = ((quote, list(group)) for quote, group in groupby(pieces, key=lambda piece: piece.quote))
    return "\n".join(_grouped(group, quote=quote) for quote, group in groups).strip("\n")


def _grouped(pieces: Sequence[_Piece], *, quote: bool) -> str:
    markup = "\n".join(piece.markup for piece in pieces)
    if not quote:
        return markup
    folded = " expandable" if sum(piece.size for piece in pieces) > _LONG_QUOTE else ""
    return f"<blockquote{folded}>{markup}</blockquote>"


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _safe(text: str, *, own: bool) -> str:
    """The bot's own words as they are, so that its commands can be tapped; those of others inert."""
    return text if own else _inert(text)


def _inert(text: str) -> str:
    """The text with every word broken, unseen, that Telegram would make a link, a mention or a number of."""
    broken = _DIGITS.sub(_uncallable, text)
    return _SIGN.sub(_WORD_JOINER, broken)


def _uncallable(digits: re.Match[str]) -> str:
    return digits[0] if _DAY.fullmatch(digits[0]) else _DIGIT.sub(_WORD_JOINER, digits[0])
