"""JSON Feed, versions 1 and 1.1 (https://www.jsonfeed.org/version/1.1/), and what is nearly that."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from watchers.entries import Entry, mark_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_VERSION: Final = "jsonfeed.org/version"
_DATES: Final = ("date_published", "date_modified")
_TEXTS: Final = ("content_html", "content_text")
_VERSION_FIELD: Final = re.compile(r'"version"\s*:\s*"([^"]{1,100})"')
_ITEMS_FIELD: Final = re.compile(r'"items"\s*:\s*\[\s*')
_BETWEEN: Final = re.compile(r"\s*,?\s*")


class _Number(str):
    """A number as it stands in a feed. An id may be one, which section "items" asks readers to take as text."""

    __slots__ = ()


# Line breaks within texts are no JSON, and are written all the same.
_DECODER: Final = json.JSONDecoder(parse_int=_Number, parse_float=_Number, strict=False)


@dataclass(frozen=True, slots=True)
class JsonFeed:
    """What a JSON Feed holds, unchecked; `whole` is False where it breaks off or has a fault, and items behind that."""

    title: str
    language: str
    entries: tuple[Entry, ...]
    whole: bool = True
    links: tuple[Mapping[str, str], ...] = ()


def read(text: str) -> JsonFeed | None:
    """The feed that a text is, or None where it is none."""
    whole = True
    try:
        feed = _DECODER.decode(text)
    except ValueError:
        feed, whole = _as_far_as_it_goes(text), False
    except RecursionError:
        return None
    if not isinstance(feed, dict):
        return None
    items = feed.get("items")
    if not isinstance(items, list) or not (_VERSION in _text(feed, "version") or any(map(_is_item, items))):
        return None
    entries = tuple(_entry(item) for item in items if isinstance(item, dict))
    return JsonFeed(_text(feed, "title"), _text(feed, "language"), entries, whole, tuple(_links(feed)))


def _as_far_as_it_goes(text: str) -> dict[str, Any] | None:
    """A feed that breaks off, or has a fault, with the items before that; None where there are none."""
    version, start = _VERSION_FIELD.search(text), _ITEMS_FIELD.search(text)
    if not start:
        return None
    items, at = [], start.end()
    with suppress(ValueError, RecursionError):
        while text[at : at + 1] == "{":
            item, at = _DECODER.raw_decode(text, at)
            items.append(item)
            at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
    return {"version": version[1] if version else "", "items": items} if items else None


def _links(feed: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    """What stands in a relation to the feed, in the words of Atom (section "hubs" and "feed_url")."""
    yield {"rel": "self", "href": _text(feed, "feed_url")}
    hubs = feed.get("hubs")
    for hub in hubs if isinstance(hubs, list) else ():
        if isinstance(hub, dict) and _text(hub, "type").lower() == "websub":
            yield {"rel": "hub", "href": _text(hub, "url")}


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
