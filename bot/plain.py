"""Text from a feed made harmless before a chat adds its own markup: visible characters only, no longer than allowed."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit, urlunsplit

from bot.message import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bot.message import Message

ELLIPSIS: Final = "…"
FIRST_STRONG: Final = "\u2068"
LEFT_TO_RIGHT: Final = "\u2066"
POP: Final = "\u2069"
ISOLATES: Final = frozenset({FIRST_STRONG, LEFT_TO_RIGHT, POP})
"""What sets words off that run in another direction (Unicode Standard Annex 9, section 2.4)."""

# Terminal escapes and other controls, zero-width and bidirectional marks, halves of surrogate pairs: nobody sees them,
# but they can recolour a terminal, turn a sentence round, hide a word, or make a whole request unencodable.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs"})
# Of other categories, and empty to the eye all the same: joiners, fillers, variation selectors, a blank of Braille.
_BLANK: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_MARKS: Final = frozenset({"Mn", "Me"})
_MARKS_TOGETHER: Final = 4
"""Marks that may sit on one letter; no orthography needs more, and a flood of them covers the lines around it."""
_OPENING: Final = ISOLATES - {POP}
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
_ISOLATES_IN_LINE: Final = 40
_LINK_LIMIT: Final = 2000
_AUTHORITY: Final = re.compile(r"[\w.~%!$&'()*+,;=:@\[\]-]+")
_STRAY_PERCENT: Final = re.compile("%(?![0-9A-Fa-f]{2})")
_UNESCAPED: Final = "%!$&'()*+,;=:@/?"
_WITHIN_MARK: Final = re.compile(r"(?<! ) (?! )")


def clean(text: str) -> str:
    """The text as one line of visible characters; every kind of line break or space becomes a plain space."""
    return "".join(_visible(text)).rstrip()


def kept(text: str) -> str:
    """The text as one line of visible characters, in which what we set off as running in another direction stays so."""
    found = "".join(_visible(text, but=ISOLATES)).rstrip()
    return found if _balanced(found) else without_isolates(found).rstrip()


def isolated(text: str) -> str:
    """Somebody's words, clean, to stand among ours: those that run from right to left do not turn ours round."""
    cleaned = clean(text)
    return f"{FIRST_STRONG}{cleaned}{POP}" if _runs_left(cleaned) else cleaned


def headline(message: Message) -> str:
    """The message's headline, cleaned; never empty, since no chat accepts an empty message."""
    return _shown(Line(message.headline, "strong")).lstrip() or "(no title)"


def lines(message: Message) -> tuple[Line, ...]:
    """The message's further lines, cleaned, with only such links as lead to the web."""
    given = (line if isinstance(line, Line) else Line(line) for line in message.lines)
    return tuple(replace(line, text=_shown(line), link=web_address(line.link)) for line in given)


def marked(message: Message) -> str:
    """The mark of a possible repeat, where the message is one; else empty."""
    return clean(message.repeat_mark) if message.possible_repeat else ""


def without_isolates(text: str) -> str:
    """The text for a place that knows no directions."""
    return "".join(char for char in text if char not in ISOLATES)


def web_address(link: str | None) -> str | None:
    """The link if it is a whole http or https address of usual length, None otherwise: feeds may carry any scheme."""
    if link is None or len(link) > _LINK_LIMIT or link != clean(link) or " " in link:
        return None
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    return link if parts.scheme in {"http", "https"} and parts.hostname else None


def uri(link: str | None) -> str | None:
    """A web address as it has to be written where nothing but a URI may stand (RFC 3986); None where it is none.

    Outlets write addresses as browsers take them, with characters in them that have to be escaped.
    """
    address = web_address(link)
    if address is None:
        return None
    parts = urlsplit(address)
    if not _AUTHORITY.fullmatch(parts.netloc):
        return None
    rest = (
        quote(_STRAY_PERCENT.sub("%25", part), safe=_UNESCAPED) for part in (parts.path, parts.query, parts.fragment)
    )
    return urlunsplit((parts.scheme, parts.netloc, *rest))


def link_name(message: Message) -> str:
    """What the message's link is called: the outlet if known, else the link's host."""
    return isolated(message.link_text or "").lstrip() or urlsplit(message.link or "").hostname or "source"


def units(text: str) -> int:
    """The length in UTF-16 units, in which the chats count: most emoji are two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int, size: Callable[[str], int] = units) -> str:
    """The text, or its beginning with an ellipsis where it is longer than `limit` by `size`.

    What was set off as running in another direction stays so.
    """
    if size(text) <= limit:
        return text
    opened = sum(char in _OPENING for char in text)
    room = limit - size(ELLIPSIS) - opened
    end = bisect_right(range(1, len(text)), room, key=lambda length: size(text[:length]))
    beginning = text[:end].rstrip() + ELLIPSIS
    return beginning + POP * (sum(char in _OPENING for char in beginning) - beginning.count(POP))


def set_off(lines: Iterable[str]) -> Iterator[str]:
    """The lines into which a text was broken: what runs on from one to the next is set off on each of them."""
    opened: list[str] = []
    for line in lines:
        begun = "".join(opened)
        for char in line:
            if char in _OPENING:
                opened.append(char)
            elif char == POP and opened:
                opened.pop()
        yield begun + line + POP * len(opened)


def chunks(text: str, limit: int, size: Callable[[str], int] = units) -> Iterator[str]:
    """A text in pieces not longer than `limit` by `size`, parted at spaces where there are any; "" is one piece."""
    while size(text) > limit:
        end = max(1, bisect_right(range(1, len(text)), limit, key=lambda length: size(text[:length])))
        space = text.rfind(" ", 1, end + 1)
        end = space if space > end // 2 else end
        yield text[:end].rstrip(" ")
        text = text[end:].lstrip(" ")
    yield text


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


def _visible(text: str, *, but: frozenset[str] = frozenset()) -> Iterator[str]:
    """The characters that are to be seen, and those of `but`."""
    if text.isascii() and text.isprintable():
        yield text
        return
    marks = 0
    for char in _BLANK.sub("", text):
        category = unicodedata.category(char)
        marks = marks + 1 if category in _MARKS else 0
        if char.isspace():
            yield " "
        elif char in but or (category not in _HIDDEN and marks <= _MARKS_TOGETHER):
            yield char


def _shown(line: Line) -> str:
    """A line as a chat may show it: words set off by us stay so; a line that runs to the left is set off as a whole."""
    text = kept(line.text)
    if line.style == "bar":
        # A line breaks between the steps, not inside of one.
        text = _WITHIN_MARK.sub("\u00a0", text)
    if any(char in ISOLATES for char in text) or not _runs_left(text):
        return text
    return f"{FIRST_STRONG if line.style == 'quote' else LEFT_TO_RIGHT}{text}{POP}"


def _balanced(text: str) -> bool:
    """Whether all that is set off ends again on this line, so that nothing reaches beyond it."""
    depth = 0
    for char in text:
        depth += (char in _OPENING) - (char == POP)
        if depth < 0:
            return False
    return depth == 0 and sum(char in ISOLATES for char in text) <= _ISOLATES_IN_LINE


def _runs_left(text: str) -> bool:
    return not text.isascii() and any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text)
