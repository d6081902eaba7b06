"""OPML, in which feed readers hand lists of feeds to each other. The only module that reads or writes it.

What comes in is hostile: a document type is refused (entities can expand without end and name files), size, depth and
number are bounded, and every text is made plain. What goes out is OPML 2.0; what OPML has no attribute for stands in
attributes of a namespace of our own, which other programs pass over (OPML 2.0, "Extending OPML").
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from store.feeds import FeedSpec
from treaties.model import OUTLET_KINDS
from watchers.errors import FetchError
from watchers.links import shown
from watchers.plaintext import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from xml.etree.ElementTree import Element

    from watchers.guard import Guard

LARGEST: Final = 10_000_000
MOST_FEEDS: Final = 10_000
_DEEPEST: Final = 50
_LONGEST_TEXT: Final = 200
_OURS: Final = "urn:treatywatch:feeds"
# What XML 1.0 cannot hold, not even as a reference (section 2.2).
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class OpmlError(Exception):
    """The document is no OPML that may be read. The message is one line that says why."""


@dataclass(frozen=True, slots=True)
class Outline(FeedSpec):
    """A feed in an OPML document. `folder` is the way of outlines to it, with slashes between them."""

    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Opml:
    """A document that was read: its feeds, each address once, and a line for each that cannot be used."""

    feeds: tuple[Outline, ...]
    faults: tuple[str, ...] = ()


def read_opml(document: bytes, guard: Guard) -> Opml:
    """The feeds of an OPML document, versions 1.0 to 2.0, in their order.

    Args:
        document: as it stands in the file.
        guard: says which addresses may be asked. Names are looked up only when a feed is polled.

    Raises:
        OpmlError: it is too big, hostile, broken, or not OPML.
    """
    if len(document) > LARGEST:
        raise OpmlError(f"is bigger than {LARGEST:,} bytes")
    try:
        return _Reading(guard).read(document)
    except DefusedXmlException as error:
        raise OpmlError("has a document type or entities, which OPML needs none of; remove them") from error
    except (ET.ParseError, ValueError, LookupError) as error:
        raise OpmlError(f"is not well-formed XML ({error})") from error


def write_opml(feeds: Iterable[Outline], *, title: str, now: datetime) -> str:
    """An OPML 2.0 document of the feeds, those of a folder under its outline. `read_opml` reads the same feeds."""
    ET.register_namespace("treatywatch", _OURS)
    root = ET.Element("opml", {"version": "2.0"})
    head = ET.SubElement(root, "head")
    ET.SubElement(head, "title").text = _clean(title)
    # RFC 822, as OPML 2.0 asks ("dateCreated").
    ET.SubElement(head, "dateCreated").text = now.strftime("%a, %d %b %Y %H:%M:%S %z")
    ET.SubElement(head, "docs").text = "http://opml.org/spec2.opml"
    folders = {"": ET.SubElement(root, "body")}
    for feed in feeds:
        ET.SubElement(_folder(folders, feed.folder or ""), "outline", _attributes(feed))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


class _Reading:
    """One document on its way through the parser, element by element: nothing of it is kept but the feeds."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._way: list[str] = []
        self._feeds: dict[str, Outline] = {}
        self._faults: list[str] = []

    def read(self, document: bytes) -> Opml:
        """Read all of it."""
        depth = 0
        for event, element in iterparse(io.BytesIO(document), events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            if event == "start":
                self._check(element, depth)
            if element.tag == "outline":
                self._enter(element) if event == "start" else self._way.pop()
            if event == "end":
                element.clear()
        return Opml(tuple(self._feeds.values()), tuple(self._faults))

    def _check(self, element: Element, depth: int) -> None:
        if depth == 1 and element.tag != "opml":
            raise OpmlError(f"is no OPML: it begins with <{plain(str(element.tag), 40)}>")
        if depth > _DEEPEST:
            raise OpmlError(f"is nested more than {_DEEPEST} deep")
        if len(self._feeds) + len(self._faults) > MOST_FEEDS:
            raise OpmlError(f"lists more than {MOST_FEEDS:,} feeds")

    def _enter(self, element: Element) -> None:
        # Some programs write xmlurl or XMLURL.
        values = {name.lower(): value for name, value in element.attrib.items()}
        name = plain(values.get("title", ""), _LONGEST_TEXT) or plain(values.get("text", ""), _LONGEST_TEXT)
        # Lists of feeds take no blank in an address; browsers mend it so.
        url = re.sub(r"\s", "%20", values.get("xmlurl", "").strip())
        if url:
            self._take(url, name, values)
        # A slash would make two folders of one.
        self._way.append("" if url else name.replace("/", "∕"))

    def _take(self, url: str, name: str, values: Mapping[str, str]) -> None:
        try:
            host = self._guard.checked(url).host
        except FetchError as error:
            self._faults.append(str(error))
            return
        kind = values.get(f"{{{_OURS}}}kind", "outlet")
        self._feeds.setdefault(
            url,
            Outline(
                url=url,
                outlet=name or host or shown(url),
                country=_shaped(values.get(f"{{{_OURS}}}country"), r"[A-Z]{2}"),
                lang=_shaped(values.get("language", "").lower().partition("-")[0], r"[a-z]{2,3}"),
                kind=kind if kind in OUTLET_KINDS else "outlet",
                group=plain(values.get(f"{{{_OURS}}}group", ""), _LONGEST_TEXT) or None,
                folder=_joined(self._way),
            ),
        )


def _shaped(text: str | None, shape: str) -> str | None:
    return text if text and re.fullmatch(shape, text) else None


def _joined(way: Sequence[str]) -> str | None:
    return "/".join(name for name in way if name) or None


def _folder(folders: dict[str, Element], way: str) -> Element:
    """The outline of a folder, made with all those above it where there is none yet."""
    if way not in folders:
        above, _, name = way.rpartition("/")
        folders[way] = ET.SubElement(_folder(folders, above), "outline", {"text": _clean(name), "title": _clean(name)})
    return folders[way]


def _attributes(feed: Outline) -> dict[str, str]:
    named = {
        "type": "rss",
        "text": feed.outlet,
        "title": feed.outlet,
        "xmlUrl": feed.url,
        "language": feed.lang,
        f"{{{_OURS}}}country": feed.country,
        f"{{{_OURS}}}kind": feed.kind,
        f"{{{_OURS}}}group": feed.group,
    }
    return {name: _clean(value) for name, value in named.items() if value}


def _clean(text: str) -> str:
    return _NO_XML.sub("", text)
