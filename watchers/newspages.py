"""A page of a news site, as a crawl keeps it, becomes a report: headline, text, date, language, outlet.

What a page says of itself for others (Open Graph, schema.org) comes first, then what it shows. Policy on mistakes: the
paragraphs of menus and teasers cost a little time, while a text that is not found costs the report; so where no
article is marked, all paragraphs are read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from treaties.model import Report
from watchers.links import clean_link
from watchers.pages import tree_of
from watchers.parse import LONGEST_SUMMARY, LONGEST_TITLE, NotAFeedError
from watchers.plaintext import plain, readable
from watchers.timestamps import moment, plausible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_HEADLINES: Final = (
    "//meta[@property='og:title']/@content",
    "//meta[@name='twitter:title']/@content",
    "//h1",
    "//title",
)
_OUTLETS: Final = ("//meta[@property='og:site_name']/@content",)
_DATES: Final = (
    "//meta[@property='article:published_time']/@content",
    "//meta[@itemprop='datePublished']/@content",
    "//*[@itemprop='datePublished']/@datetime",
    "//meta[@name='date' or @name='pubdate' or @name='publishdate' or @name='parsely-pub-date']/@content",
    "//meta[@name='DC.date.issued' or @name='dc.date' or @name='article:published_time']/@content",
    "//article//time/@datetime",
)
_TEXTS: Final = ("//*[@itemprop='articleBody']", "//article", "//main", "//body")
_TEASER: Final = ("//meta[@property='og:description']/@content", "//meta[@name='description']/@content")
_PUBLISHED: Final = re.compile(r'"datePublished"\s*:\s*"([^"]{4,40})"')
_LANGUAGE: Final = re.compile(r"[a-zA-Z]{2,3}(?:[-_][a-zA-Z0-9]{2,8})*")
_MOST_PARAGRAPHS: Final = 200
_SHORTEST: Final = 40
"""Shorter paragraphs are buttons, captions and names."""


def report_of(body: bytes, url: str, content_type: str | None, crawled: datetime | None) -> Report | None:
    """The report that a page is, None where it has no headline or is no page.

    Args:
        body: the page.
        url: where it stood.
        content_type: what the server said it is.
        crawled: when it was fetched; stands for the date of a page that gives none.
    """
    link = clean_link(url, "")
    try:
        page = tree_of(body, url, content_type) if link else None
    except NotAFeedError:
        return None
    title = _first(page, _HEADLINES, LONGEST_TITLE) if page is not None else ""
    if page is None or not link or not title:
        return None
    return Report(
        id=link,
        title=title,
        summary=_text(page) or _first(page, _TEASER, LONGEST_SUMMARY),
        published=_published(page, body, crawled) or crawled,
        lang=_language(page),
        url=link,
        outlet=_first(page, _OUTLETS, LONGEST_TITLE) or (urlsplit(link).hostname or "").removeprefix("www."),
    )


def _first(page: Any, places: tuple[str, ...], longest: int) -> str:
    """The first text that stands at any of the places, in their order."""
    texts = (plain(_words(found), longest) for place in places for found in page.xpath(place))
    return next((text for text in texts if text), "")


def _words(found: Any) -> str:
    """The text of an attribute or of an element."""
    return str(found) if isinstance(found, str) else " ".join(found.itertext())


def _text(page: Any) -> str:
    """The paragraphs of the article, each on a line of its own."""
    for place in _TEXTS:
        # The longest is the article: teasers of others are articles, too.
        texts = ("\n".join(_paragraphs(found)) for found in page.xpath(place))
        if best := max(texts, key=len, default=""):
            return best[:LONGEST_SUMMARY]
    return ""


def _paragraphs(element: Any) -> Iterator[str]:
    for paragraph in element.xpath(f"(.//p)[position() <= {_MOST_PARAGRAPHS}]"):
        text = readable("".join(paragraph.itertext()))
        if len(text) >= _SHORTEST:
            yield text


def _published(page: Any, body: bytes, crawled: datetime | None) -> datetime | None:
    given = [str(text) for place in _DATES for text in page.xpath(place)]
    found = _PUBLISHED.search(body.decode("utf-8", "replace"))
    given.insert(1 if given else 0, found[1] if found else "")
    moments = (moment(text) for text in given if text.strip())
    believed = (plausible(one, crawled) if crawled else one for one in moments)
    return next((one for one in believed if one), None)


def _language(page: Any) -> str | None:
    found = _LANGUAGE.fullmatch(str(page.get("lang") or "").strip())
    return found[0].replace("_", "-").lower() if found else None
