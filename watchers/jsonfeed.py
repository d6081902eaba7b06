"""JSON Feed, versions 1 and 1.1 (https://www.jsonfeed.org/version/1.1/), and what is nearly that."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from watchers.entries import Entry, mark_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_VERSION: Final = "jsonfeed.org/version"
_DATES: Final = ("date_published", "date_modified")
_TEXTS: Final = ("content_html", "content_text")


class _Number(str):
    """A number as it stands in a feed. An id may be one, which section "items" asks readers to take as text."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class JsonFeed:
    """What a JSON Feed holds, unchecked."""

    title: str
    language: str
    entries: tuple[Entry, ...]


def read(text: str) -> JsonFeed | None:
    """The feed that a text is, or None where it is none."""
    try:
        feed = json.loads(text, parse_int=_Number, parse_float=_Number)
    except (ValueError, RecursionError):
        return None
    if not isinstance(feed, dict):
        return None
    items = feed.get("items")
    if not isinstance(items, list) or not (_VERSION in _text(feed, "version") or any(map(_is_item, items))):
        return None
    entries = tuple(_entry(item) for item in items if isinstance(item, dict))
    return JsonFeed(_text(feed, "title"), _text(feed, "language"), entries)


def _is_item(item: object) -> bool:
    """Whether something has what only an item of a feed has: other JSON has lists of items too."""
    if not isinstance(item, dict):
        return False
    return any(name in item for name in (_TEXTS if "id" not in item else (*_TEXTS, *_DATES, "external_url")))


def _entry(item: Mapping[str, Any]) -> Entry:
    return Entry(
        guid=_text(item, "id"),
        link=_address(item, "url") or _address(item, "external_url"),
        # A title is plain text: what looks like a tag there is none, but nobody behind this may take it for one either.
        title=_text(item, "title"),
        summary=_text(item, "summary") or next((text for name in _TEXTS if (text := _text(item, name))), ""),
        dates=tuple(date for name in _DATES if (date := _text(item, name))),
        mark=mark_of(json.dumps(item, sort_keys=True).encode()),
    )


def _address(fields: Mapping[str, Any], name: str) -> str:
    """A field as an address, empty where it is none: a number would pass for a relative one."""
    return "" if isinstance(fields.get(name), _Number) else _text(fields, name)


def _text(fields: Mapping[str, Any], name: str) -> str:
    """A field as text, empty where it is none."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""
