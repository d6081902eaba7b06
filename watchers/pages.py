"""Pages that have no feed: what is new in the watched part of one becomes reports. The only module that imports lxml.

The watched part falls into pieces (a row of a table, an item of a list, a paragraph), and each piece is known by its
text. So what was there before is known already, wherever on the page it stands now; a piece that is new, or that reads
otherwise, is a report of its own, and none comes twice, even if the page drops it for a while. What goes from a page is
no news that could be read.

Policy on mistakes: a page without the watched part is an error page or a page that was built anew. It is an error,
never an empty page: the operator hears of it, and nothing that was known is forgotten.
"""

from __future__ import annotations

import codecs
import copy
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cssselect import HTMLTranslator
from lxml import etree

from treaties.model import Report
from watchers.links import clean_link, shown
from watchers.parse import LONGEST_BODY, LONGEST_SUMMARY, LONGEST_TITLE, FeedHints, NotAFeedError, ParsedFeed
from watchers.plaintext import plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from typing import Any

    from store.feeds import FeedSpec

MOST_PIECES: Final = 1_000
_SHORTEST: Final = 3
"""Shorter pieces are dashes, page numbers and the like."""

# One piece each, whatever stands inside.
_WHOLE: Final = frozenset(
    {"p", "li", "tr", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "figcaption", "caption"}
)
_SILENT: Final = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "object", "head"})
_INLINE: Final = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "em", "font", "i", "img", "mark", "q", "s", "small", "span"}
    | {"strong", "sub", "sup", "time", "u", "wbr"}
)
_CELLS: Final = frozenset({"td", "th"})
_CHARSET: Final = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_LOOKED_AT: Final = 4_096


@dataclass(frozen=True, slots=True)
class PageReader:
    """Reads one page.

    Attributes:
        select: a CSS selector of the watched part.
        drop: a CSS selector of what is left out of it.
        title: stands before each piece, to say what it is about.
    """

    select: str
    drop: str | None = None
    title: str = ""

    def __call__(
        self, body: bytes, *, spec: FeedSpec, base_url: str, now: datetime, content_type: str | None = None
    ) -> ParsedFeed:
        """The pieces of the watched part, in their order; they have no dates. The arguments are those of `parse`.

        Raises:
            NotAFeedError: it is no page, or has nothing in the watched part.
        """
        del now  # the date of a piece is when it is first seen, which the poller knows
        page = tree_of(body, base_url, content_type)
        for unwanted in _found(page, self.drop) if self.drop else ():
            _removed(unwanted)
        pieces = dict(_pieces_of(_found(page, self.select)))
        if not pieces:
            raise NotAFeedError(shown(base_url), f"has nothing at {self.select!r}: the page may have been built anew")
        if len(pieces) > MOST_PIECES:
            raise NotAFeedError(shown(base_url), f"has more than {MOST_PIECES:,} pieces at {self.select!r}")
        reports = tuple(self._report(text, link, spec, base_url) for text, link in pieces.items())
        return ParsedFeed(reports, FeedHints(), plain("".join(page.xpath("//title//text()")), LONGEST_TITLE))

    def _report(self, text: str, link: str | None, spec: FeedSpec, base_url: str) -> Report:
        headline = f"{self.title}: {text}" if self.title else text
        return Report(
            id=hashlib.sha256(f"page:{spec.url}\n{text.casefold()}".encode()).hexdigest()[:24],
            title=plain(headline, LONGEST_TITLE),
            summary=text if len(headline) > LONGEST_TITLE else "",
            lang=spec.lang,
            url=(clean_link(link, base_url) if link else None) or clean_link(base_url, ""),
            outlet=spec.outlet,
            country=spec.country,
            group=spec.group,
            official=spec.kind == "official",
            record=spec.kind == "agency",
        )


def tree_of(body: bytes, base_url: str, content_type: str | None) -> Any:
    """The tree of a page. The parser bounds depth by itself, and neither loads nor expands anything.

    Raises:
        NotAFeedError: it is none, or far too large.
    """
    if len(body) > LONGEST_BODY:
        raise NotAFeedError(shown(base_url), f"is a page of more than {LONGEST_BODY:,} bytes")
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        page = etree.fromstring(_text(body, content_type).encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotAFeedError(shown(base_url), "cannot be read as a page") from error
    if page is None:
        raise NotAFeedError(shown(base_url), "is empty")
    return page


def _text(body: bytes, content_type: str | None) -> str:
    """The body decoded: by its byte order mark, the server's word, its own, else UTF-8 (HTML, 13.2.3)."""
    if body.startswith(codecs.BOM_UTF8):
        return body.decode("utf-8-sig", "replace")
    named = _CHARSET.search((content_type or "").encode("latin-1", "replace")) or _CHARSET.search(body[:_LOOKED_AT])
    try:
        return body.decode(named[1].decode("ascii") if named else "utf-8", "replace")
    except (LookupError, UnicodeError):
        return body.decode("utf-8", "replace")


def _found(page: Any, selector: str) -> list[Any]:
    """The elements that a selector finds, without those that stand inside another one."""
    found = page.xpath(HTMLTranslator().css_to_xpath(selector))
    inside = set(found)
    return [one for one in found if not any(above in inside for above in one.iterancestors())]


def _removed(element: Any) -> None:
    """Take an element out of its tree, and leave the text behind it."""
    above, before = element.getparent(), element.getprevious()
    if above is None:
        return
    if before is not None:
        before.tail = (before.tail or "") + " " + (element.tail or "")
    else:
        above.text = (above.text or "") + " " + (element.tail or "")
    above.remove(element)


def _pieces_of(elements: list[Any]) -> Iterator[tuple[str, str | None]]:
    """The text of every piece that says anything, with the first link in it."""
    for element in elements:
        for text, link in _pieces(element):
            if len(text) >= _SHORTEST and any(letter.isalnum() for letter in text):
                yield text, link


def _pieces(element: Any) -> Iterator[tuple[str, str | None]]:
    if element.tag in _WHOLE or element.tag in _INLINE:
        yield _words(element), _link(element)
        return
    loose, link = [element.text or ""], None
    for child in element:
        if child.tag in _INLINE:
            loose.append(_markup(child))
            link = link or _link(child)
        elif child.tag not in _SILENT:
            yield plain("".join(loose), LONGEST_SUMMARY), link
            yield from _pieces(child)
            loose, link = [], None
        loose.append(child.tail or "")
    yield plain("".join(loose), LONGEST_SUMMARY), link


def _words(element: Any) -> str:
    cells = [plain(_markup(child), LONGEST_SUMMARY) for child in element if child.tag in _CELLS]
    return " | ".join(cell for cell in cells if cell)[:LONGEST_SUMMARY] or plain(_markup(element), LONGEST_SUMMARY)


def _markup(element: Any) -> str:
    """An element as markup without attributes: they say nothing, and hostile ones are longer than any text."""
    bare = copy.deepcopy(element)
    for inner in bare.iter(etree.Element):
        inner.attrib.clear()
    return str(etree.tostring(bare, encoding="unicode", method="html", with_tail=False))


def _link(element: Any) -> str | None:
    return next((str(one.get("href")) for one in element.iter("a") if one.get("href")), None)
