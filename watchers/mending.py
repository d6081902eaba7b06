"""The commonest faults of feeds taken out.

These are ampersands and names of characters that are HTML and not XML, and what scripts and counters write before and
behind a feed. What is well formed afterwards is read by a strict parser; the lenient one makes "Q&A;" of "Q&A".
"""

from __future__ import annotations

import re
from html.entities import html5
from itertools import pairwise
from typing import Final

_AMPERSAND: Final = re.compile(rb"&(#\d{1,8};|#[xX][0-9a-fA-F]{1,8};|[A-Za-z][A-Za-z0-9]{1,31};)?")
_OF_XML: Final = frozenset({b"amp;", b"lt;", b"gt;", b"quot;", b"apos;"})
_CDATA: Final = b"<![CDATA["
_CDATA_END: Final = b"]]>"

FEED_ELEMENT: Final = re.compile(rb"<(?:[\w.-]+:)?(?:rss|feed|rdf|channel|item|entry)\b", re.IGNORECASE)
"""The beginning of an element that only feeds have."""
_END: Final = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)
_ROOT_END: Final = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_ROOT: Final = re.compile(rb"<(?:[\w.-]+:)?(?:rss|feed|rdf)\b[^<>]*>", re.IGNORECASE)
_ITEM: Final = re.compile(rb"<(/?)(?:[\w.-]+:)?(?:item|entry)[\s/>]", re.IGNORECASE)


def is_whole(body: bytes) -> bool:
    """Whether a feed in XML goes on to its end."""
    return bool(_END.search(body))


def without_junk(body: bytes) -> bytes:
    """The body without what stands before its prolog and behind its end, where neither holds anything of a feed."""
    prolog = body.find(b"<?xml")
    if prolog > 0 and not FEED_ELEMENT.search(body, 0, prolog):
        body = body[prolog:]
    end = max((found.end() for found in _ROOT_END.finditer(body)), default=0)
    # Not where items end behind it: then it is a word in the text of one, and what looks like junk is the feed.
    return body[:end] if end and not any(found[1] for found in _ITEM.finditer(body, end)) else body


def without_cut_item(body: bytes) -> bytes:
    """The body of a feed that breaks off, without the item in which it does.

    Half an item would be another report than the whole one, which the next answer may have. Where no item ends at all,
    their ends are not written, and the last may be whole.
    """
    if is_whole(body):
        return body
    last = {bool(found[1]): found.start() for found in _ITEM.finditer(body)}
    return body[: last[False]] if True in last and last.get(False, 0) > last[True] else body


def mended(body: bytes) -> bytes:
    """The body with its ampersands in order.

    CDATA sections stay as they are, and so do bodies that declare names themselves.
    """
    if b"<!ENTITY" in body:
        return body
    before, *sections = body.split(_CDATA)
    pieces = [_AMPERSAND.sub(_in_order, before)]
    for section in sections:
        inside, end, behind = section.partition(_CDATA_END)
        pieces.append(inside + end + _AMPERSAND.sub(_in_order, behind))
    return _CDATA.join(pieces)


def items_alone(body: bytes) -> list[bytes]:
    """Each item of a feed in a feed of its own, with the root's start tag but nothing else of the head."""
    root = _ROOT.search(body)
    starts = [found.start() for found in _ITEM.finditer(body) if not found[1]]
    return [(root[0] if root else b"") + body[start:end] for start, end in pairwise((*starts, len(body)))]


def _in_order(found: re.Match[bytes]) -> bytes:
    name = found[1]
    if name and (name.startswith(b"#") or name in _OF_XML):
        return found[0]
    letters = html5.get(name.decode()) if name else None
    return "".join(f"&#{ord(letter)};" for letter in letters).encode() if letters else b"&amp;" + (name or b"")
