"""A fast look through a well-formed feed: where its items stand, what they are called, and what the ordinary ones say.

feedparser is careful and slow. It judges every item that is out of the ordinary; what this module reads by itself are
items of elements with one meaning only, and the tests hold its readings against feedparser's. Items that did not change
since the last poll are not judged at all. What is not well formed is not looked at here.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple
from xml.parsers import expat

from watchers.entries import Entry, mark_of
from watchers.links import is_web_address

_ATOM: Final = "http://www.w3.org/2005/Atom"
_PLAIN_NAMESPACES: Final = frozenset(
    {"", _ATOM, "http://purl.org/atom/ns#", "http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/"}
)
"""Those whose names mean the same to feedparser."""

# Namespaces in lower case, as feedparser compares them.
_WITHOUT_MEANING: Final = frozenset(
    {
        "http://purl.org/rss/1.0/modules/slash/",
        "http://wellformedweb.org/commentapi/",
        "http://purl.org/syndication/thread/1.0",
        "http://www.w3.org/2003/01/geo/wgs84_pos#",
    }
)
_KNOWN_PREFIXES: Final = frozenset(
    {"atom", "body", "cc", "content", "creativecommons", "dc", "dcterms", "feedburner", "geo", "georss", "gml"}
    | {"itunes", "media", "psc", "rdf", "rss", "xhtml", "xml", "admin", "html", "svg", "sy"}
)
"""Prefixes under which feedparser may find a meaning, wherever they lead."""

_KNOWN_NAMESPACES: Final = frozenset(
    {
        "http://blogs.law.harvard.edu/tech/rss",
        "http://creativecommons.org/ns#license",
        "http://example.com/dtds/podcast-1.0.dtd",
        "http://example.com/necho",
        "http://example.com/newformat#",
        "http://podlove.org/simple-chapters",
        "http://purl.org/dc/elements/1.1/",
        "http://purl.org/dc/terms/",
        "http://purl.org/echo/",
        "http://purl.org/pie/",
        "http://purl.org/rss/1.0/modules/content/",
        "http://purl.org/rss/1.0/modules/rss091#",
        "http://rssnamespace.org/feedburner/ext/1.0",
        "http://search.yahoo.com/mrss",
        "http://search.yahoo.com/mrss/",
        "http://www.georss.org/georss",
        "http://www.itunes.com/dtds/podcast-1.0.dtd",
        "http://www.opengis.net/gml",
        "http://www.w3.org/1999/xhtml",
        "uri/of/echo/namespace#",
    }
)
"""Namespaces in which feedparser finds a meaning whatever their prefix."""

_USERLAND: Final = "backend.userland.com/rss"
"""What is in the names of more of them."""

_FIELDS: Final = {
    "title": "title",
    "link": "link",
    "guid": "guid",
    "id": "guid",
    "description": "summary",
    "summary": "summary",
    "content": "content",
    "pubdate": "published",
    "published": "published",
    "updated": "updated",
}
_WORDS: Final = frozenset({"title", "summary", "content"})
_PERSON: Final = frozenset({"name", "uri", "email"})
_NOBODY: Final = frozenset[str]()
_IGNORED: Final = {
    "author": _PERSON,
    "contributor": _PERSON,
    "category": _NOBODY,
    "comments": _NOBODY,
    "enclosure": _NOBODY,
    "rights": _NOBODY,
    "source": _NOBODY,
}
_MODULE_FIELDS: Final = {
    ("http://purl.org/rss/1.0/modules/content/", "encoded"): "content",
    ("http://rssnamespace.org/feedburner/ext/1.0", "origlink"): "orig",
    ("http://purl.org/dc/elements/1.1/", "date"): "updated",
}
_DUBLIN_CORE: Final = frozenset({"creator", "subject", "publisher", "rights", "language", "type", "format"})
_MEDIA: Final = frozenset({"content", "thumbnail", "credit", "keywords", "copyright", "rating"})
_IGNORED_IN: Final = {
    "http://purl.org/dc/elements/1.1/": _DUBLIN_CORE,
    "http://search.yahoo.com/mrss/": _MEDIA,
    "http://search.yahoo.com/mrss": _MEDIA,
    "http://www.itunes.com/dtds/podcast-1.0.dtd": frozenset(
        {"author", "duration", "explicit", "keywords", "episode", "season", "episodetype", "image", "block", "subtitle"}
    ),
}
_ALIAS: Final = "identifier"
"""What names an item of which nothing else is a name (Dublin Core)."""

_TEXT_TYPES: Final = frozenset({"text", "html", "text/html", "text/plain"})
_PAGE_TYPES: Final = frozenset({"html", "text/html", "xhtml", "application/xhtml+xml"})
_ITEM_DEPTH: Final = 3
_LONGEST_FIELD: Final = 200_000
_MENDED: Final = {
    number: letter for number in range(0x80, 0xA0) if (letter := bytes((number,)).decode("cp1252", "ignore"))
}


@dataclass(slots=True)
class Item:
    """An item: its place in the body, what was read of it, and whether that is all that there is to know."""

    start: int
    end: int = 0
    ordinary: bool = True
    texts: dict[str, str] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    permalink: bool = True

    def entry(self, body: bytes) -> Entry:
        """What was read."""
        texts = self.texts
        guid, link = texts.get("guid", ""), texts.get("orig", "") or texts.get("link", "")
        # A guid is the address of an item without one, unless it says that it is none; where there is a place for the
        # address and nothing in it, whatever it says.
        stands_in = is_web_address(guid) if "link" in texts else self.permalink
        dates = (texts.get("published", ""), texts.get("updated", ""))
        return Entry(
            guid=guid,
            link=link or (guid if stands_in else ""),
            title=texts.get("title", ""),
            summary=texts.get("summary", "") or texts.get("content", ""),
            dates=tuple(date for date in dates if date),
            mark=mark_of(body[self.start : self.end]),
            aliases=tuple(self.aliases),
        )


class _Meaning(NamedTuple):
    """What an element in an item is: a field, or to be ignored with such children, or with all that is in it."""

    field: str | None = None
    children: frozenset[str] | None = None
    foreign: bool = False


def scan(body: bytes) -> list[Item] | None:
    """The items of a feed in UTF-8, or None where feedparser has to see all of it."""
    scanner = _Scanner(body)
    try:
        scanner.parser.Parse(body, True)  # noqa: FBT003 - "this was all"
    except (expat.ExpatError, _OutOfTheOrdinaryError):
        return None
    return scanner.items


class _OutOfTheOrdinaryError(Exception):
    """Nothing can be cut out of this feed."""


class _Scanner:
    def __init__(self, body: bytes) -> None:
        self.body = body
        self.items: list[Item] = []
        self._depth = 0
        self._item: Item | None = None
        self._item_depth = 0
        self._meaning = _Meaning()
        self._pieces: list[str] = []
        self._based = False
        self.parser = expat.ParserCreate("utf-8", " ")
        self.parser.namespace_prefixes = True
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: object) -> None:
        raise _OutOfTheOrdinaryError

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        based = any(one in attributes for one in ("http://www.w3.org/XML/1998/namespace base xml", "base"))
        if self._item is None:
            self._based |= based
            if _is_item(name):
                self._open(attributes)
            return
        inside = self._depth - self._item_depth
        if inside > 1 and self._meaning.foreign:
            return
        if based or inside > _ITEM_DEPTH:
            self._item.ordinary = False
        if inside == 1:
            self._meaning = _meaning(name)
            self._field(self._item, attributes)
        elif self._meaning.children is None or _local(name) not in self._meaning.children:
            self._item.ordinary = False
        if _is_item(name):
            raise _OutOfTheOrdinaryError

    def _open(self, attributes: dict[str, str]) -> None:
        if not 1 < self._depth <= _ITEM_DEPTH:
            raise _OutOfTheOrdinaryError
        self._item = Item(self.parser.CurrentByteIndex, ordinary=not self._based and not attributes)
        self._item_depth = self._depth
        self.items.append(self._item)

    def _field(self, item: Item, attributes: dict[str, str]) -> None:
        name, children, _ = self._meaning
        self._pieces = []
        if name is None:
            item.ordinary &= children is not None
        elif name == _ALIAS:
            item.ordinary = False
        elif name == "content" and _is_foreign(attributes.get("type", "").lower()):
            self._meaning = _Meaning(foreign=True)
        elif name == "link" and "href" in attributes:
            item.ordinary &= _link(item, attributes)
            self._meaning = _Meaning(None, _NOBODY)
        else:
            item.ordinary &= name not in item.texts and _plainly(name, attributes)
            if name == "guid":
                item.permalink = attributes.get("isPermaLink", "true") == "true"
                item.ordinary &= attributes.keys() <= {"isPermaLink"}

    def _text(self, text: str) -> None:
        if self._item is not None and self._meaning.field and self._depth == self._item_depth + 1:
            self._pieces.append(text)

    def _end(self, name: str) -> None:
        item = self._item
        if item is not None:
            if self._depth == self._item_depth:
                self._close(item)
            elif self._depth == self._item_depth + 1 and self._meaning.field:
                self._keep(item, self._meaning.field)
        del name
        self._depth -= 1

    def _close(self, item: Item) -> None:
        at = self.parser.CurrentByteIndex
        if at == item.start:
            # An empty-element tag: its end cannot be told without reading its attributes.
            raise _OutOfTheOrdinaryError
        item.end = self.body.index(b">", at) + 1
        item.ordinary &= any(text for name, text in item.texts.items() if name in _WORDS)
        self._item, self._meaning = None, _Meaning()

    def _keep(self, item: Item, name: str) -> None:
        text = "".join(self._pieces).strip()
        self._pieces = []
        item.ordinary &= len(text) <= _LONGEST_FIELD
        text = _mended(text[:_LONGEST_FIELD])
        if name == _ALIAS:
            item.aliases.append(text)
            return
        if name == "link":
            text = _mended_link(text)
        if name in {"guid", "link", "orig"}:
            item.ordinary &= _is_plain(text)
            item.aliases += [text] if name in item.texts else []
        item.texts.setdefault(name, text)


@lru_cache(1_000)
def _meaning(name: str) -> _Meaning:
    parts = name.split(" ")
    namespace, local, prefix = _namespace(parts), _local(name), parts[2].lower() if parts[2:] else ""
    if namespace in _PLAIN_NAMESPACES:
        return _Meaning(_FIELDS.get(local), _IGNORED.get(local))
    if (namespace, local) in _MODULE_FIELDS:
        return _Meaning(_MODULE_FIELDS[namespace, local])
    namespace = namespace.lower()
    if local in _IGNORED_IN.get(namespace, ()):
        return _Meaning(None, _NOBODY)
    without_meaning = namespace in _WITHOUT_MEANING or not _may_mean(prefix, namespace)
    if local == _ALIAS and not without_meaning:
        return _Meaning(_ALIAS)
    return _Meaning(None, _NOBODY if without_meaning else None)


def _may_mean(prefix: str, namespace: str) -> bool:
    """Whether feedparser may know an element by its prefix or its namespace."""
    return not prefix or prefix in _KNOWN_PREFIXES or namespace in _KNOWN_NAMESPACES or _USERLAND in namespace


def _namespace(parts: list[str]) -> str:
    return parts[0] if parts[1:] else ""


@lru_cache(1_000)
def _local(name: str) -> str:
    parts = name.split(" ")
    return (parts[1] if parts[1:] else parts[0]).lower()


@lru_cache(1_000)
def _is_item(name: str) -> bool:
    if _local(name) not in {"item", "entry"}:
        return False
    if _namespace(name.split(" ")) not in _PLAIN_NAMESPACES:
        raise _OutOfTheOrdinaryError
    return True


def _is_foreign(kind: str) -> bool:
    """Whether a content is another document in XML (RFC 4287 4.1.3.3): a picture, or a feed with entries of its own."""
    return kind.endswith(("/xml", "+xml")) and kind not in _PAGE_TYPES


def _plainly(name: str, attributes: dict[str, str]) -> bool:
    """Whether the attributes of a text leave it a text."""
    if name == "guid":
        return True
    kind = attributes.get("type", "text").lower()
    return kind in _TEXT_TYPES and attributes.keys() <= {"type", "http://www.w3.org/XML/1998/namespace lang xml"}


def _link(item: Item, attributes: dict[str, str]) -> bool:
    """Take an address from an attribute, where it is the page's; False where that has to be thought about."""
    relation = attributes.get("rel", "alternate").lower()
    if not relation.endswith("alternate"):
        return True
    if (
        relation != "alternate"
        or attributes.get("type", "text/html").lower() not in _PAGE_TYPES
        or "link" in item.texts
    ):
        item.aliases.append(attributes["href"])
        return False
    address = attributes["href"]
    item.texts["link"] = address
    return bool(address) and _is_plain(address)


def _is_plain(address: str) -> bool:
    """Whether feedparser leaves an address as it is: it takes slashes out, and gives one without a scheme a scheme."""
    return ":///" not in address and not address.startswith("//")


def _mended(text: str) -> str:
    """As feedparser mends a text: UTF-8 read as Latin-1 before, and letters of Windows in the place of controls."""
    if text.isascii():
        return text
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return text.translate(_MENDED)


def _mended_link(text: str) -> str:
    return text.replace("&amp;", "&")
