"""Plain text out of whatever a feed puts into a title or a summary.

Feed text is hostile: it may hold scripts, terminal escapes, letters that turn a line around, and halves of characters
that no database takes. All of that goes here, so that nothing behind this module needs to think of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Final

_SILENT: Final = frozenset({"script", "style", "template", "iframe", "noscript", "object", "svg"})
_NEVER_SEEN: Final = frozenset({"script", "style"})
"""Of those above, the ones whose words nobody is to see even where they do not end."""
_INLINE: Final = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "mark", "q", "s", "small", "span", "strong"}
    | {"sub", "sup", "u", "wbr"}
)
# Control characters are blanks; halves of pairs, turners of direction, invisible joints and non-characters are nothing.
_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_NOTHING: Final = re.compile("[\ud800-\udfff\u202a-\u202e\u2066-\u2069\u00ad\u200b\u2060\ufeff\ufffe\uffff]")
_TAG_START: Final = re.compile(r"<(?=[/!?a-zA-Z])")
_MARKUP: Final = re.compile(r"</?[a-zA-Z!?]|&(?:#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z]\w*);")

# Tags without attributes, of elements whose words are seen: inline ones join what they part, the others do not.
_BARE_INLINE: Final = re.compile(rf"(?ai)</?(?:{'|'.join(sorted(_INLINE))})[ \t\n]*/?>")
_BARE: Final = re.compile(rf"(?ai)</?(?!(?:{'|'.join(sorted(_SILENT))})\b)[a-z][a-z0-9]*[ \t\n]*/?>")
_MARK: Final = "\0"

# A sign that stands for itself: "x<y, so", and one behind which no tag ends nor could have been cut off.
_LESS: Final = "\ufdd0"
_NO_TAG: Final = re.compile(rf"(?i)<(?=/?(?!(?:{'|'.join(sorted(_SILENT))})\b)[a-z]\w*[,;)])")
_PROSE: Final = re.compile(r"(?i)<[a-z]\w*\s+\w")
_CUT_OFF: Final = re.compile(
    rf"""(?ixs) < (?: (?:{"|".join(sorted(_SILENT))})\b .* | [a-z]\w*+ \s+ [\w:.-]+ \s*=.*
    | (?:a|[a-z]\w+) \s+ [\w:-]+ )"""
)

_TAG_NAME: Final = re.compile(r"(/?)([a-zA-Z][^\s/>]*)")
# Nothing is tried twice: an attribute that does not end costs one look at the rest.
_TAG_REST: Final = re.compile(r"""(?:[^>"']|"[^"]*"|'[^']*')*+>""")

# Markup is often escaped twice, rarely three times.
_MOST_PASSES: Final = 3
# What is cut off here is no loss: nothing shows that much text.
_LONGEST_MARKUP: Final = 50_000


def plain(markup: str, limit: int) -> str:
    """The readable text of `markup` on one line, at most `limit` characters.

    A text that only looks like markup ("the <b> element") loses the look-alike: a word lost now and then is better than
    a tag let through. What does not even end as a tag does ("if a<b then") stays.
    """
    # What nobody sees goes first: taken out later, it would let the halves of a tag come together.
    text = _NOTHING.sub("", markup[:_LONGEST_MARKUP].replace("<![CDATA[", "").replace(_LESS, ""))
    for _ in range(_MOST_PASSES):
        if not _MARKUP.search(text):
            break
        text = _NOTHING.sub("", _words(_without_cut_tag(_NO_TAG.sub(_LESS, text))))
    return _clipped(readable(_TAG_START.sub("", text).replace(_LESS, "<")), limit)


def readable(text: str) -> str:
    """The text on one line, without signs that nobody sees and that do something all the same."""
    if text.isprintable():
        # Then its only blanks are spaces, and there is nothing in it to take out.
        return " ".join(text.split())
    return _BLANKS.sub(" ", _NOTHING.sub("", text)).strip()


def _without_cut_tag(markup: str) -> str:
    """The text without a tag that breaks off with it, as in a summary cut by its feed."""
    end, kept = len(markup), []
    while (at := markup.rfind("<", 0, end)) >= 0 and _TAG_START.match(markup, at) and markup.find(">", at, end) < 0:
        stays = _PROSE.match(markup, at) and not _CUT_OFF.fullmatch(markup, at, end)
        if stays:
            kept.append(_LESS + markup[at + 1 : end])
        end = at
    return markup[:end] + "".join(reversed(kept))


def _words(markup: str) -> str:
    """What a reader would see of `markup`. One pass over its tags: the parser of the standard library is slow."""
    # A tag that is taken out leaves a mark for now: what stood on its two sides makes no tag together.
    bare = _BARE.sub(" ", _BARE_INLINE.sub(_MARK, markup)).replace(_MARK, "")
    if "<" not in bare and _MARK not in markup:
        return unescape(bare)
    return _tag_by_tag(markup)


def _tag_by_tag(markup: str, left_out: frozenset[str] = _SILENT) -> str:
    """The same, for markup with attributes, comments, scripts and whatever else."""
    before, *pieces = markup.split("<")
    page = _Page([before], left_out)
    for piece in pieces:
        page.take(piece)
    if page.silent and page.silent not in _NEVER_SEEN:
        # It never ends: what stands behind it is not to be lost with it.
        return _tag_by_tag(markup, left_out - {page.silent})
    return unescape("".join(page.seen))


@dataclass(slots=True)
class _Page:
    """What was seen of a page so far.

    Attributes:
        seen: its words.
        left_out: elements of which nothing is seen.
        silent: the element that is being left out, with how many of its name are open; 0 where there is none.
        until: what ends a comment or a tag that went on behind a "<".
    """

    seen: list[str]
    left_out: frozenset[str] = _SILENT
    silent: str = ""
    open: int = 0
    until: str = ""

    def take(self, piece: str) -> None:
        """Take the text behind a "<" up to the next one."""
        name = _TAG_NAME.match(piece)
        if self.until:
            _, ended, text = piece.partition(self.until)
            self.until = "" if ended else self.until
        elif name:
            text = self._tag(name[1] == "/", name[2].lower(), piece)
        elif piece.startswith("!--"):
            _, ended, text = piece.partition("-->")
            self.until = "" if ended else "-->"
        elif piece.startswith(("!", "?", "/")) and not piece.startswith("!["):
            text = piece.partition(">")[2]
        else:
            text = "<" + piece
        if not self.silent:
            self.seen.append(text)

    def _tag(self, closing: bool, name: str, piece: str) -> str:  # noqa: FBT001 - what the one character says
        end = piece.find(">") + 1
        if end and ('"' in piece[:end] or "'" in piece[:end]):
            whole = _TAG_REST.match(piece)
            end = whole.end() if whole else end
        if not end:
            self.until = ">"
        if not self.silent and name not in _INLINE:
            # Words of different blocks stay apart.
            self.seen.append(" ")
        if name == self.silent:
            self.open += -1 if closing else 1
            self.silent = name if self.open else ""
        elif not self.silent and name in self.left_out and not closing and piece[end - 2 : end] != "/>":
            self.silent, self.open = name, 1
        return piece[end:] if end else ""


def _clipped(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    at = head.rfind(" ", limit // 2)
    return (head[:at] if at > 0 else head).rstrip() + "…"
