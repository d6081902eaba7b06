"""Plain text out of whatever a feed puts into a title or a summary.

Feed text is hostile: it may hold scripts, terminal escapes, letters that turn a line around, and halves of characters
that no database takes. All of that goes here, so that nothing behind this module needs to think of it.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_SILENT: Final = frozenset({"script", "style", "template", "iframe", "noscript", "object", "svg"})
_INLINE: Final = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "mark", "q", "s", "small", "span", "strong"}
    | {"sub", "sup", "u", "wbr"}
)
# Control characters are blanks; halves of pairs, turners of direction, invisible joints and non-characters are nothing.
_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_NOTHING: Final = re.compile("[\ud800-\udfff\u202a-\u202e\u2066-\u2069\u00ad\u200b\u2060\ufeff\ufffe\uffff]")
_TAG_START: Final = re.compile(r"<(?=[/!?a-zA-Z])")
_MARKUP: Final = re.compile(r"</?[a-zA-Z!?]|&(?:#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z]\w*);")

# Markup is often escaped twice, rarely three times.
_MOST_PASSES: Final = 3
# The parser of the standard library takes quadratic time on some broken markup; what is cut off here is no loss.
_LONGEST_MARKUP: Final = 50_000


class _Words(HTMLParser):
    """Collects what a reader would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self._silence = 0

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser's signature
        self._silence += tag in _SILENT
        self._part(tag)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:  # noqa: ARG002 - as above
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self._silence = max(0, self._silence - (tag in _SILENT))
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self._silence:
            self.seen.append(data)

    def _part(self, tag: str) -> None:
        """Keep words of different blocks apart."""
        if tag not in _INLINE:
            self.seen.append(" ")


def plain(markup: str, limit: int) -> str:
    """The readable text of `markup` on one line, at most `limit` characters.

    A text that only looks like markup ("the <b> element") loses the look-alike: a word lost now and then is better than
    a tag let through.
    """
    # The parser drops CDATA altogether.
    text = markup[:_LONGEST_MARKUP].replace("<![CDATA[", "")
    for _ in range(_MOST_PASSES):
        if not _MARKUP.search(text):
            break
        text = _words(text[: _end_of_whole_tags(text)])
    text = _TAG_START.sub("", text)
    return _clipped(_BLANKS.sub(" ", _NOTHING.sub("", text)).strip(), limit)


def _end_of_whole_tags(markup: str) -> int:
    """Where a tag begins that breaks off with the text, as in a summary cut by its feed; else the end."""
    end = len(markup)
    while (at := markup.rfind("<", 0, end)) >= 0 and _TAG_START.match(markup, at) and markup.find(">", at, end) < 0:
        end = at
    return end


def _words(markup: str) -> str:
    parser = _Words()
    # The parser raises on marked sections that it does not know.
    parser.feed(markup.replace("<![", "&lt;!["))
    parser.close()
    return "".join(parser.seen)


def _clipped(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    at = head.rfind(" ", limit // 2)
    return (head[:at] if at > 0 else head).rstrip() + "…"
