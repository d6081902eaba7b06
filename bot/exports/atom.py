"""The developments as an Atom feed (RFC 4287): an entry for every event, the latest first."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

from bot import plain
from bot.speech import Speech
from bot.wording import case_title, coverage_line, disputed_lines, stage_words

if TYPE_CHECKING:
    from datetime import datetime

    from bot.exports.asked import Export
    from store.events import Recorded

_ATOM: Final = "http://www.w3.org/2005/Atom"
_SPACE: Final = UUID("8a4c7ee2-3c0b-5d3b-9a86-0d5f5f0f8d11")
"""Under which every event has an id of its own that never changes (RFC 4122, 4.3)."""
# What no XML document may hold.
_UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_atom(export: Export, address: str | None = None) -> str:
    """The feed.

    Args:
        export: everything known.
        address: where the feed itself is served, if it is.
    """
    feed = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": "en"})
    _text(feed, "id", f"urn:uuid:{uuid5(_SPACE, 'developments')}")
    _text(feed, "title", "Treatywatch: states leaving treaties")
    changed = max((one.changed_at for one in export.recorded), default=export.now)
    _text(feed, "updated", _moment(changed))
    _text(ET.SubElement(feed, "author"), "name", "Treatywatch")
    _text(feed, "generator", "Treatywatch")
    if address:
        ET.SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": address})
    speech = Speech("en", export.knowledge)
    for one in export.recorded:
        _entry(feed, one, speech)
    ET.indent(feed)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="unicode") + "\n"


def _entry(feed: ET.Element, one: Recorded, speech: Speech) -> None:
    event = one.event
    title = case_title(event.state, event.treaty, speech)
    entry = ET.SubElement(feed, "entry")
    _text(entry, "id", f"urn:uuid:{uuid5(_SPACE, event.id)}")
    _text(entry, "title", f"{title}: {stage_words(event.stage, speech)}, {speech.day(event.when)}")
    _text(entry, "updated", _moment(one.changed_at))
    _text(entry, "published", _moment(one.at))
    for term in (event.state, event.treaty, event.stage.value):
        ET.SubElement(entry, "category", {"term": _writable(term)})
    addresses = dict.fromkeys(address for source in event.sources if (address := plain.uri(source.url)))
    for place, address in enumerate(addresses):
        # An entry has one alternate of a kind at the most (4.1.2); the other sources are what it goes back to.
        ET.SubElement(entry, "link", {"rel": "via" if place else "alternate", "href": address})
    lines = [coverage_line(event, speech), *disputed_lines(event, speech), event.note]
    _text(entry, "content", "\n".join(line for line in lines if line))


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = _writable(text)


def _writable(text: str) -> str:
    return "\n".join(plain.clean(_UNWRITABLE.sub("", line)) for line in text.split("\n"))


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
