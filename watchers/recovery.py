"""An ill-formed feed cut into parts, so that a faulty item costs none of the others.

A lenient parser goes on behind a fault as well as it can, and often takes the next item for a part of the faulty one.
Here the items that are well formed by themselves are told from what stands between them. Only then is the rest left to
leniency, each piece alone. The work is linear in the bytes, whatever they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from watchers.entries import bounded
from watchers.scan import scan

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT: Final = re.compile(rb"<((?:[\w.-]+:)?(?:rss|feed|rdf))\b[^<>]*+(?<!/)>", re.IGNORECASE)
_ITEM_START: Final = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)(?=[\s/>])", re.IGNORECASE)
_TOKEN: Final = re.compile(rb"<!--|<!\[CDATA\[|<(?P<end>/?)(?:[\w.-]+:)?(?:item|entry)(?=[\s/>])", re.IGNORECASE)
_ITEM_END: Final = re.compile(rb"</(?:[\w.-]+:)?(?:item|entry)(?=[\s>])", re.IGNORECASE)
_CLOSERS: Final = {b"<!--": b"-->", b"<![CDATA[": b"]]>"}
_LONGEST_ROOT: Final = 20_000
"""Bytes of a start tag that is read again with every item."""
_MOST_PARTS: Final = 200
"""Of a feed with more faults than that, nothing can be told."""


@dataclass(frozen=True, slots=True)
class Part:
    """A document with some of a feed's items: `sound` where it is well formed, of one item each by its own tags."""

    body: bytes
    sound: bool


@dataclass(frozen=True, slots=True)
class Parts:
    """A feed cut up: what stands before its items, and its items in their order."""

    head: bytes
    parts: tuple[Part, ...]


def apart(body: bytes) -> Parts | None:
    """The parts of an ill-formed feed; None where none of its items is well formed by itself."""
    root = _ROOT.search(body)
    if not root or len(root[0]) > _LONGEST_ROOT:
        return None
    opened, closed = root[0], b"</" + root[1] + b">"
    sound = [(start, end) for start, end in bounded(list(_spans(body))) if _is_sound(opened + body[start:end] + closed)]
    if not sound:
        return None
    first = _ITEM_START.search(body)
    parts: list[Part] = []
    for (_, before), (start, end) in pairwise([(0, first.start() if first else 0), *sound, (len(body), len(body))]):
        if _ITEM_START.search(body, before, start):
            parts.append(Part(opened + body[before:start], sound=False))
        if start == end:
            continue
        if parts and parts[-1].sound:
            parts[-1] = Part(parts[-1].body.removesuffix(closed) + body[start:end] + closed, sound=True)
        else:
            parts.append(Part(opened + body[start:end] + closed, sound=True))
    return Parts(body[: first.start()] if first else b"", tuple(parts)) if len(parts) <= _MOST_PARTS else None


def _is_sound(document: bytes) -> bool:
    items = scan(document)
    return items is not None and len(items) == 1


def _spans(body: bytes) -> Iterator[tuple[int, int]]:
    """Where items begin and end, going by their tags; what is in comments and in CDATA are none."""
    at, begun = 0, -1
    closes: dict[bytes, int] = {}
    while token := _TOKEN.search(body, at):
        at = token.end()
        closer = _CLOSERS.get(token[0].upper())
        if closer:
            at = _behind(body, at, closer, closes)
        elif not token["end"]:
            begun = token.start()
        else:
            at = body.find(b">", at) + 1 or len(body)
            if begun >= 0:
                yield begun, at
            begun = -1


def _behind(body: bytes, at: int, closer: bytes, closes: dict[bytes, int]) -> int:
    """Where a comment or a CDATA section ends; where an item does, for then its own end is missing.

    `closes` remembers where the next end of each kind is, that no byte is looked at twice.
    """
    end = closes.get(closer, 0)
    if end < at:
        end = closes[closer] = body.find(closer, at) if end >= 0 else -1
    if end < 0:
        return at
    item_end = _ITEM_END.search(body, at, end)
    return item_end.start() if item_end else end + len(closer)
